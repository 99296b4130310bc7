//! Rows of an exam as JSON, from a file or from one split of a folder.

use super::{JsonRow, Reading};
use crate::{
    error::{FilesError, Result},
    formats::{
        distiset,
        table::{each_line, parquet_table},
    },
    regular,
    rows::{
        Table,
        features::{Feature, Features},
    },
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Seek},
    path::{Path, PathBuf},
};

/// Extensions of files that may be an exam, in the order in which a folder's are preferred.
const EXTENSIONS: [&str; 7] = ["parquet", "arrow", "jsonl", "ndjson", "csv", "tsv", "json"];
/// Names of JSON files that say something about a dataset and are none.
const DESCRIPTIONS: [&str; 4] = [
    "dataset_info.json",
    "dataset_infos.json",
    "dataset_dict.json",
    "state.json",
];
/// Bytes of a text file that is read as a whole.
const MAX_TEXT_BYTES: u64 = 1 << 30;
/// Files and folders of a dataset folder that are looked at, and how deep.
const MAX_ENTRIES: usize = 10_000;
const MAX_DEPTH: usize = 3;

/// Rows, and what they are of.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub(super) files: Vec<PathBuf>,
    pub(super) rows: Vec<SourceRow>,
    /// Names of columns, those of the first rows first.
    pub(super) columns: Vec<String>,
    /// True if its files tell numbers and texts apart.
    pub(super) is_typed: bool,
    pub(super) split: Option<String>,
    pub(super) splits: Vec<String>,
}

/// One row.
#[derive(Debug)]
pub(super) struct SourceRow {
    /// Index of its file.
    pub(super) file: usize,
    /// Number in its file, from 1.
    pub(super) number: usize,
    pub(super) values: JsonRow,
}

/// Reads a file, or one split of a folder.
pub(super) fn read(path: &Path, reading: &Reading) -> Result<Source> {
    let mut source = Source {
        is_typed: true,
        ..Source::default()
    };
    if !path.is_dir() {
        source.read_file(path)?;
        return Ok(source);
    }
    if path.join("dataset_dict.json").is_file() {
        let splits = distiset::saved_splits(path)?;
        let split = choose(path, reading, &splits)?;
        let folder = distiset::saved_split(path, &split)?;
        source.read_saved(&folder)?;
        (source.split, source.splits) = (Some(split), splits);
    } else if path.join("state.json").is_file() {
        source.read_saved(path)?;
    } else {
        let mut files = files_by_split(path)?;
        let splits: Vec<String> = files.keys().cloned().collect();
        let split = choose(path, reading, &splits)?;
        for file in files.remove(&split).unwrap_or_default() {
            source.read_file(&file)?;
        }
        (source.split, source.splits) = (Some(split), splits);
    }
    Ok(source)
}

/// The split that was asked for, or the usual one.
fn choose(folder: &Path, reading: &Reading, splits: &[String]) -> Result<String> {
    let has = |split: &&str| splits.iter().any(|name| name == split);
    let usual = || {
        let usual = reading.usual_splits.iter().copied().find(has);
        usual.or(splits.first().map(String::as_str))
    };
    let wanted = reading.split.as_deref().or_else(usual);
    match wanted.filter(has) {
        Some(split) => Ok(split.to_owned()),
        None => Err(FilesError::NoSplit {
            folder: folder.to_owned(),
            split: wanted.unwrap_or("test").to_owned(),
            splits: splits.to_vec(),
        }),
    }
}

/// Files of a dataset folder by split: `test-00000-of-00001.parquet`, `test.parquet` and `test/0000.parquet` are
/// `test`'s. All are of one kind, and in one folder or below it.
fn files_by_split(folder: &Path) -> Result<BTreeMap<String, Vec<PathBuf>>> {
    let (mut names, mut n_left) = (Vec::new(), MAX_ENTRIES);
    list_files(folder, folder, MAX_DEPTH, &mut n_left, &mut names)?;
    let (_, splits) = by_split(folder, names.iter().map(PathBuf::as_path))?;
    let whole = |name: &Path| folder.join(name);
    Ok(splits
        .into_iter()
        .map(|(split, names)| (split, names.into_iter().map(whole).collect()))
        .collect())
}

/// Files of one split of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilesOfSplit {
    /// Folder below the dataset's that holds the split; empty for the dataset's own.
    pub part: String,
    /// The split.
    pub split: String,
    /// Names of its files, relative to the dataset's folder.
    pub files: Vec<String>,
}

/// The files that [`read_rows`](super::read_rows) would read of a folder with files of these names, before they are there.
///
/// # Errors
/// As [`read_rows`](super::read_rows) where the names do not say which files are meant.
pub fn files_of_split<'a>(
    folder: &Path,
    names: impl Iterator<Item = &'a str>,
    reading: &Reading,
) -> Result<FilesOfSplit> {
    let (part, mut splits) = by_split(folder, names.map(Path::new))?;
    let all: Vec<String> = splits.keys().cloned().collect();
    let split = choose(folder, reading, &all)?;
    let files = splits.remove(&split).unwrap_or_default();
    Ok(FilesOfSplit {
        files: files
            .into_iter()
            .filter_map(|name| name.to_str().map(str::to_owned))
            .collect(),
        part,
        split,
    })
}

