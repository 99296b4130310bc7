//! Distiset folders: what distilabel writes and reads, one dataset a configuration.
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

use crate::{
    FilesError, Result, Row, atomic,
    features::Features,
    rows::{Table, to_batch},
    table::num_bytes,
    yaml,
};
use arrow::{
    array::RecordBatch,
    error::ArrowError,
    ipc::{reader::StreamReader, writer::StreamWriter},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{
    fs,
    io::BufReader,
    path::{Path, PathBuf},
};

/// Folder of a Distiset that holds no data.
const CONFIGS_FOLDER: &str = "distiset_configs";
/// The one split that Examen writes.
const SPLIT: &str = "train";
/// Rows a batch, as `datasets` writes them: it seeks by batches.
const ROWS_PER_BATCH: usize = 1000;

/// Several tables of one origin, ready to be written.
#[derive(Debug, Clone, Default)]
pub struct Distiset {
    configs: Vec<Config>,
}

/// One table of a Distiset; its rows are the split `train`.
#[derive(Debug, Clone)]
struct Config {
    name: String,
    features: Features,
    batch: RecordBatch,
}

impl Config {
    fn num_rows(&self) -> usize {
        self.batch.num_rows()
    }
}

/// What is told about a Distiset beside its data.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Description {
    /// Heading of the README.
    pub title: String,
    /// The README's text above the list of tables, in Markdown.
    pub summary: String,
    /// The settings that lead to the same data again; written as `pipeline.yaml`.
    pub pipeline: Value,
    /// What happened, a line an event; written as `pipeline.log`.
    pub log: String,
}

impl Distiset {
    /// A Distiset without tables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the table `name`. Without rows it still has the columns of `T`.
    ///
    /// # Errors
    /// If `name` cannot be a folder or is taken, or if `T` has no schema.
    pub fn with_config<T: Row>(mut self, name: &str, rows: &[T]) -> Result<Self> {
        let taken = name == CONFIGS_FOLDER || self.configs.iter().any(|config| config.name == name);
        if taken || !is_file_name(name) {
            return Err(FilesError::Name { what: "configuration", name: name.to_owned() });
        }
        let batch = to_batch(rows)?;
        let features = Features::from_schema(&batch.schema())?;
        self.configs.push(Config { name: name.to_owned(), features, batch });
        Ok(self)
    }

    /// Writes everything below `folder` and returns the files. Each file is replaced as a whole; what lies in the
    /// folder besides is left alone, except shards of an earlier version of these tables.
    pub fn write(&self, folder: &Path, description: &Description) -> Result<Vec<PathBuf>> {
        let mut written = Vec::new();
        for config in &self.configs {
            write_config(&folder.join(&config.name), config, &mut written)?;
        }
        let about = folder.join(CONFIGS_FOLDER);
        let texts = [
            ("README.md", self.readme(description)),
            ("pipeline.yaml", yaml::to_string(&description.pipeline)),
            ("pipeline.log", description.log.clone()),
        ];
        for (name, text) in texts {
            write_text(about.join(name), &text, &mut written)?;
        }
        Ok(written)
    }

    fn readme(&self, description: &Description) -> String {
        let rows: usize = self.configs.iter().map(Config::num_rows).sum();
        let front = json!({ "size_categories": [size_category(rows)], "tags": ["synthetic", "examen"] });
        let mut readme = format!("---\n{}---\n\n# {}\n\n", yaml::to_string(&front), description.title);
        if !description.summary.is_empty() {
            readme += &format!("{}\n\n", description.summary.trim_end());
        }
        readme += "| configuration | rows |\n| --- | ---: |\n";
        for config in &self.configs {
            readme += &format!("| `{}` | {} |\n", config.name, config.num_rows());
        }
        for config in &self.configs {
            let columns: Vec<String> = config.features.0.iter().map(|(name, _)| format!("`{name}`")).collect();
            readme += &format!("\nColumns of `{}`: {}.\n", config.name, columns.join(", "));
        }
        readme
            + "\n```python\nfrom datasets import load_from_disk\n\nload_from_disk(\"<this folder>/<configuration>\")\n```\n"
    }
}

