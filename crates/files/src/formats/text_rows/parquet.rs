//! Parquet. Rows lie in compressed pages, so a reader is kept to read on from, with the last rows that it gave.

use super::selection::Selection;
use super::{Chosen, Rows, TextRow, no_text, values::value};
use crate::{
    error::{FilesError, Result},
    regular,
};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, cast::AsArray};
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType};
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder},
    },
    errors::ParquetError,
    file::metadata::ParquetMetaData,
};
use serde_json::Value;
use std::{
    collections::VecDeque,
    fs::File,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Bytes of text that are decoded at once, and the number of such parts that are kept: threads that share the work ask
/// for rows a little out of order.
const PART_BYTES: usize = 1 << 18;
const MOST_PART_ROWS: usize = 256;
const PARTS_KEPT: usize = 6;

/// Rows that a file can have: each has some bytes, unless nearly all say the same.
const MIN_BELIEVED_ROWS: u64 = 100_000;
const ROWS_PER_BYTE: u64 = 8;

#[derive(Debug)]
pub(super) struct Parquet {
    path: PathBuf,
    chosen: Chosen,
    title: Option<String>,
    /// Indices of the columns that are read.
    roots: Vec<usize>,
    /// The first row of each row group, and the number of rows.
    group_starts: Vec<usize>,
    part_rows: usize,
    cursor: Mutex<Option<Cursor>>,
}

/// A reader with the last rows that it gave.
struct Cursor {
    reader: ParquetRecordBatchReader,
    /// The row that it gives next.
    next: usize,
    parts: VecDeque<Part>,
}

impl std::fmt::Debug for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cursor")
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

struct Part {
    start: usize,
    texts: StringArray,
    titles: Option<StringArray>,
}

impl Parquet {
    pub(super) fn open(path: &Path, text_column: Option<&str>) -> Result<Self> {
        let builder = builder(path)?;
        let names: Vec<String> = builder
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        let chosen = Chosen::of(path, &names, &names, text_column)?;
        let index = |name: &str| names.iter().position(|column| column == name);
        let mut texts: Vec<usize> = chosen.selection.roots().filter_map(index).collect();
        texts.sort_unstable();
        texts.dedup();
        // The projection keeps the order that columns have in the file.
        let mut roots: Vec<usize> = texts.iter().copied().chain(chosen.title).collect();
        roots.sort_unstable();
        roots.dedup();
        let group_starts = group_starts(builder.metadata());
        let n_rows = group_starts.last().copied().unwrap_or_default() as u64;
        let n_bytes = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        if n_rows > MIN_BELIEVED_ROWS.saturating_add(n_bytes.saturating_mul(ROWS_PER_BYTE)) {
            return Err(FilesError::Damaged {
                path: path.to_owned(),
                message: format!("it says that it has {n_rows} rows, in {n_bytes} bytes"),
            });
        }
        Ok(Self {
            path: path.to_owned(),
            title: chosen.title.map(|title| names[title].clone()),
            chosen,
            part_rows: texts
                .iter()
                .map(|&text| part_rows(builder.metadata(), text))
                .min()
                .unwrap_or(1),
            roots,
            group_starts,
            cursor: Mutex::new(None),
        })
    }

    /// A reader that gives the rows from `index` on.
    fn cursor_at(&self, index: usize) -> Result<Cursor> {
        let group = self.group_starts.partition_point(|&start| start <= index) - 1;
        let builder = builder(&self.path)?;
        let mask = ProjectionMask::roots(builder.parquet_schema(), self.roots.iter().copied());
        let reader = builder
            .with_row_groups((group..self.group_starts.len() - 1).collect())
            .with_projection(mask)
            .with_offset(index - self.group_starts[group])
            .with_batch_size(self.part_rows)
            .build()
            .map_err(|source| self.failed(source))?;
        Ok(Cursor {
            reader,
            next: index,
            parts: VecDeque::new(),
        })
    }

    fn failed(&self, source: ParquetError) -> FilesError {
        FilesError::Parquet {
            path: self.path.clone(),
            source,
        }
    }
}

impl Rows for Parquet {
    fn len(&self) -> usize {
        self.group_starts.last().copied().unwrap_or_default()
    }

    fn read(&self, index: usize) -> Result<TextRow> {
        let mut kept = self.cursor.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken out, so that a reader that failed is not asked again.
        let mut cursor = match kept.take() {
            Some(cursor) if cursor.reaches(index, self.part_rows) => cursor,
            _ => self.cursor_at(index)?,
        };
        while cursor.next <= index {
            cursor
                .advance(&self.chosen.selection, self.title.as_deref())
                .map_err(|source| self.failed(source.into()))?;
        }
        let row = cursor.row(index);
        if index + 1 < self.len() {
            *kept = Some(cursor);
        }
        let (text, title) = row;
        let text = text.ok_or_else(|| no_text(&self.path, index, &self.chosen.shown))?;
        Ok(TextRow {
            text,
            title: title.filter(|title| !title.is_empty()),
        })
    }
}

impl Cursor {
    /// True for a row that is kept or comes soon.
    fn reaches(&self, index: usize, part_rows: usize) -> bool {
        let first = self.parts.front().map_or(self.next, |part| part.start);
        (first..self.next + part_rows * PARTS_KEPT).contains(&index)
    }

    fn advance(&mut self, selection: &Selection, title: Option<&str>) -> Result<(), ArrowError> {
        let ended = || ArrowError::ParquetError("the file ends before its last row".to_owned());
        let batch = self.reader.next().ok_or_else(ended)??;
        let column = |name: &str| batch.column_by_name(name).ok_or_else(ended);
        let strings = |column: &ArrayRef| {
            cast(column, &DataType::Utf8).map(|cast| cast.as_string::<i32>().clone())
        };
        let is_plain = |column: &ArrayRef| is_text(column.data_type());
        let titles = title
            .map(column)
            .transpose()?
            .filter(|column| is_plain(column));
        let titles = titles.map(strings).transpose()?;
        let texts = match selection.column().map(column).transpose()? {
            Some(text) if is_plain(text) => strings(text)?,
            _ => selected(&batch, selection),
        };
        if self.parts.len() == PARTS_KEPT {
            self.parts.pop_front();
        }
        self.parts.push_back(Part {
            start: self.next,
            texts,
            titles,
        });
        self.next += batch.num_rows();
        Ok(())
    }

    /// Text and title of a row that is kept.
    fn row(&self, index: usize) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
        let part = self.parts.partition_point(|part| part.start <= index) - 1;
        let part = &self.parts[part];
        let value = |values: &StringArray| {
            let row = index - part.start;
            values
                .is_valid(row)
                .then(|| values.value(row).as_bytes().to_vec())
        };
        (value(&part.texts), part.titles.as_ref().and_then(value))
    }
}

