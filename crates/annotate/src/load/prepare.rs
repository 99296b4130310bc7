//! The questions of a Distiset as the records and settings of a dataset, wherever it will lie.

use super::{
    DEFAULT_CONFIG, LoadOptions, QUESTIONS_CONFIG,
    rows::{self, Loaded},
};
use crate::{AnnotateError, Skipped, exam, store::NewRecord};
use examen_core::{
    Language, Letter, Options, Progress, Seed,
    annotation::{DatasetSettings, Suggestion, names},
};
use examen_files::distiset;
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// The config of what the checks rejected.
const REJECTED_CONFIG: &str = "rejected";

/// A dataset to be made.
pub(super) struct Prepared {
    /// The config that was read.
    pub(super) config: String,
    /// Rows of that config.
    pub(super) rows: usize,
    /// Questions that were skipped, with the reasons.
    pub(super) skipped: Vec<Skipped>,
    /// The language that most questions are in.
    pub(super) language: Language,
    /// Fields, questions and guidelines of the dataset.
    pub(super) settings: DatasetSettings,
    /// Metadata of the dataset.
    pub(super) metadata: Map<String, Value>,
    /// At least one.
    pub(super) records: Vec<NewRecord>,
}

/// Reads the Distiset at `path` and makes a record of each question that can be one.
pub(super) async fn prepare(
    path: &Path,
    options: &LoadOptions,
    progress: &dyn Progress,
) -> Result<Prepared, AnnotateError> {
    progress.begin("reading questions", 0);
    let reading = read(
        path.to_owned(),
        options.config.clone(),
        options.split.clone(),
    )
    .await;
    progress.end();
    let (config, read) = reading?;
    let (rows, mut skipped) = (read.n_rows, read.skipped);
    let language = majority(&read.questions);
    progress.begin("loading questions", read.questions.len() as u64);
    let records = to_records(read.questions, options.seed, &mut skipped, progress);
    progress.note(&format!(
        "{} loaded, {} left out",
        records.len(),
        skipped.len()
    ));
    progress.end();
    skipped.sort();
    if records.is_empty() {
        return Err(AnnotateError::NothingToLoad {
            path: path.to_owned(),
            config,
            rows,
            skipped,
        });
    }
    let settings = exam::settings(
        language,
        options.guidelines.as_deref(),
        options.min_submitted,
    );
    let metadata = Map::from_iter([
        (
            names::SHUFFLE_SEED.to_owned(),
            json!(options.seed.0.to_string()),
        ),
        (names::REVIEW_MODE.to_owned(), json!(options.mode)),
    ]);
    Ok(Prepared {
        config,
        rows,
        skipped,
        language,
        settings,
        metadata,
        records,
    })
}

/// Chooses the config and reads its questions.
async fn read(
    path: PathBuf,
    config: Option<String>,
    split: String,
) -> Result<(String, rows::Questions), AnnotateError> {
    let reading = tokio::task::spawn_blocking(move || {
        let config = match config {
            Some(config) if config == REJECTED_CONFIG => {
                return Err(AnnotateError::RejectedConfig { path });
            }
            Some(config) => config,
            None if distiset::configs(&path)?
                .iter()
                .any(|name| name == QUESTIONS_CONFIG) =>
            {
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
        let mut skip = |reason| {
            skipped.push(Skipped {
                row: question.row,
                question: question.number,
                reason,
            })
        };
        if let Some(earlier) = seen.get(&id) {
            skip(format!("the same question is in row {earlier}"));
            continue;
        }
        if question.holds_nul() {
            skip("a text of it holds the character U+0000, which no store keeps".to_owned());
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
    fields.extend(
        question
            .passage
            .map(|passage| (names::PASSAGE.to_owned(), Value::from(passage))),
    );
    let mut metadata = question.metadata;
    metadata.insert(
        names::SHUFFLE_SEED.to_owned(),
        Value::from(seed.0.to_string()),
    );
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

/// The language that most questions are in; of two with as many, the one whose code comes first. English where none is
/// known.
fn majority(questions: &[Loaded]) -> Language {
    let mut counts: BTreeMap<Language, usize> = BTreeMap::new();
    for question in questions {
        *counts.entry(question.language()).or_default() += 1;
    }
    counts.remove(&Language::UNDETERMINED);
    let most = counts.values().max().copied();
    let mut languages = counts.into_iter();
    languages
        .find(|(_, n)| Some(*n) == most)
        .map_or(Language::ENGLISH, |(language, _)| language)
}
