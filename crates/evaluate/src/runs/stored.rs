//! Run folders read again: what `view` shows.

use super::details::Stored;
use crate::{error::EvaluateError, summary::RunSummary};
use examen_files::{FilesError, regular, table};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// A run as its folder holds it.
#[derive(Debug, Clone)]
pub struct StoredRun {
    /// `run.json`, which it was read from.
    pub path: PathBuf,
    /// Its numbers.
    pub summary: RunSummary,
    /// Its questions, in order.
    pub questions: Vec<StoredQuestion>,
}

/// A question and what the model answered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StoredQuestion {
    /// Id.
    pub id: String,
    /// The question without the words around it.
    pub question: String,
    /// Texts of the options.
    pub options: Vec<String>,
    /// Texts that were scored.
    pub choices: Vec<String>,
    /// Indices of the right ones.
    pub golds: Vec<usize>,
    /// Facts about it by name: `document`, `kind` and others of [`StoredQuestion::LABELS`].
    pub labels: BTreeMap<&'static str, String>,
    /// Words of the document that the key rests on.
    pub quote: Option<String>,
    /// Passage that it was written from.
    pub passage: Option<String>,
    /// Text before the choices, as the model read it.
    pub prompt: Option<String>,
    /// Reply in words.
    pub reply: Option<String>,
    /// Log-probabilities of the choices; empty where there are none.
    pub log_probs: Vec<Option<f64>>,
    /// Index of the option that was taken for the answer.
    pub choice: Option<usize>,
    /// True for a right answer; `None` where no metric tells right from wrong.
    pub is_right: Option<bool>,
    /// Reason why there is no score.
    pub unscored: Option<String>,
    /// Numbers of the metrics.
    pub metrics: BTreeMap<String, f64>,
}

impl StoredQuestion {
    /// Names of the facts by which questions are told apart.
    pub const LABELS: [&'static str; 6] = [
        "document",
        "kind",
        "difficulty",
        "language",
        "subject",
        "key_source",
    ];
}

/// Most bytes of a `run.json`.
const MAX_BYTES: u64 = 64 << 20;
/// Most folders below a run folder that are looked into: each run makes a few.
const MAX_FOLDERS: usize = 20_000;

#[derive(Deserialize)]
struct RunJson {
    summary: RunSummary,
}

impl StoredRun {
    /// Reads the run whose `run.json` this is, with the details beside it.
    ///
    /// # Errors
    /// What cannot be read, or is no `run.json` of `evaluate`.
    pub fn read(path: &Path) -> Result<Self, EvaluateError> {
        let RunJson { summary } = run_json(path)?;
        let details = details_beside(path)?;
        let rows: Vec<Stored> = table::read_parquet(&details)?;
        Ok(Self {
            path: path.to_owned(),
            summary,
            questions: rows.into_iter().map(Stored::into_question).collect(),
        })
    }
}

/// Finds the runs below `path`: a `run.json`, its folder, or a folder of `evaluate` with results of several models, of which the
/// latest of each model and task is taken. Sorted by path.
///
/// # Errors
/// A folder that cannot be listed, a `run.json` that cannot be read.
pub fn find_runs(path: &Path) -> Result<Vec<PathBuf>, EvaluateError> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    if path.join("run.json").is_file() {
        return Ok(vec![path.join("run.json")]);
    }
    // A folder of something else.
    if !path.join("details").is_dir() {
        return Ok(Vec::new());
    }
    let mut latest = BTreeMap::<(String, String), PathBuf>::new();
    for file in run_files(&path.join("details")).map_err(FilesError::io("list", path))? {
        let RunJson { summary } = run_json(&file)?;
        // Names of folders are dates: the later comes later.
        let model_folder = file.parent().and_then(Path::parent);
        let model = model_folder.map(|folder| folder.display().to_string());
        let of_task = latest.entry((model.unwrap_or_default(), summary.task));
        let newest = of_task.or_insert_with(|| file.clone());
        if file > *newest {
            *newest = file;
        }
    }
    Ok(latest.into_values().collect())
}

/// Every `run.json` below a folder. Links are not followed.
fn run_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut found, mut open, mut n_folders) = (Vec::new(), vec![folder.to_owned()], 0);
    while let Some(folder) = open.pop() {
        n_folders += 1;
        if n_folders > MAX_FOLDERS {
            let reason = format!("it has more than {MAX_FOLDERS} folders; name a run in it");
            return Err(io::Error::other(reason));
        }
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                open.push(entry.path());
            } else if entry.file_name() == "run.json" {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

fn run_json(path: &Path) -> Result<RunJson, EvaluateError> {
    let read = || {
        let file = regular::open(path)?;
        let n_bytes = file.metadata()?.len();
        if n_bytes > MAX_BYTES {
            let reason = format!("it has {n_bytes} bytes; {MAX_BYTES} may be read");
            return Err(io::Error::other(reason));
        }
        Ok(serde_json::from_reader(io::BufReader::new(file)))
    };
    let no_run = |reason: String| EvaluateError::NoRun {
        path: path.to_owned(),
        reason,
    };
    let read: serde_json::Result<RunJson> = read().map_err(FilesError::io("read", path))?;
    let run = read.map_err(|error| no_run(error.to_string()))?;
    match run.summary.metrics.is_empty() {
        true => Err(no_run("it has no metrics".to_owned())),
        false => Ok(run),
    }
}

/// The details that lie beside a `run.json`.
fn details_beside(path: &Path) -> Result<PathBuf, FilesError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let is_details = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("details_") && name.ends_with(".parquet")
    };
    let entries = fs::read_dir(folder).map_err(FilesError::io("list", folder))?;
    let found = entries.flatten().map(|entry| entry.path()).find(is_details);
    found.ok_or_else(|| {
        let reason = "there is no details_….parquet in it";
        FilesError::io("read the details in", folder)(io::Error::other(reason))
    })
}
