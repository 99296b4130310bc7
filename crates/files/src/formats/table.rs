//! Tables in one file: Parquet and JSON lines.

use crate::{
    atomic,
    error::{FilesError, Result, guarded},
    regular,
    rows::{Budget, Row, Table, features::Features, to_batch, wanted, with_column},
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
    file::{
        metadata::{ColumnChunkMetaData, KeyValue, ParquetMetaData, RowGroupMetaData},
        properties::WriterProperties,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    sync::Arc,
};

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
    guarded(path, || {
        parquet_table(path, wanted::<T>().as_deref())?.rows(path)
    })
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
    let mut rows = Vec::new();
    each_line(path, |row| {
        rows.push(row);
        Ok(())
    })?;
    Ok(rows)
}

/// Hands on one row a line, as [`read_jsonl`] gives them.
pub(crate) fn each_line<T: DeserializeOwned>(
    path: &Path,
    mut take: impl FnMut(T) -> Result<()>,
) -> Result<()> {
    let file = regular::open(path).map_err(FilesError::io("read", path))?;
    let mut lines = BufReader::new(file).lines();
    for number in 1.. {
        let Some(line) = lines.next() else {
            break;
        };
        let line = line.map_err(FilesError::io("read", path))?;
        let line = match number {
            1 => line.trim_start_matches('\u{feff}'),
            _ => &line,
        };
        if line.trim().is_empty() {
            continue;
        }
        take(
            serde_json::from_str(line).map_err(|source| FilesError::Line {
                path: path.to_owned(),
                line: number,
                source,
            })?,
        )?;
    }
    Ok(())
}

/// A Parquet file, of which the wanted columns only.
pub(crate) fn parquet_table(path: &Path, wanted: Option<&[FieldRef]>) -> Result<Table> {
    let failed = |source: ParquetError| FilesError::Parquet {
        path: path.to_owned(),
        source,
    };
    let file = regular::open(path).map_err(FilesError::io("read", path))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(failed)?;
    let (schema, budget) = (Arc::clone(builder.schema()), Budget::new(path));
    let n_rows = builder.metadata().file_metadata().num_rows();
    let n_rows = u64::try_from(n_rows).unwrap_or(u64::MAX);
    budget.check(n_rows, n_values(builder.metadata(), wanted).max(n_rows))?;
    let rows_at_once = rows_at_once(builder.metadata());
    let reader = project(builder.with_batch_size(rows_at_once), wanted).map_err(failed)?;
    let path = path.to_owned();
    let batches = reader.map(move |batch| {
        batch.map_err(|error| FilesError::Parquet {
            path: path.clone(),
            source: error.into(),
        })
    });
    Ok(Table::new(&schema, budget, batches))
}

/// Bytes of a batch, at most, where a column holds one long value again and again.
const BATCH_BYTES: i64 = 64 << 20;
const BATCH_ROWS: usize = 1024;

/// Number of values of the wanted columns, those in lists too.
fn n_values(metadata: &ParquetMetaData, wanted: Option<&[FieldRef]>) -> u64 {
    let columns = metadata
        .row_groups()
        .iter()
        .flat_map(RowGroupMetaData::columns);
    let is_wanted = |column: &&ColumnChunkMetaData| {
        let root = column.column_path().parts().first();
        wanted.is_none_or(|wanted| wanted.iter().any(|field| Some(field.name()) == root))
    };
    columns
        .filter(is_wanted)
        .map(|column| u64::try_from(column.num_values()).unwrap_or(u64::MAX))
        .fold(0, u64::saturating_add)
}

/// Number of rows that are read at once. No value is longer than what its column takes.
fn rows_at_once(metadata: &ParquetMetaData) -> usize {
    let columns = metadata
        .row_groups()
        .iter()
        .flat_map(RowGroupMetaData::columns);
    let longest = columns.map(ColumnChunkMetaData::uncompressed_size).max();
    let n = BATCH_BYTES / longest.unwrap_or_default().max(1);
    usize::try_from(n).unwrap_or_default().clamp(16, BATCH_ROWS)
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
