//! Distisets, written row by row: no table is held in memory.

use super::{CONFIGS_FOLDER, SPLIT, is_file_name, size_category};
use crate::{
    atomic::{self, NewFile},
    error::{FilesError, Result},
    formats::{table::num_bytes, yaml},
    rows::{Row, RowBatches, features::Features, to_batch},
};
use arrow_array::RecordBatch;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, Schema};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

/// Rows a batch. `datasets` seeks by batches and writes 1000; rows with their passages and prompts have kilobytes, and a
/// batch is in memory three times while it is written.
const ROWS_PER_BATCH: usize = 100;
/// The one file of a table's data.
const SHARD: &str = "data-00000-of-00001.arrow";

/// Texts about a Distiset beside its data.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Description {
    /// Heading of the README.
    pub title: String,
    /// The README's text above the list of tables, in Markdown.
    pub summary: String,
    /// The settings that lead to the same data again; written as `pipeline.yaml`.
    pub pipeline: Value,
    /// Events, one a line; written as `pipeline.log`.
    pub log: String,
}

/// Writes a Distiset: its tables first, one after the other or at the same time, then the texts about them.
///
/// ```
/// # use examen_files::distiset::{Description, DistisetWriter};
/// # let folder = tempfile::tempdir().unwrap();
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct Row { question: String }
/// let mut distiset = DistisetWriter::new(folder.path());
/// let mut table = distiset.table::<Row>("questions")?;
/// table.push(Row { question: "What pumps blood?".to_owned() })?;
/// distiset.finish(&[table.finish()?], &Description::default())?;
/// # Ok::<(), examen_files::FilesError>(())
/// ```
#[derive(Debug)]
pub struct DistisetWriter {
    folder: PathBuf,
    names: BTreeSet<String>,
}

/// A table that was written.
#[derive(Debug, Clone)]
pub struct Written {
    name: String,
    features: Features,
    num_rows: usize,
    files: Vec<PathBuf>,
}

impl DistisetWriter {
    /// Writes below `folder`. Each file is replaced as a whole; what lies in the folder besides is left alone, except
    /// shards of an earlier version of the tables.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            names: BTreeSet::new(),
        }
    }

    /// Begins the table `name`. Without rows it still has the columns of `T`.
    ///
    /// # Errors
    /// If `name` cannot be a folder or is taken, if `T` has no schema of its own, or if the file cannot be created.
    pub fn table<T: Row>(&mut self, name: &str) -> Result<TableWriter<T>> {
        self.take_name(name)?;
        let rows = RowBatches::new(ROWS_PER_BATCH)?;
        let file = TableFile::create(&self.folder, name, rows.schema())?;
        Ok(TableWriter { rows, file })
    }

    /// Writes the texts about the tables, which are complete, and returns all files.
    pub fn finish(self, tables: &[Written], description: &Description) -> Result<Vec<PathBuf>> {
        let mut written: Vec<PathBuf> = tables
            .iter()
            .flat_map(|table| table.files.iter().cloned())
            .collect();
        let about = self.folder.join(CONFIGS_FOLDER);
        let texts = [
            ("README.md", readme(tables, description)),
            ("pipeline.yaml", yaml::to_string(&description.pipeline)),
            ("pipeline.log", description.log.clone()),
        ];
        for (name, text) in texts {
            write_text(about.join(name), &text, &mut written)?;
        }
        Ok(written)
    }

    fn take_name(&mut self, name: &str) -> Result<()> {
        if name == CONFIGS_FOLDER || !is_file_name(name) || !self.names.insert(name.to_owned()) {
            return Err(FilesError::Name {
                what: "configuration",
                name: name.to_owned(),
            });
        }
        Ok(())
    }
}

/// One table while it is written; its rows are the split `train`. Unless it is finished, nothing is left of it.
pub struct TableWriter<T> {
    rows: RowBatches<T>,
    file: TableFile,
}

impl<T: Row> TableWriter<T> {
    /// Adds a row.
    pub fn push(&mut self, row: T) -> Result<()> {
        match self.rows.push(row)? {
            Some(batch) => self.file.write(&batch),
            None => Ok(()),
        }
    }

    /// Writes what is left, and the files that describe the table.
    pub fn finish(mut self) -> Result<Written> {
        if let Some(batch) = self.rows.rest()? {
            self.file.write(&batch)?;
        }
        self.file.finish()
    }
}

/// A table's data on their way to the disk.
struct TableFile {
    name: String,
    folder: PathBuf,
    features: Features,
    stream: StreamWriter<BufWriter<Hashed>>,
    num_rows: usize,
    num_bytes: u64,
}

impl TableFile {
    fn create(distiset: &Path, name: &str, schema: &Schema) -> Result<Self> {
        let folder = distiset.join(name);
        let shard = folder.join(SPLIT).join(SHARD);
        let file = NewFile::create(&shard).map_err(FilesError::io("write", &shard))?;
        let hashed = BufWriter::new(Hashed {
            file,
            hasher: blake3::Hasher::new(),
        });
        let stream = StreamWriter::try_new(hashed, schema).map_err(arrow_error(&shard))?;
        let features = Features::from_schema(schema)?;
        Ok(Self {
            name: name.to_owned(),
            folder,
            features,
            stream,
            num_rows: 0,
            num_bytes: 0,
        })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.num_rows += batch.num_rows();
        self.num_bytes += num_bytes(batch);
        self.stream
            .write(batch)
            .map_err(arrow_error(&self.folder.join(SPLIT).join(SHARD)))
    }

