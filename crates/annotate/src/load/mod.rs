//! Loads the questions of a Distiset into a dataset of the store, one record a question, all or nothing.
//!
//! Options are shuffled once, with a seed that is stored beside them. What cannot be reviewed is left out and told.

mod rows;

use crate::{
    AnnotateError, Skipped, exam,
    store::{DEFAULT_WORKSPACE, Existing, NewDataset, NewRecord, Store},
};
use examen_core::{
    Language, Letter, Options, Progress, Seed,
    annotation::{Suggestion, names},
};
use examen_files::distiset;
use jiff::Timestamp;
use rows::Loaded;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// The config that Examen's own Distisets hold their accepted questions in.
pub const QUESTIONS_CONFIG: &str = "questions";
/// The config that distilabel writes.
pub const DEFAULT_CONFIG: &str = "default";
/// The config of what the checks rejected.
const REJECTED_CONFIG: &str = "rejected";

/// What to load, and how.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// The dataset to make.
    pub dataset_name: String,
    /// The config to read; by default `questions` if the Distiset has it, else `default`.
    pub config: Option<String>,
    /// The split to read, usually `train`.
    pub split: String,
    /// What the order of the options is drawn from.
    pub seed: Seed,
    /// Whether a dataset of the same name is deleted, with its responses. Otherwise it is an error.
    pub overwrite: bool,
    /// Words for the reviewers; by default Examen's own, in the language of the questions.
    pub guidelines: Option<String>,
    /// Submitted responses that complete a record; at least 1.
    pub min_submitted: u32,
}

/// What was loaded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoadSummary {
    /// The dataset.
    pub dataset_id: Uuid,
    /// Its name.
    pub dataset_name: String,
    /// The config that was read.
    pub config: String,
    /// Rows of that config.
    pub rows: usize,
    /// Questions that became records.
    pub loaded: usize,
    /// Rows and questions that did not, with the reason.
    pub skipped: Vec<Skipped>,
    /// The language that most questions are in; guidelines and titles are in it.
    pub language: Language,
    /// Records and responses of the dataset of the same name that was deleted, if there was one.
    pub replaced: Option<(u64, u64)>,
}

/// Loads the Distiset at `path`: Examen's own (config `questions`) or one that distilabel wrote (config `default` with
/// the columns `document`, `generation`, `generation_model`).
pub async fn load_distiset(
    store: &Store,
    path: &Path,
    options: &LoadOptions,
    progress: &dyn Progress,
) -> Result<LoadSummary, AnnotateError> {
    progress.begin("reading questions", 0);
    let reading = read(path.to_owned(), options.config.clone(), options.split.clone()).await;
    progress.end();
    let (config, read) = reading?;
    let (rows, mut skipped) = (read.n_rows, read.skipped);
    let language = majority(&read.questions);
    progress.begin("loading questions", read.questions.len() as u64);
    let records = to_records(read.questions, options.seed, &mut skipped, progress);
    progress.end();
    skipped.sort();
    if records.is_empty() {
        return Err(AnnotateError::NothingToLoad { path: path.to_owned(), config, rows, skipped });
    }
    let now = Timestamp::now();
    let workspace = store.ensure_workspace(DEFAULT_WORKSPACE, Uuid::new_v4(), now).await?;
    let dataset = new_dataset(workspace.id, language, options);
    let existing = if options.overwrite { Existing::Replace } else { Existing::Refuse };
    let replaced = store.create_dataset(&dataset, &records, existing, now).await?;
    progress.note(&format!("{} loaded, {} left out", records.len(), skipped.len()));
    Ok(LoadSummary {
        dataset_id: dataset.id,
        dataset_name: dataset.name,
        config,
        rows,
        loaded: records.len(),
        skipped,
        language,
        replaced,
    })
}

fn new_dataset(workspace_id: Uuid, language: Language, options: &LoadOptions) -> NewDataset {
    NewDataset {
        id: Uuid::new_v4(),
        workspace_id,
        name: options.dataset_name.clone(),
        settings: exam::settings(language, options.guidelines.as_deref(), options.min_submitted),
        metadata: Map::from_iter([(names::SHUFFLE_SEED.to_owned(), json!(options.seed.0.to_string()))]),
    }
}

/// Chooses the config and reads its questions.
async fn read(
    path: PathBuf,
    config: Option<String>,
    split: String,
) -> Result<(String, rows::Questions), AnnotateError> {
    let reading = tokio::task::spawn_blocking(move || {
        let config = match config {
            Some(config) if config == REJECTED_CONFIG => return Err(AnnotateError::RejectedConfig { path }),
            Some(config) => config,
            None if distiset::configs(&path)?.iter().any(|name| name == QUESTIONS_CONFIG) => {
                QUESTIONS_CONFIG.to_owned()
            }
            None => DEFAULT_CONFIG.to_owned(),
        };
        let questions = match config.as_str() {
            QUESTIONS_CONFIG => rows::own(distiset::read_rows(&path, &config, &split)?),
            _ => rows::distilabel(distiset::read_rows(&path, &config, &split)?),
        };
        Ok((config, questions))
    });
    reading.await.expect("reading does not panic")
}

/// The records of those questions that have four distinct options and were not seen before.
fn to_records(
    questions: Vec<Loaded>,
    seed: Seed,
    skipped: &mut Vec<Skipped>,
    progress: &dyn Progress,
) -> Vec<NewRecord> {
    let mut records = Vec::with_capacity(questions.len());
    let mut seen: HashMap<String, usize> = HashMap::new();
    for question in questions {
        progress.advance(1);
        let id = question.id.as_str().to_owned();
        let mut skip = |reason| skipped.push(Skipped { row: question.row, question: question.place, reason });
        if let Some(earlier) = seen.get(&id) {
            skip(format!("the same question is in row {earlier}"));
            continue;
        }
        match Options::shuffled(&question.answer, &question.distractors, seed, &id) {
            Err(reason) => skip(reason.to_string()),
            Ok(options) => {
                seen.insert(id, question.row);
                records.push(record(question, &options, seed));
            }
        }
    }
    records
}

fn record(question: Loaded, options: &Options, seed: Seed) -> NewRecord {
    let mut fields = Map::from_iter([(names::QUESTION.to_owned(), Value::from(question.question))]);
    for (letter, text) in Letter::ALL.into_iter().zip(options.texts()) {
        fields.insert(letter.column().to_owned(), Value::from(text.as_str()));
    }
    fields.extend(question.passage.map(|passage| (names::PASSAGE.to_owned(), Value::from(passage))));
    let mut metadata = question.metadata;
    metadata.insert(names::SHUFFLE_SEED.to_owned(), Value::from(seed.0.to_string()));
    let suggestion = Suggestion {
        question: names::CORRECT_ANSWER.to_owned(),
        value: Value::from(options.key().column()),
        agent: question.generation_model,
    };
    NewRecord {
        id: Uuid::new_v4(),
        external_id: question.id.as_str().to_owned(),
        fields,
        metadata,
        suggestions: vec![suggestion],
    }
}

/// The language that most questions are in; English where as many are in either.
fn majority(questions: &[Loaded]) -> Language {
    let spanish = questions.iter().filter(|question| question.language() == Language::Spanish).count();
    if spanish * 2 > questions.len() { Language::Spanish } else { Language::English }
}
