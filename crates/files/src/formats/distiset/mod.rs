//! Distiset folders, as distilabel writes and reads them: one dataset a configuration.
//!
//! ```text
//! questions_folder/
//!   <config>/dataset_dict.json
//!   <config>/<split>/{data-00000-of-00001.arrow, dataset_info.json, state.json}
//!   distiset_configs/{README.md, pipeline.yaml, pipeline.log}
//! ```
//! A configuration is what `datasets` calls a `DatasetDict` saved to disk; the data are Arrow IPC *streams*. Nothing else
//! may lie directly in the folder: distilabel takes every file and folder there for a configuration, except
//! `distiset_configs` and `artifacts`.

mod write;

pub use write::{Description, Distiset, DistisetWriter, TableWriter, Written};

use crate::{
    error::{FilesError, Result, guarded},
    regular,
    rows::{Budget, Row, Table},
};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::ArrowError;
use serde::{Deserialize, de::DeserializeOwned};
use std::{
    fs,
    io::{BufReader, Read},
    path::{Path, PathBuf},
};

/// Folder of a Distiset that holds no data.
const CONFIGS_FOLDER: &str = "distiset_configs";
/// The one split that Examen writes.
const SPLIT: &str = "train";

/// Reads the columns of `T` from one split of one configuration; other columns may be there. Reads what Examen,
/// distilabel and `DatasetDict.save_to_disk` write, in any number of shards.
///
/// # Errors
/// Name the file, and the column or row that does not fit; a configuration or split that is not there is answered with
/// those that are.
pub fn read_rows<T: Row>(folder: &Path, config: &str, split: &str) -> Result<Vec<T>> {
    let found = configs(folder)?;
    if !found.iter().any(|name| name == config) {
        return Err(FilesError::NoConfig {
            folder: folder.to_owned(),
            config: config.to_owned(),
            configs: found,
        });
    }
    guarded(folder, || read_saved(&folder.join(config), split))
}

/// The configurations of a Distiset, in alphabetical order.
///
/// # Errors
/// [`FilesError::NotADataset`] if the folder holds none.
pub fn configs(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(FilesError::io("list", folder))? {
        let entry = entry.map_err(FilesError::io("list", folder))?;
        if entry.path().join("dataset_dict.json").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    if names.is_empty() {
        let expected = "a Distiset: no folder in it holds a dataset_dict.json";
        return Err(FilesError::NotADataset {
            path: folder.to_owned(),
            expected,
        });
    }
    names.sort_unstable();
    Ok(names)
}

/// The splits of a folder written by `DatasetDict.save_to_disk`.
pub(crate) fn saved_splits(folder: &Path) -> Result<Vec<String>> {
    #[derive(Deserialize)]
    struct DatasetDict {
        splits: Vec<String>,
    }
    Ok(read_json::<DatasetDict>(&folder.join("dataset_dict.json"))?.splits)
}

/// The tables of one split's shards, each with its file. `folder` was written by `Dataset.save_to_disk`.
pub(crate) fn saved_tables(folder: &Path) -> Result<Vec<(PathBuf, Table)>> {
    shards(folder)?
        .into_iter()
        .map(|shard| Ok((shard.clone(), read_stream(&shard)?)))
        .collect()
}

/// The folder of one split of a `DatasetDict`.
pub(crate) fn saved_split(folder: &Path, split: &str) -> Result<PathBuf> {
    let splits = saved_splits(folder)?;
    if !splits.iter().any(|name| name == split) {
        return Err(FilesError::NoSplit {
            folder: folder.to_owned(),
            split: split.to_owned(),
            splits,
        });
    }
    if !is_file_name(split) {
        return Err(FilesError::Name {
            what: "split",
            name: split.to_owned(),
        });
    }
    Ok(folder.join(split))
}

fn read_saved<T: Row>(folder: &Path, split: &str) -> Result<Vec<T>> {
    let mut rows = Vec::new();
    for (shard, table) in saved_tables(&saved_split(folder, split)?)? {
        rows.extend(table.rows::<T>(&shard)?);
    }
    Ok(rows)
}

/// The shards in the order that state.json gives them.
fn shards(folder: &Path) -> Result<Vec<PathBuf>> {
    #[derive(Deserialize)]
    struct State {
        #[serde(rename = "_data_files")]
        data_files: Vec<DataFile>,
    }
    #[derive(Deserialize)]
    struct DataFile {
        filename: String,
    }
    let state: State = read_json(&folder.join("state.json"))?;
    let shard = |file: DataFile| match is_file_name(&file.filename) {
        true => Ok(folder.join(file.filename)),
        false => Err(FilesError::Name {
            what: "shard",
            name: file.filename,
        }),
    };
    state.data_files.into_iter().map(shard).collect()
}

fn read_stream(path: &Path) -> Result<Table> {
    let arrow_path = path.to_owned();
    let failed = move |source: ArrowError| FilesError::Arrow {
        path: arrow_path.clone(),
        source,
    };
    let file = regular::open(path).map_err(FilesError::io("read", path))?;
    let reader = StreamReader::try_new(BufReader::new(file), None).map_err(&failed)?;
    let (schema, budget) = (reader.schema(), Budget::new(path));
    let batches = reader.map(move |batch| batch.map_err(&failed));
    Ok(Table::new(&schema, budget, batches))
}

/// One Arrow file, whatever its kind: a stream, or a file with an index.
pub(crate) fn arrow_table(path: &Path) -> Result<Table> {
    let mut magic = [0; 6];
    let mut file = regular::open(path).map_err(FilesError::io("read", path))?;
    let is_file = file.read_exact(&mut magic).is_ok() && &magic == b"ARROW1";
    if !is_file {
        return read_stream(path);
    }
    let arrow_path = path.to_owned();
    let failed = move |source: ArrowError| FilesError::Arrow {
        path: arrow_path.clone(),
        source,
    };
    let reader = FileReader::try_new(file, None).map_err(&failed)?;
    let (schema, budget) = (reader.schema(), Budget::new(path));
    let batches = reader.map(move |batch| batch.map_err(&failed));
    Ok(Table::new(&schema, budget, batches))
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = regular::read(path).map_err(FilesError::io("read", path))?;
    serde_json::from_slice(&bytes).map_err(|source| FilesError::Json {
        path: path.to_owned(),
        source,
    })
}

/// True if `name` names something directly in a folder.
fn is_file_name(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\', ':', '\0'])
}

/// The Hub's word for a number of rows: `n<1K`, `1K<n<10K` …
pub fn size_category(rows: usize) -> &'static str {
    match rows {
        0..1_000 => "n<1K",
        1_000..10_000 => "1K<n<10K",
        10_000..100_000 => "10K<n<100K",
        100_000..1_000_000 => "100K<n<1M",
        _ => "n>1M",
    }
}