/// The folder below `folder` that holds the dataset, and the names of its files by split.
fn by_split<'a>(
    folder: &Path,
    names: impl Iterator<Item = &'a Path>,
) -> Result<(String, BTreeMap<String, Vec<&'a Path>>)> {
    let files: Vec<DataFile<'_>> = names.filter_map(data_file).collect();
    let kind = EXTENSIONS
        .iter()
        .find(|kind| files.iter().any(|file| file.extension == **kind));
    let Some(kind) = kind else {
        return Err(FilesError::NotADataset {
            path: folder.to_owned(),
            expected: "an exam: it holds no file of Parquet, Arrow, JSON Lines, JSON or separated values, no state.json \
                       and no dataset_dict.json",
        });
    };
    let mut parts = BTreeMap::<String, BTreeMap<String, Vec<&Path>>>::new();
    for file in files.into_iter().filter(|file| file.extension == *kind) {
        let splits = parts.entry(file.part).or_default();
        splits.entry(file.split).or_default().push(file.name);
    }
    // What lies in the folder itself comes before what lies below it.
    if let Some(own) = parts.remove("") {
        parts = BTreeMap::from([(String::new(), own)]);
    }
    let names: Vec<String> = parts.keys().cloned().collect();
    match (names.as_slice(), parts.pop_first()) {
        ([_], Some((part, mut splits))) => {
            splits.values_mut().for_each(|files| files.sort_unstable());
            Ok((part, splits))
        }
        _ => Err(FilesError::SeveralDatasets {
            folder: folder.to_owned(),
            parts: names,
        }),
    }
}

/// A file that may hold rows.
struct DataFile<'a> {
    name: &'a Path,
    extension: String,
    /// Folder below the dataset's that it is of; empty for the dataset's own or its `data`.
    part: String,
    split: String,
}

/// Names of the files in and below `folder`, relative to `root`.
fn list_files(
    root: &Path,
    folder: &Path,
    depth: usize,
    n_left: &mut usize,
    names: &mut Vec<PathBuf>,
) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(FilesError::io("list", folder))? {
        let entry = entry.map_err(FilesError::io("list", folder))?;
        let Some(left) = n_left.checked_sub(1) else {
            return Ok(());
        };
        *n_left = left;
        let path = entry.path();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if is_folder && depth > 1 {
            list_files(root, &path, depth - 1, n_left, names)?;
        } else if !is_folder && let Ok(name) = path.strip_prefix(root) {
            names.push(name.to_owned());
        }
    }
    Ok(())
}

fn data_file(name: &Path) -> Option<DataFile<'_>> {
    let extension = extension(name).filter(|kind| EXTENSIONS.contains(&kind.as_str()))?;
    if DESCRIPTIONS.contains(&name.file_name()?.to_str()?) {
        return None;
    }
    let stem = name.file_stem()?.to_str()?;
    let mut split = stem.split('-').next().unwrap_or(stem).to_owned();
    let below = name.parent()?;
    let mut part: Vec<&str> = below.iter().filter_map(|name| name.to_str()).collect();
    let is_split = |name: &str| Reading::ASKED.contains(&name);
    if !is_split(&split)
        && let Some(parent) = part.last().copied().filter(|name| is_split(name))
    {
        parent.clone_into(&mut split);
        part.pop();
    }
    if part == ["data"] {
        part.clear();
    }
    Some(DataFile {
        name,
        extension,
        part: part.join("/"),
        split,
    })
}

fn extension(path: &Path) -> Option<String> {
    path.extension()?.to_str().map(str::to_lowercase)
}

impl Source {
    fn read_saved(&mut self, folder: &Path) -> Result<()> {
        for (shard, table) in distiset::saved_tables(folder)? {
            self.files.push(shard.clone());
            self.take_table(&shard, table)?;
        }
        Ok(())
    }

    fn read_file(&mut self, path: &Path) -> Result<()> {
        self.files.push(path.to_owned());
        match extension(path).as_deref() {
            Some("parquet") => self.take_table(path, parquet_table(path, None)?),
            Some("arrow") => self.take_table(path, distiset::arrow_table(path)?),
            Some("jsonl" | "ndjson") => self.read_lines(path),
            Some("json") => self.read_json(path),
            Some("csv" | "tsv") => self.read_csv(path),
            // A path that is not there deserves that word before one about its name.
            _ => {
                fs::metadata(path).map_err(FilesError::io("read", path))?;
                Err(FilesError::NotADataset {
                    path: path.to_owned(),
                    expected: "an exam: neither a folder nor a .parquet, .jsonl, .json, .csv, .tsv or .arrow file",
                })
            }
        }
    }

