//! Tables in one file: Parquet and JSON lines.

use crate::{
    atomic,
    error::{FilesError, Result},
    rows::{Row, Table, features::Features, to_batch, wanted, with_column},
};
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StructArray};
use arrow_schema::{DataType, Field, FieldRef};
use parquet::{
    arrow::{
        ArrowWriter, ProjectionMask,
        arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder},
    },
    basic::Compression,
    errors::ParquetError,
    file::{metadata::KeyValue, properties::WriterProperties},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{fs, path::Path, sync::Arc};

/// A table as a Parquet file, not yet written, with what a dataset card must say about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    /// The file.
    pub bytes: Vec<u8>,
    /// The columns.
    pub features: Features,
    /// Rows.
    pub num_examples: u64,
    /// Bytes of the rows in Arrow's memory layout, which is what `datasets` calls `num_bytes`.
    pub num_bytes: u64,
}

/// `rows` as a Parquet file (Snappy) that `datasets` opens with the columns of `T`, even when there are no rows.
pub fn encode_parquet<T: Row>(rows: &[T]) -> Result<Encoded> {
    encode(&to_batch(rows)?, std::any::type_name::<T>())
}

fn encode(batch: &RecordBatch, row_type: &'static str) -> Result<Encoded> {
    let features = Features::from_schema(&batch.schema())?;
    let bytes = parquet_bytes(batch, &features)
        .map_err(|source| FilesError::Encode { row_type, source })?;
    Ok(Encoded {
        bytes,
        features,
        num_examples: batch.num_rows() as u64,
        num_bytes: num_bytes(batch),
    })
}

/// A struct column of numbers whose fields are known at run time only, such as one a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberFields {
    /// Name of the column.
    pub name: String,
    /// Index among the columns.
    pub index: usize,
    /// Name of each field, at least one, and its values, one a row.
    pub fields: Vec<(String, Vec<Option<f64>>)>,
}

/// Writes `rows` with one more column as a Parquet file, see [`encode_parquet`].
///
/// # Panics
/// If a field has not one value a row.
pub fn write_parquet_with<T: Row>(path: &Path, rows: &[T], numbers: NumberFields) -> Result<()> {
    let batch = with_numbers(&to_batch(rows)?, numbers)?;
    atomic::write_bytes(path, &encode(&batch, std::any::type_name::<T>())?.bytes)
}

/// Writes `rows` as a Parquet file, see [`encode_parquet`].
pub fn write_parquet<T: Row>(path: &Path, rows: &[T]) -> Result<()> {
    atomic::write_bytes(path, &encode_parquet(rows)?.bytes)
}

/// Reads the columns of `T` out of a Parquet file; others may be there.
///
/// # Errors
/// Name the file, and the column or row that does not fit.
pub fn read_parquet<T: Row>(path: &Path) -> Result<Vec<T>> {
    parquet_table(path, wanted::<T>().as_deref())?.rows(path)
}

/// Writes one JSON object a line.
pub fn write_jsonl<T: Serialize>(path: &Path, rows: &[T]) -> Result<()> {
    atomic::write(path, |out| {
        rows.iter().try_for_each(|row| {
            serde_json::to_writer(&mut *out, row)?;
            out.write_all(b"\n")
        })
    })
}

/// Reads one row a line; empty lines are passed over.
///
/// # Errors
/// Name the file and the line.
pub fn read_jsonl<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let text = fs::read_to_string(path).map_err(FilesError::io("read", path))?;
    let lines = text
        .trim_start_matches('\u{feff}')
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, line)| {
            serde_json::from_str(line).map_err(|source| FilesError::Line {
                path: path.to_owned(),
                line: index + 1,
                source,
            })
        })
        .collect()
}

/// A Parquet file, of which the wanted columns only.
pub(crate) fn parquet_table(path: &Path, wanted: Option<&[FieldRef]>) -> Result<Table> {
    let failed = |source: ParquetError| FilesError::Parquet {
        path: path.to_owned(),
        source,
    };
    let file = fs::File::open(path).map_err(FilesError::io("read", path))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(failed)?;
    let mut table = Table::new(builder.schema());
    let reader = project(builder, wanted).map_err(failed)?;
    table.batches = reader
        .collect::<Result<_, _>>()
        .map_err(|error| failed(error.into()))?;
    Ok(table)
}

/// Bytes of a batch in Arrow's memory layout, without what buffers have in reserve.
pub(crate) fn num_bytes(batch: &RecordBatch) -> u64 {
    let bytes = |column: &ArrayRef| column.to_data().get_slice_memory_size().unwrap_or(0);
    batch.columns().iter().map(bytes).sum::<usize>() as u64
}

fn project(
    builder: ParquetRecordBatchReaderBuilder<fs::File>,
    wanted: Option<&[FieldRef]>,
) -> Result<ParquetRecordBatchReader, ParquetError> {
    let Some(wanted) = wanted else {
        return builder.build();
    };
    let is_wanted = |name: &str| wanted.iter().any(|field| field.name() == name);
    let columns = builder.schema().fields().iter().enumerate();
    let indices: Vec<usize> = columns
        .filter(|(_, field)| is_wanted(field.name()))
        .map(|(index, _)| index)
        .collect();
    let mask = ProjectionMask::roots(builder.parquet_schema(), indices);
    builder.with_projection(mask).build()
}

fn with_numbers(batch: &RecordBatch, numbers: NumberFields) -> Result<RecordBatch> {
    let NumberFields {
        name,
        index,
        fields,
    } = numbers;
    let column = fields.into_iter().map(|(name, values)| {
        let values: ArrayRef = Arc::new(Float64Array::from(values));
        (Arc::new(Field::new(name, DataType::Float64, true)), values)
    });
    let column = StructArray::from(column.collect::<Vec<_>>());
    with_column(batch, index, &name, Arc::new(column))
}

fn parquet_bytes(batch: &RecordBatch, features: &Features) -> Result<Vec<u8>, ParquetError> {
    // pyarrow looks for the key beside Arrow's own schema, not only inside it.
    let (key, value) = features.metadata();
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by("examen".to_owned())
        .set_key_value_metadata(Some(vec![KeyValue::new(key, value)]))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties))?;
    writer.write(batch)?;
    writer.into_inner()
}