/// Reads the columns of `T` from one split of one configuration; other columns may be there. Reads what Examen,
/// distilabel and `DatasetDict.save_to_disk` write, in any number of shards.
///
/// # Errors
/// Name the file, and the column or row that does not fit; a configuration or split that is not there is answered with
/// those that are.
pub fn read_rows<T: Row>(folder: &Path, config: &str, split: &str) -> Result<Vec<T>> {
    let found = configs(folder)?;
    if !found.iter().any(|name| name == config) {
        return Err(FilesError::NoConfig { folder: folder.to_owned(), config: config.to_owned(), configs: found });
    }
    read_saved(&folder.join(config), split)
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
        return Err(FilesError::NotADataset { path: folder.to_owned(), expected });
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
    shards(folder)?.into_iter().map(|shard| Ok((shard.clone(), read_stream(&shard)?))).collect()
}

/// The folder of one split of a `DatasetDict`.
pub(crate) fn saved_split(folder: &Path, split: &str) -> Result<PathBuf> {
    let splits = saved_splits(folder)?;
    if !splits.iter().any(|name| name == split) {
        return Err(FilesError::NoSplit { folder: folder.to_owned(), split: split.to_owned(), splits });
    }
    if !is_file_name(split) {
        return Err(FilesError::Name { what: "split", name: split.to_owned() });
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
        false => Err(FilesError::Name { what: "shard", name: file.filename }),
    };
    state.data_files.into_iter().map(shard).collect()
}

fn read_stream(path: &Path) -> Result<Table> {
    let failed = |source: ArrowError| FilesError::Arrow { path: path.to_owned(), source };
    let file = fs::File::open(path).map_err(FilesError::io("read", path))?;
    let reader = StreamReader::try_new(BufReader::new(file), None).map_err(failed)?;
    let mut table = Table::new(&reader.schema());
    table.batches = reader.collect::<Result<_, _>>().map_err(failed)?;
    Ok(table)
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = fs::read(path).map_err(FilesError::io("read", path))?;
    serde_json::from_slice(&bytes).map_err(|source| FilesError::Json { path: path.to_owned(), source })
}

fn write_config(folder: &Path, config: &Config, written: &mut Vec<PathBuf>) -> Result<()> {
    let split = folder.join(SPLIT);
    let shard = split.join("data-00000-of-00001.arrow");
    let bytes = stream_bytes(&config.batch).map_err(|source| FilesError::Arrow { path: shard.clone(), source })?;
    atomic::write_bytes(&shard, &bytes)?;
    remove_other_shards(&split, &shard)?;
    written.push(shard);
    let fingerprint = &blake3::hash(&bytes).to_hex()[..16];
    write_text(split.join("dataset_info.json"), &pretty(&dataset_info(config)), written)?;
    write_text(split.join("state.json"), &pretty(&state(fingerprint)), written)?;
    write_text(folder.join("dataset_dict.json"), &json!({ "splits": [SPLIT] }).to_string(), written)
}

fn stream_bytes(batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
    for first in (0..batch.num_rows()).step_by(ROWS_PER_BATCH) {
        writer.write(&batch.slice(first, ROWS_PER_BATCH.min(batch.num_rows() - first)))?;
    }
    writer.finish()?;
    writer.into_inner()
}

fn dataset_info(config: &Config) -> Value {
    let num_bytes = num_bytes(&config.batch);
    json!({
        "citation": "",
        "config_name": config.name,
        "dataset_size": num_bytes,
        "description": "",
        "features": config.features.to_json(),
        "homepage": "",
        "license": "",
        "splits": { SPLIT: { "name": SPLIT, "num_bytes": num_bytes, "num_examples": config.num_rows() } },
    })
}

fn state(fingerprint: &str) -> Value {
    json!({
        "_data_files": [{ "filename": "data-00000-of-00001.arrow" }],
        "_fingerprint": fingerprint,
        "_format_columns": null,
        "_format_kwargs": {},
        "_format_type": null,
        "_output_all_columns": false,
        "_split": SPLIT,
    })
}

/// Takes away the shards that a longer table left here; `state.json` no longer names them.
fn remove_other_shards(split: &Path, shard: &Path) -> Result<()> {
    for entry in fs::read_dir(split).map_err(FilesError::io("list", split))? {
        let path = entry.map_err(FilesError::io("list", split))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path != shard && name.starts_with("data-") && name.ends_with(".arrow") {
            fs::remove_file(&path).map_err(FilesError::io("remove", &path))?;
        }
    }
    Ok(())
}

fn write_text(path: PathBuf, text: &str, written: &mut Vec<PathBuf>) -> Result<()> {
    atomic::write_bytes(&path, text.as_bytes())?;
    written.push(path);
    Ok(())
}

fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

/// Whether `name` names something directly in a folder.
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