    fn push(&mut self, number: usize, values: JsonRow) {
        let values = unfolded(values);
        for column in values.keys() {
            if !self.columns.contains(column) {
                self.columns.push(column.clone());
            }
        }
        let file = self.files.len().saturating_sub(1);
        self.rows.push(SourceRow {
            file,
            number,
            values,
        });
    }

    fn take_table(&mut self, path: &Path, table: Table) -> Result<()> {
        for column in &table.columns {
            if !self.columns.contains(column) {
                self.columns.push(column.clone());
            }
        }
        let features = table.features.clone();
        let mut number = 0;
        table.each(path, |mut row: JsonRow| {
            if let Some(features) = &features {
                name_labels(&mut row, features);
            }
            number += 1;
            self.push(number, row);
            Ok(())
        })
    }

    fn read_lines(&mut self, path: &Path) -> Result<()> {
        check_size(path)?;
        let mut number = 0;
        each_line(path, |row| {
            number += 1;
            self.push(number, row);
            Ok(())
        })
    }

    /// A list of objects, an object that holds such a list, or one object a line.
    fn read_json(&mut self, path: &Path) -> Result<()> {
        check_size(path)?;
        let bytes = regular::read(path).map_err(FilesError::io("read", path))?;
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
        let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
            return self.read_lines(path);
        };
        let rows = match value {
            Value::Array(rows) => rows,
            Value::Object(mut object) => {
                let is_rows = |value: &Value| {
                    value
                        .as_array()
                        .is_some_and(|rows| rows.iter().all(Value::is_object))
                };
                match ["data", "rows", "questions", "examples", "train", "test"]
                    .into_iter()
                    .find(|name| object.get(*name).is_some_and(is_rows))
                {
                    Some(name) => match object.shift_remove(name) {
                        Some(Value::Array(rows)) => rows,
                        _ => Vec::new(),
                    },
                    None => vec![Value::Object(object)],
                }
            }
            other => vec![other],
        };
        for (index, row) in rows.into_iter().enumerate() {
            let Value::Object(row) = row else {
                return Err(FilesError::Row {
                    path: path.to_owned(),
                    row: index + 1,
                    column: None,
                    message: "it is not an object".to_owned(),
                });
            };
            self.push(index + 1, row);
        }
        Ok(())
    }

    /// Separated values with a header. An empty cell is an absent value.
    fn read_csv(&mut self, path: &Path) -> Result<()> {
        check_size(path)?;
        self.is_typed = false;
        let failed = |source| FilesError::Csv {
            path: path.to_owned(),
            source,
        };
        let mut file = regular::open(path).map_err(FilesError::io("read", path))?;
        let mut start = Vec::new();
        let read = file.by_ref().take(1 << 16).read_to_end(&mut start);
        read.map_err(FilesError::io("read", path))?;
        let skipped = if start.starts_with("\u{feff}".as_bytes()) {
            3
        } else {
            0
        };
        file.seek(std::io::SeekFrom::Start(skipped))
            .map_err(FilesError::io("read", path))?;
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter(&start))
            .from_reader(file);
        let header = reader.headers().map_err(failed)?.clone();
        let columns: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        for (index, record) in reader.records().enumerate() {
            let record = record.map_err(failed)?;
            let cells = columns.iter().zip(&record);
            let filled = cells.filter(|(_, cell)| !cell.is_empty());
            let row = filled.map(|(name, cell)| (name.clone(), Value::from(cell)));
            self.push(index + 1, row.collect());
        }
        for column in columns {
            if !self.columns.contains(&column) {
                self.columns.push(column);
            }
        }
        Ok(())
    }
}

/// The commonest candidate of the first line; of equally many, the comma.
fn delimiter(start: &[u8]) -> u8 {
    let header = start
        .split(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    let count = |candidate: &u8| header.iter().filter(|&byte| byte == candidate).count();
    let candidates = *b"|;\t,";
    candidates.into_iter().max_by_key(count).unwrap_or(b',')
}

fn check_size(path: &Path) -> Result<()> {
    let n_bytes = fs::metadata(path)
        .map_err(FilesError::io("read", path))?
        .len();
    if n_bytes <= MAX_TEXT_BYTES {
        return Ok(());
    }
    Err(FilesError::TooLong {
        path: path.to_owned(),
        n_bytes,
        max_bytes: MAX_TEXT_BYTES,
    })
}

/// A row whose `question` is an object with a stem and choices, as ARC's and OpenBookQA's own files have it, as one with
/// these as columns.
fn unfolded(mut row: JsonRow) -> JsonRow {
    let is_folded = |question: &Value| question.get("stem").is_some_and(Value::is_string);
    if !row.get("question").is_some_and(is_folded) {
        return row;
    }
    if let Some(Value::Object(question)) = row.shift_remove("question") {
        for (name, value) in question {
            let name = if name == "stem" {
                "question_stem".to_owned()
            } else {
                name
            };
            row.entry(name).or_insert(value);
        }
    }
    row
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
