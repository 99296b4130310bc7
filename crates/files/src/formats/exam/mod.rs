//! Exams as an evaluation needs them, from whatever holds questions with options and keys: the columns of the original
//! workflow, or those of other datasets, which are recognised by name and shape.
//!
//! `source` reads rows, `columns` says which column is what, `options` reads the options of a row and `keys` its
//! key.

mod columns;
mod keys;
mod options;
mod source;

pub use columns::{Columns, ColumnsError};

use crate::error::{FilesError, Result, guarded};
use columns::Mapping;
use options::Options;
use serde_json::{Map, Value};
pub use source::{FilesOfSplit, files_of_split};
use source::{Source, SourceRow};
use std::path::Path;

/// One row as JSON, column by column.
type JsonRow = Map<String, Value>;

/// Largest number of options of a question: one a letter.
pub const MAX_OPTIONS: usize = 26;

/// Column of the option at `index`: `answer_a` for 0.
///
/// # Panics
/// From [`MAX_OPTIONS`] on.
pub fn option_column(index: usize) -> String {
    format!("answer_{}", letter(index).to_ascii_lowercase())
}

/// Letter of the option at `index`: `A` for 0.
///
/// # Panics
/// From [`MAX_OPTIONS`] on.
pub fn letter(index: usize) -> char {
    assert!(index < MAX_OPTIONS, "option {index} has no letter");
    char::from(b'A' + index as u8)
}

/// One question of an exam, whoever wrote it. Options are as they stand: nothing says that they are distinct.
#[derive(Debug, Clone, PartialEq)]
pub struct ExamItem {
    /// `question_id`, or `id`, or `row-00001` with the number of the row.
    pub id: String,
    /// The stem.
    pub question: String,
    /// The options, from A on: 2 to [`MAX_OPTIONS`].
    pub answers: Vec<String>,
    /// Indices of the options that are right, ascending; at least one.
    pub keys: Vec<usize>,
    /// All other columns, as JSON: `subject`, `document`, `key_source` … Nulls are left out.
    pub other: Map<String, Value>,
}

impl ExamItem {
    /// The text of another column, if it is there and a string.
    pub fn text(&self, column: &str) -> Option<&str> {
        self.other.get(column)?.as_str()
    }
}

/// Choice of the rows of an exam and of their columns.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Split that is read; the first of `usual_splits` that is there where `None`.
    pub split: Option<String>,
    /// Names of splits, the most wanted first.
    pub usual_splits: &'static [&'static str],
    /// Columns that are named instead of recognised.
    pub columns: Columns,
}

impl Reading {
    /// For questions that are asked: held-out splits first.
    pub const ASKED: [&'static str; 7] =
        ["test", "validation", "valid", "val", "dev", "eval", "train"];
    /// For solved examples: splits first that nobody is graded with.
    pub const EXAMPLES: [&'static str; 7] =
        ["dev", "validation", "valid", "val", "train", "eval", "test"];
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            split: None,
            usual_splits: &Self::ASKED,
            columns: Columns::default(),
        }
    }
}

/// Rows of an exam, and how they were read.
#[derive(Debug, Clone, PartialEq)]
pub struct ExamRows {
    /// The rows, in order.
    pub items: Vec<ExamItem>,
    /// The split that they are of; `None` for a single file.
    pub split: Option<String>,
    /// All splits of the dataset; empty for a single file.
    pub splits: Vec<String>,
    /// Columns that were taken for question, options and key; `None` where they are the original workflow's.
    pub mapping: Option<String>,
    /// Sentences on what is doubtful in that.
    pub doubts: Vec<String>,
}

/// Reads an exam: a file of Parquet, JSON Lines, JSON, separated values or Arrow; a dataset folder with such files in it,
/// in its `data` folder or in one other; or a folder written by `save_to_disk`.
///
/// # Errors
/// Name the file and what is missing from it: a column (with those that are there), options, keys in rows.
pub fn read(path: &Path) -> Result<Vec<ExamItem>> {
    Ok(read_rows(path, &Reading::default())?.items)
}

/// Reads an exam as `reading` says, see [`read`].
///
/// # Errors
/// As [`read`]; also a split that is not there.
pub fn read_rows(path: &Path, reading: &Reading) -> Result<ExamRows> {
    guarded(path, || exam_rows(path, reading))
}

/// Rows as they stand in a file or in one split of a folder, whatever their columns.
#[derive(Debug, Clone, PartialEq)]
pub struct PlainRows {
    /// The rows, in order.
    pub rows: Vec<Map<String, Value>>,
    /// The split that they are of; `None` for a single file.
    pub split: Option<String>,
    /// All splits of the dataset; empty for a single file.
    pub splits: Vec<String>,
}

/// Reads the rows of a file or of one split of a folder, as [`read_rows`] does, and takes them for nothing.
///
/// # Errors
/// Name the file, or the split that is not there.
pub fn plain_rows(path: &Path, reading: &Reading) -> Result<PlainRows> {
    guarded(path, || {
        let source = source::read(path, reading)?;
        Ok(PlainRows {
            rows: source.rows.into_iter().map(|row| row.values).collect(),
            split: source.split,
            splits: source.splits,
        })
    })
}

