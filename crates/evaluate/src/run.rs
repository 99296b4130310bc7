//! One evaluation from beginning to end.

use crate::{
    EvaluateError, Exam, Item, RunSummary, TaskSpec, metrics,
    run_folder::{self, Finished},
    scoring::{Answer, score_all},
    summary::summarise,
    tasks::Prompt,
};
use examen_core::{Outcome, Progress, UnscoredReason};
use examen_files::journal::Journal;
use examen_llm::{ContinuationScorer, ScoreReply};
use examen_statistics::Confidence;
use std::path::{Path, PathBuf};

/// How an exam is held.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which task.
    pub task: TaskSpec,
    /// The run folder: results of several models and runs may share it.
    pub output_dir: PathBuf,
    /// Tells this model's weights from others of the same name (a hash, or size and date of the file); may be empty.
    pub model_fingerprint: String,
    /// Questions that are scored, and journalled, together; at least 1.
    pub batch_size: usize,
    /// Only so many questions from the start of the exam; all if `None`.
    pub max_samples: Option<usize>,
    /// The confidence of intervals.
    pub confidence: Confidence,
    /// What time it is.
    pub clock: fn() -> jiff::Timestamp,
}

impl Settings {
    /// The defaults: batches of 32, every question, 95 %.
    pub fn new(task: TaskSpec, output_dir: impl Into<PathBuf>, clock: fn() -> jiff::Timestamp) -> Self {
        Self {
            task,
            output_dir: output_dir.into(),
            model_fingerprint: String::new(),
            batch_size: 32,
            max_samples: None,
            confidence: Confidence::P95,
            clock,
        }
    }
}

/// One question with everything that came of it.
#[derive(Debug)]
pub(crate) struct Graded<'a> {
    pub(crate) item: &'a Item,
    /// `None` where the row cannot be asked.
    pub(crate) prompt: Option<&'a Prompt>,
    pub(crate) answer: &'a Answer,
    /// The option that each metric chose, in the order of [`metrics::ALL`]; empty when unscored.
    pub(crate) choices: Vec<usize>,
}

impl Graded<'_> {
    /// The model's scores, if there are any.
    pub(crate) fn reply(&self) -> Option<&ScoreReply> {
        self.answer.outcome.score()
    }

    /// Whether the metric at `place` chose the key; `None` when unscored.
    pub(crate) fn is_correct(&self, place: usize) -> Option<bool> {
        self.choices.get(place).map(|&choice| choice == self.item.key.index())
    }
}

/// Holds `exam` with `scorer`, writes the run folder and says what came of it.
///
/// Blocks for as long as the model takes. Killed at any point, it loses at most the batch in flight: finished batches
/// lie in `<output_dir>/<hash>.journal` until the run folder is complete, and the same call goes on from there.
///
/// # Errors
/// An exam without questions, a model that fails as a whole, files that cannot be written. A question that cannot be
/// scored is no error: it is counted apart.
pub fn run(
    settings: &Settings,
    exam: &Exam,
    scorer: &dyn ContinuationScorer,
    progress: &dyn Progress,
) -> Result<RunSummary, EvaluateError> {
    let started = (settings.clock)();
    let n = settings.max_samples.unwrap_or(usize::MAX).min(exam.items.len());
    let items = &exam.items[..n];
    if items.is_empty() {
        return Err(EvaluateError::EmptyExam { path: exam.path.clone() });
    }
    let prompts: Vec<_> = items.iter().map(|item| prompt(settings, item)).collect();
    let journal_path = journal_path(settings, exam, scorer);
    let mut journal = Journal::open(&journal_path)?;
    let answers = score_all(settings, &prompts, scorer, &mut journal, progress)?;
    let graded: Vec<_> = items.iter().zip(&prompts).zip(&answers).map(|((i, p), a)| grade(i, p, a)).collect();
    let summary = summarise(settings, exam, scorer.id(), &graded);
    let finished = Finished { settings, exam, graded: &graded, started, ended: (settings.clock)() };
    let summary = run_folder::write(&finished, summary)?;
    drop(journal);
    remove(&journal_path)?;
    Ok(summary)
}

/// The prompt of a row, or why it cannot be asked.
fn prompt(settings: &Settings, item: &Item) -> Result<Prompt, UnscoredReason> {
    item.check().map(|()| settings.task.task().prompt(item))
}

/// One journal a model and exam, so that runs of several models into one folder do not meet.
fn journal_path(settings: &Settings, exam: &Exam, scorer: &dyn ContinuationScorer) -> PathBuf {
    let label = settings.task.label();
    let mut hasher = blake3::Hasher::new();
    for part in [scorer.id(), &settings.model_fingerprint, &exam.fingerprint, &label] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    settings.output_dir.join(format!("{}.journal", &hasher.finalize().to_hex()[..16]))
}

fn grade<'a>(item: &'a Item, prompt: &'a Result<Prompt, UnscoredReason>, answer: &'a Answer) -> Graded<'a> {
    let prompt = prompt.as_ref().ok();
    let choices = match (prompt, &answer.outcome) {
        (Some(prompt), Outcome::Scored(reply)) => metrics::ALL
            .iter()
            .map(|metric| metric.choose(&prompt.continuations, &reply.continuations).expect("there are four options"))
            .collect(),
        _ => Vec::new(),
    };
    Graded { item, prompt, answer, choices }
}

fn remove(journal: &Path) -> Result<(), EvaluateError> {
    std::fs::remove_file(journal)
        .map_err(|source| examen_files::FilesError::Io { doing: "remove", path: journal.to_owned(), source }.into())
}
