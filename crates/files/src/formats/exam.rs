//! Exams as an evaluation needs them, from whatever holds the six columns of the original workflow.

use super::{
    distiset,
    table::{each_line, parquet_table},
};
use crate::{
    error::{FilesError, Result, guarded},
    rows::{
        Table,
        features::{Feature, Features},
    },
};
use examen_core::Letter;
use serde_json::{Map, Value};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// One row as JSON, column by column.
type JsonRow = Map<String, Value>;

/// The columns that an exam must have.
pub const REQUIRED_COLUMNS: [&str; 6] = [
    "question",
    "answer_a",
    "answer_b",
    "answer_c",
    "answer_d",
    "correct_answer",
];

/// Column of the option at `index`: `answer_a` for 0.
///
/// # Panics
/// Above 25.
pub fn option_column(index: usize) -> String {
    let letter = u8::try_from(index).ok().filter(|&index| index < 26);
    let letter = b'a' + letter.expect("options have letters");
    format!("answer_{}", char::from(letter))
}

/// One question of an exam, whoever wrote it. Options are as they stand: nothing says that they are distinct.
#[derive(Debug, Clone, PartialEq)]
pub struct ExamItem {
    /// `question_id`, or `id`, or `row-00001` with the number of the row.
    pub id: String,
    /// The stem.
    pub question: String,
    /// The options, from A on.
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

/// Reads an exam: a `.parquet` or `.jsonl` file; a dataset folder with Parquet files in it or in its `data` folder, as
/// published; or a folder written by `save_to_disk`. Of several splits it takes `train`, else `test`, else the first.
///
/// # Errors
/// Name the file and what is missing from it: a column (with those that are there), a text, a key in a row.
pub fn read(path: &Path) -> Result<Vec<ExamItem>> {
    read_split(path, None)
}

/// Reads one split of an exam, see [`read`]. A single file is read whatever the split.
pub fn read_split(path: &Path, split: Option<&str>) -> Result<Vec<ExamItem>> {
    guarded(path, || read_items(path, split))
}

fn read_items(path: &Path, split: Option<&str>) -> Result<Vec<ExamItem>> {
    if !path.is_dir() {
        return read_file(path, 0);
    }
    let mut items = Vec::new();
    match find(path, split)? {
        Found::Saved(folder) => {
            for (shard, table) in distiset::saved_tables(&folder)? {
                let part = table_items(&shard, table, items.len())?;
                items.extend(part);
            }
        }
        Found::Files(files) => {
            for file in files {
                let part = read_file(&file, items.len())?;
                items.extend(part);
            }
        }
    }
    Ok(items)
}

/// Files that hold the rows of a folder.
enum Found {
    /// A folder as `Dataset.save_to_disk` writes it.
    Saved(PathBuf),
    /// The Parquet files of one split, in order.
    Files(Vec<PathBuf>),
}

fn find(folder: &Path, split: Option<&str>) -> Result<Found> {
    if folder.join("dataset_dict.json").is_file() {
        let split = choose(folder, split, distiset::saved_splits(folder)?)?;
        return distiset::saved_split(folder, &split).map(Found::Saved);
    }
    if folder.join("state.json").is_file() {
        return Ok(Found::Saved(folder.to_owned()));
    }
    let mut files = parquet_files(&folder.join("data"))?;
    if files.is_empty() {
        files = parquet_files(folder)?;
    }
    if files.is_empty() {
        let expected = "an exam: it holds no Parquet file, no data/*.parquet, no state.json and no dataset_dict.json";
        return Err(FilesError::NotADataset {
            path: folder.to_owned(),
            expected,
        });
    }
    let split = choose(folder, split, files.keys().cloned().collect())?;
    Ok(Found::Files(files.remove(&split).unwrap_or_default()))
}

/// The split that was asked for, or the usual one.
fn choose(folder: &Path, split: Option<&str>, splits: Vec<String>) -> Result<String> {
    let has = |split: &str| splits.iter().any(|name| name == split);
    let usual = || {
        ["train", "test"]
            .into_iter()
            .find(|usual| has(usual))
            .or(splits.first().map(String::as_str))
    };
    match split.or_else(usual).filter(|split| has(split)) {
        Some(split) => Ok(split.to_owned()),
        None => {
            let split = split.unwrap_or("train").to_owned();
            Err(FilesError::NoSplit {
                folder: folder.to_owned(),
                split,
                splits,
            })
        }
    }
}

/// Parquet files directly in `folder`, by split: `test-00000-of-00001.parquet` and `test.parquet` are `test`'s.
fn parquet_files(folder: &Path) -> Result<BTreeMap<String, Vec<PathBuf>>> {
    let mut files = BTreeMap::<String, Vec<PathBuf>>::new();
    if !folder.is_dir() {
        return Ok(files);
    }
    for entry in fs::read_dir(folder).map_err(FilesError::io("list", folder))? {
        let path = entry.map_err(FilesError::io("list", folder))?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "parquet")
        {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            let split = stem.split('-').next().unwrap_or_default().to_owned();
            files.entry(split).or_default().push(path);
        }
    }
    files.values_mut().for_each(|files| files.sort_unstable());
    Ok(files)
}

