//! One evaluation from beginning to end.

use crate::{
    answering::{ask, score_all},
    error::EvaluateError,
    exam::Exam,
    few_shot::Shots,
    graded::grade,
    runs::{self, Finished},
    settings::Settings,
    summary::{RunSummary, summarise},
};
use examen_core::{Progress, ids::content_hash};
use examen_files::{atomic, journal::Journal};
use examen_llm::ContinuationScorer;
use std::path::PathBuf;

/// Holds `exam` with `scorer`, writes the run folder and returns its numbers.
///
/// Blocks for as long as the model takes. Killed at any point, it loses at most the questions in flight: finished ones
/// lie in `<output_dir>/<hash>.journal` until the run folder is complete, and the same call goes on from there.
///
/// # Errors
/// An exam without questions or with too few for the examples, cancellation by `progress`, a model that fails as a whole,
/// files that cannot be written. A question that cannot be scored is no error: it is counted apart.
pub fn run(
    settings: &Settings,
    exam: &Exam,
    scorer: &dyn ContinuationScorer,
    progress: &dyn Progress,
) -> Result<RunSummary, EvaluateError> {
    let started = (settings.clock)();
    let n = settings
        .max_samples
        .unwrap_or(usize::MAX)
        .min(exam.items.len());
    let items = &exam.items[..n];
    if items.is_empty() {
        return Err(EvaluateError::EmptyExam {
            path: exam.path.clone(),
        });
    }
    let shots = Shots::draw(&settings.few_shot, settings.task, exam);
    let asked = items
        .iter()
        .map(|item| ask(settings, &shots, item, scorer))
        .collect::<Result<Vec<_>, _>>()?;
    let journal_path = journal_path(settings, exam, scorer);
    let journal = Journal::open(&journal_path)?;
    let answers = score_all(settings, &asked, scorer, &journal, progress)?;
    let graded: Vec<_> = items
        .iter()
        .zip(&asked)
        .zip(&answers)
        .map(|((i, q), a)| grade(&settings.metrics, i, q, a))
        .collect();
    let summary = summarise(settings, exam, scorer.id(), &shots, &graded);
    let finished = Finished {
        settings,
        exam,
        graded: &graded,
        started,
        ended: (settings.clock)(),
    };
    let summary = runs::write(&finished, summary)?;
    // Before its lock goes, so that no other run can have begun to write to it.
    atomic::remove(&journal_path)?;
    drop(journal);
    Ok(summary)
}

/// One journal a model and exam, so that runs of several models into one folder do not meet. A question that is
/// corrected on the way leaves the others' scores where they are.
fn journal_path(settings: &Settings, exam: &Exam, scorer: &dyn ContinuationScorer) -> PathBuf {
    let label = settings.task.label();
    let name = content_hash(&[scorer.id(), &settings.model_fingerprint, &exam.path, &label]);
    settings.output_dir.join(format!("{name}.journal"))
}
