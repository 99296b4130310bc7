//! Rows (structs) to record batches and back. Knows no file.

mod budget;
pub mod features;

use crate::error::{FilesError, Result};
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema};
pub(crate) use budget::Budget;
use features::Features;
use serde::{Serialize, de::DeserializeOwned};
use serde_arrow::{
    Deserializer,
    schema::{SchemaLike, TracingOptions},
};
use std::{path::Path, sync::Arc};

/// A struct that is one row of a table: its fields are the columns, enums without data are strings, `Option` is null,
/// `Vec` a list, a struct a struct.
pub trait Row: Serialize + DeserializeOwned + Send {}

impl<T: Serialize + DeserializeOwned + Send> Row for T {}

/// The rows as one batch, its schema carrying the `huggingface` metadata. The schema comes from the type, so that a
/// table without rows has the same columns as a full one; types that cannot be traced are described by the rows.
pub(crate) fn to_batch<T: Row>(rows: &[T]) -> Result<RecordBatch> {
    let fields = match traced::<T>() {
        Ok(fields) => fields,
        Err(error) if rows.is_empty() => return Err(no_schema::<T>(error)),
        Err(_) => plain_fields(Vec::from_samples(rows, options()).map_err(no_schema::<T>)?),
    };
    batch_of(rows, &described(fields)?)
}

/// Rows on their way into batches of one schema.
pub(crate) struct RowBatches<T> {
    schema: Arc<Schema>,
    rows: Vec<T>,
    rows_per_batch: usize,
}

impl<T: Row> RowBatches<T> {
    /// # Errors
    /// If `T` has no schema of its own.
    pub(crate) fn new(rows_per_batch: usize) -> Result<Self> {
        let schema = described(traced::<T>().map_err(no_schema::<T>)?)?;
        Ok(Self {
            schema,
            rows: Vec::new(),
            rows_per_batch,
        })
    }

    pub(crate) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Adds a row; a batch, where it is full with it.
    pub(crate) fn push(&mut self, row: T) -> Result<Option<RecordBatch>> {
        self.rows.push(row);
        if self.rows.len() < self.rows_per_batch {
            Ok(None)
        } else {
            self.rest()
        }
    }

    /// The rows that are in no batch yet, if there are any.
    pub(crate) fn rest(&mut self) -> Result<Option<RecordBatch>> {
        if self.rows.is_empty() {
            return Ok(None);
        }
        let batch = batch_of(&self.rows, &self.schema)?;
        self.rows.clear();
        Ok(Some(batch))
    }
}

fn batch_of<T: Row>(rows: &[T], schema: &Arc<Schema>) -> Result<RecordBatch> {
    let batch = serde_arrow::to_record_batch(schema.fields(), &rows).map_err(no_schema::<T>)?;
    Ok(batch
        .with_schema(Arc::clone(schema))
        .expect("only the metadata differ"))
}

/// The batch with one more column at `index`.
///
/// # Panics
/// If the column has not one value a row.
pub(crate) fn with_column(
    batch: &RecordBatch,
    index: usize,
    name: &str,
    column: ArrayRef,
) -> Result<RecordBatch> {
    let mut fields = batch.schema().fields().to_vec();
    let mut columns = batch.columns().to_vec();
    fields.insert(
        index,
        Arc::new(Field::new(name, column.data_type().clone(), true)),
    );
    columns.insert(index, column);
    let batch = RecordBatch::try_new(described(fields)?, columns);
    Ok(batch.expect("every column has one value a row"))
}

/// The schema of these columns, with the `huggingface` metadata.
fn described(fields: Vec<FieldRef>) -> Result<Arc<Schema>> {
    let schema = Schema::new(fields);
    let metadata = Features::from_schema(&schema)?.metadata();
    Ok(Arc::new(schema.with_metadata([metadata])))
}

fn no_schema<T>(source: serde_arrow::Error) -> FilesError {
    FilesError::NoSchema {
        row_type: std::any::type_name::<T>(),
        source: Box::new(source),
    }
}

/// Contents of one file, before they are rows. They are read batch by batch.
pub(crate) struct Table {
    /// All of the file's columns, read or not.
    pub(crate) columns: Vec<String>,
    /// Their types, as the writer of the file gave them.
    pub(crate) features: Option<Features>,
    batches: Batches,
    budget: Budget,
}

/// The rows of a file, some at a time.
type Batches = Box<dyn Iterator<Item = Result<RecordBatch>>>;

impl Table {
    /// A table of this schema, of the file that the budget is for.
    pub(crate) fn new(
        schema: &Schema,
        budget: Budget,
        batches: impl Iterator<Item = Result<RecordBatch>> + 'static,
    ) -> Self {
        let columns = schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        Self {
            columns,
            features: Features::of_metadata(schema),
            batches: Box::new(batches),
            budget,
        }
    }

    /// The rows of `path`. Columns that `T` does not have are not looked at.
    pub(crate) fn rows<T: Row>(self, path: &Path) -> Result<Vec<T>> {
        let mut rows = Vec::new();
        self.each(path, |row| {
            rows.push(row);
            Ok(())
        })?;
        Ok(rows)
    }

