//! A run that breaks off goes on where it stopped.

use crate::{exam, run, scorers::Hashing, settings};
use examen_core::{Progress, Silent};
use examen_evaluate::{EvaluateError, Exam, RunSummary, Settings};
use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

fn batches_of_four(folder: &Path) -> Settings {
    Settings {
        batch_size: 4,
        ..settings(folder)
    }
}

fn journals(folder: &Path) -> usize {
    let names = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    names
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "journal")
        })
        .count()
}

fn uninterrupted() -> (RunSummary, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let summary = run(
        &batches_of_four(folder.path()),
        &exam(20),
        &Hashing::new(),
        &Silent,
    )
    .unwrap();
    let details = fs::read(&summary.files[1]).unwrap();
    (summary, details)
}

#[test]
fn finished_questions_are_not_scored_again_and_the_result_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let settings = batches_of_four(folder.path());
    let error = run(&settings, &exam(20), &Hashing::limited(13), &Silent).unwrap_err();
    assert!(matches!(error, EvaluateError::Score { .. }), "{error}");
    assert!(error.hint().unwrap().contains("goes on where it stopped"));
    assert_eq!(journals(folder.path()), 1);
    assert!(!folder.path().join("results").exists());

    let rest = Hashing::new();
    let resumed = run(&settings, &exam(20), &rest, &Silent).unwrap();
    assert_eq!((rest.n_asked(), resumed.n_resumed), (7, 13));
    assert_eq!(
        journals(folder.path()),
        0,
        "a complete run leaves no journal"
    );

    let (expected, details) = uninterrupted();
    assert_eq!(fs::read(&resumed.files[1]).unwrap(), details);
    assert_eq!(
        RunSummary {
            n_resumed: 0,
            files: expected.files.clone(),
            ..resumed
        },
        expected
    );
}

#[test]
fn a_torn_line_costs_one_question() {
    let folder = tempfile::tempdir().unwrap();
    let settings = batches_of_four(folder.path());
    run(&settings, &exam(20), &Hashing::limited(13), &Silent).unwrap_err();
    let journal = fs::read_dir(folder.path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let bytes = fs::read(&journal).unwrap();
    fs::write(&journal, &bytes[..bytes.len() - 10]).unwrap();
    let rest = Hashing::new();
    run(&settings, &exam(20), &rest, &Silent).unwrap();
    assert_eq!(rest.n_asked(), 8);
}

#[test]
fn other_weights_are_asked_anew() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        batch_size: 4,
        max_samples: Some(12),
        ..settings(folder.path())
    };
    run(&settings, &exam(20), &Hashing::limited(9), &Silent).unwrap_err();
    let other_model = Settings {
        model_fingerprint: "other weights".to_owned(),
        ..settings
    };
    let rest = Hashing::new();
    run(&other_model, &exam(20), &rest, &Silent).unwrap();
    assert_eq!(
        rest.n_asked(),
        12,
        "other weights under the same name share nothing"
    );
    assert_eq!(
        journals(folder.path()),
        1,
        "the interrupted run can still go on"
    );
}

#[test]
fn a_changed_question_is_asked_anew_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let settings = batches_of_four(folder.path());
    run(&settings, &exam(20), &Hashing::limited(13), &Silent).unwrap_err();
    let mut items = exam(20).items;
    items[0].question = "What is nought?".to_owned();
    let rest = Hashing::new();
    let summary = run(&settings, &Exam::new(exam(20).path, items), &rest, &Silent).unwrap();
    assert_eq!((rest.n_asked(), summary.n_resumed), (8, 12));
    assert_eq!(journals(folder.path()), 0);
}

/// Wants no more after so many questions.
struct Enough {
    after: u64,
    done: AtomicU64,
}

impl Progress for Enough {
    fn begin(&self, _what: &str, _total: u64) {}
    fn advance(&self, n: u64) {
        self.done.fetch_add(n, Ordering::Relaxed);
    }
    fn note(&self, _text: &str) {}
    fn end(&self) {}
    fn is_cancelled(&self) -> bool {
        self.done.load(Ordering::Relaxed) >= self.after
    }
}

#[test]
fn what_is_finished_before_a_cancellation_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    let (first, rest) = (Hashing::new(), Hashing::new());
    let enough = Enough {
        after: 9,
        done: AtomicU64::new(0),
    };
    let error = run(&settings, &exam(20), &first, &enough).unwrap_err();
    assert!(matches!(error, EvaluateError::Cancelled), "{error}");
    assert!(error.hint().unwrap().contains("goes on where it stopped"));
    assert_eq!(first.n_asked(), 9, "nothing is computed after it");
    let resumed = run(&settings, &exam(20), &rest, &Silent).unwrap();
    assert_eq!((rest.n_asked(), resumed.n_resumed), (11, 9));
}
