//! Evaluations from end to end, with scorers that answer from a list.

#![expect(
    clippy::unwrap_used,
    reason = "a test whose preparation fails has failed"
)]

mod chat;
mod datasets;
mod few_shot;
mod golden;
mod invariance;
mod judge;
mod measures;
mod new_metric;
mod parsing;
mod reading;
mod replies;
mod resume;
mod run_folder;
mod scorers;
mod unscored;

use examen_core::{KeySource, Progress};
use examen_evaluate::{EvaluateError, Exam, Item, Labels, RunSummary, Settings, Task, TaskSpec};
use examen_llm::ContinuationScorer;
use std::path::{Path, PathBuf};

fn testdata(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata")
        .join(file)
}

/// 2026-11-24T12:00:00Z, whenever it is asked.
fn noon() -> jiff::Timestamp {
    jiff::Timestamp::from_second(1_795_521_600).unwrap()
}

fn settings(output_dir: &Path) -> Settings {
    Settings::new(output_dir, noon)
}

/// The task of this name on `exam`.
fn task(name: &str, exam: &Exam) -> Task {
    let spec: TaskSpec = name.parse().unwrap();
    spec.task_on(exam, None)
}

/// Runs `exam_questions` on `exam`.
fn run(
    settings: &Settings,
    exam: &Exam,
    scorer: &dyn ContinuationScorer,
    progress: &dyn Progress,
) -> Result<RunSummary, EvaluateError> {
    examen_evaluate::run(settings, &task("exam_questions", exam), scorer, progress)
}

/// `n` questions that are all different, keys in turn.
fn exam(n: usize) -> Exam {
    let item = |index: usize| Item {
        id: format!("q{index}"),
        question: format!("What is {index}?"),
        answers: ["one", "two", "three", "four"]
            .map(|answer| format!("{answer} of {index}"))
            .into(),
        keys: vec![index % 4],
        labels: Labels {
            key_source: Some(KeySource::Reviewed),
            document: Some(format!("document-{index}.txt")),
            ..Labels::default()
        },
    };
    Exam::new("an-exam", (0..n).map(item).collect())
}