    /// Hands on each row of `path`, as [`Table::rows`] gives them.
    pub(crate) fn each<T: Row>(
        mut self,
        path: &Path,
        mut take: impl FnMut(T) -> Result<()>,
    ) -> Result<()> {
        let (wanted, mut n) = (wanted::<T>(), 0);
        while let Some(batch) = self.batches.next() {
            let batch = wanted_columns(&batch?, wanted.as_deref());
            self.budget.take(&batch)?;
            let batch = plain_columns(path, &batch, wanted.as_deref())?;
            let items = Deserializer::from_record_batch(&batch)
                .map_err(|error| self.misfit(path, n, &error))?;
            for item in &items {
                take(T::deserialize(item).map_err(|error| self.misfit(path, n, &error))?)?;
                n += 1;
            }
        }
        Ok(())
    }

    /// serde_arrow keeps the field of an error to its text: `… (data_type: "…", field: "$.name")`.
    fn misfit(&self, path: &Path, row: usize, error: &serde_arrow::Error) -> FilesError {
        let (path, text) = (path.to_owned(), error.to_string());
        let between = |before: &str, after: char| {
            text.split_once(before)?
                .1
                .split(after)
                .next()
                .map(str::to_owned)
        };
        if let Some(column) = between("missing field `", '`') {
            return FilesError::MissingColumns {
                path,
                missing: vec![column],
                columns: self.columns.clone(),
            };
        }
        let message = error
            .message()
            .trim_start_matches("deserialization failed: ")
            .to_owned();
        FilesError::Row {
            path,
            row: row + 1,
            column: between("field: \"$.", '"'),
            message,
        }
    }
}

/// The columns that `T` has, where they can be told from the type. A map has those that it finds.
pub(crate) fn wanted<T: Row>() -> Option<Vec<FieldRef>> {
    traced::<T>().ok().filter(|fields| !fields.is_empty())
}

fn traced<T: Row>() -> serde_arrow::Result<Vec<FieldRef>> {
    Vec::<FieldRef>::from_type::<T>(options()).map(plain_fields)
}

fn options() -> TracingOptions {
    TracingOptions::default()
        .enums_without_data_as_strings(true)
        .allow_null_fields(true)
        .from_type_budget(1000)
}

fn plain_fields(fields: Vec<FieldRef>) -> Vec<FieldRef> {
    fields
        .iter()
        .map(|field| plain_field(field, field.name()))
        .collect()
}

/// The field as `datasets` writes it: nullable, without metadata.
fn plain_field(field: &Field, name: &str) -> FieldRef {
    Arc::new(Field::new(name, plain_type(field.data_type()), true))
}

/// The type as `datasets` writes it: one kind of string and one kind of list.
fn plain_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::Dictionary(_, values) => plain_type(values),
        DataType::LargeBinary | DataType::BinaryView => DataType::Binary,
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => {
            DataType::List(plain_field(item, Field::LIST_FIELD_DEFAULT_NAME))
        }
        DataType::Struct(fields) => DataType::Struct(
            fields
                .iter()
                .map(|field| plain_field(field, field.name()))
                .collect(),
        ),
        other => other.clone(),
    }
}

/// The columns of `batch` that are wanted; all, if that is not known.
fn wanted_columns(batch: &RecordBatch, wanted: Option<&[FieldRef]>) -> RecordBatch {
    let Some(wanted) = wanted else {
        return batch.clone();
    };
    let is_wanted = |field: &FieldRef| wanted.iter().any(|other| other.name() == field.name());
    let fields = batch.schema().fields().clone();
    let indices: Vec<usize> = (0..fields.len())
        .filter(|&index| is_wanted(&fields[index]))
        .collect();
    batch.project(&indices).expect("the columns are there")
}

/// The batch with strings and lists of every kind made plain.
fn plain_columns(
    path: &Path,
    batch: &RecordBatch,
    wanted: Option<&[FieldRef]>,
) -> Result<RecordBatch> {
    let schema = batch.schema();
    let mut fields = Vec::new();
    let mut columns = Vec::new();
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        let target =
            wanted.and_then(|wanted| wanted.iter().find(|other| other.name() == field.name()));
        let column = plain_column(column, target).map_err(|source| FilesError::Column {
            path: path.to_owned(),
            column: field.name().clone(),
            source,
        })?;
        fields.push(Field::new(field.name(), column.data_type().clone(), true));
        columns.push(column);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options).map_err(
        |source| FilesError::Arrow {
            path: path.to_owned(),
            source,
        },
    )
}

fn plain_column(column: &ArrayRef, target: Option<&FieldRef>) -> Result<ArrayRef, ArrowError> {
    // A column of nothing but nulls has no type of its own.
    if let (DataType::Null, Some(target)) = (column.data_type(), target) {
        return Ok(new_null_array(target.data_type(), column.len()));
    }
    let plain = plain_type(column.data_type());
    if plain == *column.data_type() {
        return Ok(Arc::clone(column));
    }
    cast_with_options(
        column,
        &plain,
        &CastOptions {
            safe: false,
            ..CastOptions::default()
        },
    )
}