fn exam_rows(path: &Path, reading: &Reading) -> Result<ExamRows> {
    let source = source::read(path, reading)?;
    let Source {
        columns,
        split,
        splits,
        ..
    } = &source;
    let (split, splits) = (split.clone(), splits.clone());
    if source.rows.is_empty() && columns.is_empty() {
        return Ok(ExamRows {
            items: Vec::new(),
            split,
            splits,
            mapping: None,
            doubts: Vec::new(),
        });
    }
    let mapping = Mapping::find(path, columns, &source.rows, &reading.columns)?;
    let options = all_options(path, &source, &mapping)?;
    let values: Vec<Value> = source
        .rows
        .iter()
        .map(|row| mapping.key_value(&row.values))
        .collect();
    let found = keys::find(&values, &options, mapping.key_kind, source.is_typed);
    let bad: Vec<usize> = (0..values.len())
        .filter(|&row| found.keys[row].is_none())
        .collect();
    if let Some(ambiguous) = found.ambiguous {
        return Err(FilesError::AmbiguousKey {
            path: path.to_owned(),
            column: mapping.key_column(),
            row: source.rows[ambiguous.row].number,
            readings: ambiguous.readings,
        });
    }
    if !bad.is_empty() {
        return Err(bad_keys(path, &source, &mapping, &values, &options, &bad));
    }
    let unseen = mapping.unseen(&source.rows);
    let mut items = Vec::with_capacity(values.len());
    let rows = source.rows.into_iter().zip(options).zip(found.keys);
    for (index, ((row, options), keys)) in rows.enumerate() {
        items.push(item(
            &mapping,
            row,
            options,
            keys.unwrap_or_default(),
            index,
        ));
    }
    let mapping = mapping.words(found.kind);
    let unseen = unseen.filter(|_| mapping.is_some());
    Ok(ExamRows {
        items,
        split,
        splits,
        mapping,
        doubts: found.doubt.into_iter().chain(unseen).collect(),
    })
}

/// The options of each row; rows that have too few or too many are an error, all of them.
fn all_options(path: &Path, source: &Source, mapping: &Mapping) -> Result<Vec<Options>> {
    let mut bad = Vec::new();
    let mut all = Vec::with_capacity(source.rows.len());
    for row in &source.rows {
        let options = mapping.options(&row.values);
        match &options {
            Ok(options) if (2..=MAX_OPTIONS).contains(&options.texts.len()) => {}
            Ok(options) => bad.push((row, format!("{} options", options.texts.len()))),
            Err(reason) => bad.push((row, reason.clone())),
        }
        all.push(options.unwrap_or_default());
    }
    if bad.is_empty() {
        return Ok(all);
    }
    Err(FilesError::BadRows {
        path: path.to_owned(),
        what: "have not 2 to 26 options".to_owned(),
        n: bad.len(),
        n_rows: source.rows.len(),
        rows: list(source, bad.into_iter()),
        hint: Some("name the column that holds the options with --columns choices=COLUMN"),
    })
}

fn bad_keys(
    path: &Path,
    source: &Source,
    mapping: &Mapping,
    values: &[Value],
    options: &[Options],
    bad: &[usize],
) -> FilesError {
    let words = |&row: &usize| {
        let value = match &values[row] {
            Value::Null => "no key".to_owned(),
            value => value.to_string(),
        };
        let n_options = options[row].texts.len();
        (
            &source.rows[row],
            format!("{value}, of {n_options} options"),
        )
    };
    let hint = if bad.len() == values.len() {
        "no key of this split can be read: hidden keys are in another one (--split); another column is named with \
         --columns answer=COLUMN"
    } else {
        "correct these rows or remove them; nothing is graded with a key that is a guess"
    };
    FilesError::BadRows {
        path: path.to_owned(),
        what: format!(
            "have a key in `{}` that names no option",
            mapping.key_column()
        ),
        n: bad.len(),
        n_rows: values.len(),
        rows: list(source, bad.iter().map(words)),
        hint: Some(hint),
    }
}

/// Number of faulty rows that an error lists.
const MOST_LISTED: usize = 10;

fn list<'a>(
    source: &'a Source,
    rows: impl Iterator<Item = (&'a SourceRow, String)>,
) -> Vec<String> {
    /// Characters of a value that are shown.
    const MOST: usize = 80;
    let has_files = source.files.len() > 1;
    let words = |(row, reason): (&SourceRow, String)| {
        let mut reason: String = reason.chars().take(MOST).collect();
        reason.retain(|c| !c.is_control());
        let file = source.files[row.file].file_name().unwrap_or_default();
        match has_files {
            true => format!("{}, row {}: {reason}", file.display(), row.number),
            false => format!("row {}: {reason}", row.number),
        }
    };
    rows.take(MOST_LISTED).map(words).collect()
}

/// The item of a row, the one at `index` of all.
fn item(
    mapping: &Mapping,
    row: SourceRow,
    options: Options,
    keys: Vec<usize>,
    index: usize,
) -> ExamItem {
    let mut values = row.values;
    let question = mapping.question(&values);
    let id = mapping
        .id(&values)
        .unwrap_or_else(|| format!("row-{:05}", index + 1));
    mapping.remove_used(&mut values);
    values.retain(|_, value| !value.is_null());
    ExamItem {
        id,
        question,
        answers: options.texts,
        keys,
        other: values,
    }
}