fn read_file(path: &Path, before: usize) -> Result<Vec<ExamItem>> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("parquet") => table_items(path, parquet_table(path, None)?, before),
        Some("jsonl" | "ndjson") => {
            let mut items = Vec::new();
            each_line(path, |row| {
                items.push(item(path, row, items.len() + 1, before)?);
                Ok(())
            })?;
            Ok(items)
        }
        // A path that is not there deserves that word before one about its name.
        _ => {
            fs::metadata(path).map_err(FilesError::io("read", path))?;
            let expected = "an exam: neither a .parquet nor a .jsonl file, nor a folder";
            Err(FilesError::NotADataset {
                path: path.to_owned(),
                expected,
            })
        }
    }
}

fn table_items(path: &Path, table: Table, before: usize) -> Result<Vec<ExamItem>> {
    let missing: Vec<String> = REQUIRED_COLUMNS
        .iter()
        .filter(|&column| !table.columns.iter().any(|other| other == column))
        .map(ToString::to_string)
        .collect();
    if !missing.is_empty() {
        return Err(FilesError::MissingColumns {
            path: path.to_owned(),
            missing,
            columns: table.columns,
        });
    }
    let features = table.features.clone();
    let mut items = Vec::new();
    table.each(path, |mut row: JsonRow| {
        if let Some(features) = &features {
            name_labels(&mut row, features);
        }
        items.push(item(path, row, items.len() + 1, before)?);
        Ok(())
    })?;
    Ok(items)
}

/// Replaces the numbers of class labels by their names.
fn name_labels(row: &mut JsonRow, features: &Features) {
    for (column, value) in row {
        if let (Some(Feature::ClassLabel(names)), Some(number)) =
            (features.get(column), value.as_u64())
            && let Some(name) = usize::try_from(number)
                .ok()
                .and_then(|number| names.get(number))
        {
            *value = Value::from(name.as_str());
        }
    }
}

/// The item of row `number` (from 1) of a file that has `before` rows of other files before it.
fn item(path: &Path, mut row: JsonRow, number: usize, before: usize) -> Result<ExamItem> {
    let columns: Vec<String> = row.keys().cloned().collect();
    let mut text = |column: &str| match row.shift_remove(column) {
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(FilesError::Row {
            path: path.to_owned(),
            row: number,
            column: Some(column.to_owned()),
            message: format!("{other} is not a text"),
        }),
        None => Err(FilesError::MissingColumns {
            path: path.to_owned(),
            missing: vec![column.to_owned()],
            columns: columns.clone(),
        }),
    };
    let question = text("question")?;
    let answers = vec![
        text("answer_a")?,
        text("answer_b")?,
        text("answer_c")?,
        text("answer_d")?,
    ];
    let key = row.shift_remove("correct_answer").unwrap_or_default();
    let letter: Letter = key
        .as_str()
        .and_then(|key| key.parse().ok())
        .ok_or_else(|| FilesError::NotALetter {
            path: path.to_owned(),
            row: number,
            value: key.to_string(),
        })?;
    row.retain(|_, value| !value.is_null());
    let id = id(&row).unwrap_or_else(|| format!("row-{:05}", before + number));
    Ok(ExamItem {
        id,
        question,
        answers,
        keys: vec![letter.index()],
        other: row,
    })
}

fn id(row: &JsonRow) -> Option<String> {
    ["question_id", "id"]
        .into_iter()
        .find_map(|column| match row.get(column)? {
            Value::String(id) if !id.is_empty() => Some(id.clone()),
            Value::Number(id) => Some(id.to_string()),
            _ => None,
        })
}