    fn finish(mut self) -> Result<Written> {
        let split = self.folder.join(SPLIT);
        let shard = split.join(SHARD);
        self.stream.finish().map_err(arrow_error(&shard))?;
        let buffered = self.stream.into_inner().map_err(arrow_error(&shard))?;
        let hashed = buffered
            .into_inner()
            .map_err(|error| FilesError::io("write", &shard)(error.into_error()))?;
        let fingerprint = hashed.hasher.finalize().to_hex()[..16].to_owned();
        hashed
            .file
            .commit()
            .map_err(FilesError::io("write", &shard))?;
        remove_other_shards(&split, &shard)?;
        let mut files = vec![shard];
        let info = dataset_info(&self.name, &self.features, self.num_rows, self.num_bytes);
        write_text(split.join("dataset_info.json"), &pretty(&info), &mut files)?;
        write_text(
            split.join("state.json"),
            &pretty(&state(&fingerprint)),
            &mut files,
        )?;
        write_text(
            self.folder.join("dataset_dict.json"),
            &json!({ "splits": [SPLIT] }).to_string(),
            &mut files,
        )?;
        Ok(Written {
            name: self.name,
            features: self.features,
            num_rows: self.num_rows,
            files,
        })
    }
}

/// A file that is hashed while it is written.
struct Hashed {
    file: NewFile,
    hasher: blake3::Hasher,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.file.write(bytes)?;
        self.hasher.update(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Several small tables of one origin, in memory, ready to be written.
#[derive(Debug, Clone, Default)]
pub struct Distiset {
    configs: Vec<(String, RecordBatch)>,
}

impl Distiset {
    /// A Distiset without tables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the table `name`; see [`DistisetWriter::table`]. A type without a schema of its own is described by the
    /// rows.
    pub fn with_config<T: Row>(mut self, name: &str, rows: &[T]) -> Result<Self> {
        let mut names = DistisetWriter::new("");
        self.configs
            .iter()
            .try_for_each(|(name, _)| names.take_name(name))?;
        names.take_name(name)?;
        self.configs.push((name.to_owned(), to_batch(rows)?));
        Ok(self)
    }

    /// Writes everything below `folder` and returns the files; see [`DistisetWriter`].
    pub fn write(&self, folder: &Path, description: &Description) -> Result<Vec<PathBuf>> {
        let written = self.configs.iter().map(|(name, batch)| {
            let mut file = TableFile::create(folder, name, &batch.schema())?;
            for first in (0..batch.num_rows()).step_by(ROWS_PER_BATCH) {
                file.write(&batch.slice(first, ROWS_PER_BATCH.min(batch.num_rows() - first)))?;
            }
            file.finish()
        });
        DistisetWriter::new(folder).finish(&written.collect::<Result<Vec<_>>>()?, description)
    }
}

fn readme(tables: &[Written], description: &Description) -> String {
    let rows: usize = tables.iter().map(|table| table.num_rows).sum();
    let front =
        json!({ "size_categories": [size_category(rows)], "tags": ["synthetic", "examen"] });
    let mut readme = format!(
        "---\n{}---\n\n# {}\n\n",
        yaml::to_string(&front),
        description.title
    );
    if !description.summary.is_empty() {
        readme += &format!("{}\n\n", description.summary.trim_end());
    }
    readme += "| configuration | rows |\n| --- | ---: |\n";
    for table in tables {
        readme += &format!("| `{}` | {} |\n", table.name, table.num_rows);
    }
    for table in tables {
        let columns: Vec<String> = table
            .features
            .0
            .iter()
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        readme += &format!("\nColumns of `{}`: {}.\n", table.name, columns.join(", "));
    }
    readme
        + "\n```python\nfrom datasets import load_from_disk\n\nload_from_disk(\"<this folder>/<configuration>\")\n```\n"
}

fn dataset_info(name: &str, features: &Features, num_rows: usize, num_bytes: u64) -> Value {
    json!({
        "citation": "",
        "config_name": name,
        "dataset_size": num_bytes,
        "description": "",
        "features": features.to_json(),
        "homepage": "",
        "license": "",
        "splits": { SPLIT: { "name": SPLIT, "num_bytes": num_bytes, "num_examples": num_rows } },
    })
}

fn state(fingerprint: &str) -> Value {
    json!({
        "_data_files": [{ "filename": SHARD }],
        "_fingerprint": fingerprint,
        "_format_columns": null,
        "_format_kwargs": {},
        "_format_type": null,
        "_output_all_columns": false,
        "_split": SPLIT,
    })
}

/// Removes the shards that a longer table left here; `state.json` no longer names them.
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

fn arrow_error(shard: &Path) -> impl Fn(ArrowError) -> FilesError {
    let path = shard.to_owned();
    move |source| match source {
        // The disk, not the table.
        ArrowError::IoError(_, source) => FilesError::Io {
            doing: "write",
            path: path.clone(),
            source,
        },
        source => FilesError::Arrow {
            path: path.clone(),
            source,
        },
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}")
}
