//! What has no score counts neither as right nor as wrong, and is reported.

use crate::{exam, run, scorers::Hashing, settings};
use examen_core::{KeySource, Silent};
use examen_evaluate::{EvaluateError, Exam, RunSummary};

fn graded(exam: &Exam) -> RunSummary {
    let folder = tempfile::tempdir().unwrap();
    run(&settings(folder.path()), exam, &Hashing::new(), &Silent).unwrap()
}

#[test]
fn every_kind_is_counted_apart_with_its_reason() {
    let mut items = exam(10).items;
    items[1].question = "refuse me".to_owned();
    items[3].question = "say nan".to_owned();
    items[5].answers[2] = "  ".to_owned();
    items[6].question = String::new();
    items[7].answers[0] = items[7].answers[3].clone();
    let summary = graded(&Exam::new("an-exam", items));
    assert_eq!((summary.n_questions, summary.n_scored), (10, 5));
    let unscored: Vec<_> = summary
        .unscored
        .iter()
        .map(|q| format!("{}: {}", q.id, q.reason))
        .collect();
    assert_eq!(
        unscored,
        [
            "q1: the model could not score it: the question is refused",
            "q3: a log-probability is not a finite number",
            "q5: answer_c is empty",
            "q6: question is empty",
            "q7: two options are the key: `four of 7`",
        ]
    );
    insta::assert_snapshot!(summary.warnings.join("\n"), @"
    5 of 10 questions have no score and count neither as right nor as wrong
    1 without a score: a log-probability is not a finite number (q3)
    1 without a score: answer_c is empty (q5)
    1 without a score: question is empty (q6)
    1 without a score: the model could not score it: the question is refused (q1)
    1 without a score: two options are the key (q7)
    ");
    let others: Vec<_> = exam(10)
        .items
        .into_iter()
        .filter(|item| ![1, 3, 5, 6, 7].map(|n| format!("q{n}")).contains(&item.id))
        .collect();
    assert_eq!(
        summary.metrics,
        graded(&Exam::new("an-exam", others)).metrics
    );
}

#[test]
fn an_exam_without_a_score_has_no_accuracy() {
    let mut items = exam(1).items;
    items[0].question = "refuse".to_owned();
    let summary = graded(&Exam::new("an-exam", items));
    assert_eq!(
        (
            summary.headline().value,
            summary.headline().interval,
            summary.chance
        ),
        (None, None, None)
    );
    assert_eq!(
        summary.table().rows[0],
        ["acc", "–", "–", "0 of 0", "–", "–"]
    );
}

#[test]
fn unreviewed_keys_and_cut_questions_are_warned_of() {
    let mut items = exam(4).items;
    items[0].labels.key_source = Some(KeySource::Suggested);
    items[1].labels.key_source = None;
    items[2].question = "a long one".to_owned();
    let summary = graded(&Exam::new("an-exam", items));
    assert_eq!(summary.n_truncated, 1);
    assert_eq!(summary.n_scored, 4);
    insta::assert_snapshot!(summary.warnings.join("\n"), @"
    1 of 4 keys were never reviewed: only the model that wrote the question says that they are right
    1 of 4 questions did not fit the model's window and lost their beginning
    ");
    let facts = summary.table().facts;
    assert_eq!(
        facts.iter().find(|(name, _)| *name == "keys").unwrap().1,
        "2 reviewed, 1 suggested, 1 not told"
    );
}

#[test]
fn an_exam_without_questions_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = run(&settings(folder.path()), &exam(0), &Hashing::new(), &Silent).unwrap_err();
    assert!(matches!(error, EvaluateError::EmptyExam { .. }));
    assert_eq!(error.to_string(), "the exam an-exam has no questions");
}