fn builder(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>> {
    let file = regular::open(path).map_err(FilesError::io("read", path))?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(|source| FilesError::Parquet {
        path: path.to_owned(),
        source,
    })
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// The texts of rows of which columns are nested, or several.
fn selected(batch: &RecordBatch, selection: &Selection) -> StringArray {
    let text = |row: usize| {
        let values: Vec<(&str, Value)> = selection
            .roots()
            .filter_map(|name| Some((name, value(batch.column_by_name(name)?, row, 0))))
            .collect();
        let column = |name: &str| {
            values
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value)
        };
        selection.text(column)
    };
    (0..batch.num_rows()).map(text).collect()
}

fn group_starts(metadata: &ParquetMetaData) -> Vec<usize> {
    let mut starts = vec![0_usize];
    for group in metadata.row_groups() {
        let before = starts.last().copied().unwrap_or_default();
        starts.push(before.saturating_add(usize::try_from(group.num_rows()).unwrap_or_default()));
    }
    starts
}

/// Number of rows that have about [`PART_BYTES`] of text.
fn part_rows(metadata: &ParquetMetaData, text: usize) -> usize {
    // A leaf before the text's own is at least as far left as its root.
    let bytes = |group: &parquet::file::metadata::RowGroupMetaData| {
        let column = group.columns().iter().find(|column| {
            let root = column.column_descr().path().parts().first();
            root.map(String::as_str)
                == Some(
                    metadata
                        .file_metadata()
                        .schema_descr()
                        .root_schema()
                        .get_fields()[text]
                        .name(),
                )
        });
        column.map_or(0, |column| column.uncompressed_size())
    };
    let n_bytes: i64 = metadata.row_groups().iter().map(bytes).sum();
    let n_rows = metadata.file_metadata().num_rows().max(1);
    let row_bytes = usize::try_from(n_bytes / n_rows).unwrap_or_default().max(1);
    (PART_BYTES / row_bytes).clamp(1, MOST_PART_ROWS)
}
