//! Exams of other shapes: options of any number, several keys, some of the questions.

use crate::{exam, run, scorers::Hashing, settings};
use examen_core::Silent;
use examen_evaluate::{Exam, Selection, Settings};
use examen_files::table::read_parquet;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Row {
    doc: Doc,
}

#[derive(Serialize, Deserialize)]
struct Doc {
    choices: Vec<String>,
    gold_index: Vec<i64>,
}

#[test]
fn chance_is_the_mean_over_questions_and_any_key_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let mut items = exam(3).items;
    items[0].answers.push("five of 0".to_owned());
    items[1].answers.truncate(2);
    // Every option of it is a key but one.
    items[2].keys = vec![0, 1, 2];
    let exam = Exam::new("an-exam", items);
    let summary = run(&settings(folder.path()), &exam, &Hashing::new(), &Silent).unwrap();
    assert_eq!(summary.n_scored, 3);
    let chance = (1.0 / 5.0 + 1.0 / 2.0 + 3.0 / 4.0) / 3.0;
    assert!((summary.chance.unwrap() - chance).abs() < 1e-12);
    let rows: Vec<Row> = read_parquet(&summary.files[1]).unwrap();
    let golds: Vec<_> = rows.iter().map(|row| row.doc.gold_index.clone()).collect();
    assert_eq!(golds, [vec![0], vec![1], vec![0, 1, 2]]);
    assert_eq!(rows[0].doc.choices.len(), 5);
}

#[test]
fn some_questions_are_the_first_or_drawn_and_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let asked = |selection, max_samples| {
        let settings = Settings {
            selection,
            max_samples,
            ..settings(folder.path())
        };
        let summary = run(&settings, &exam(20), &Hashing::new(), &Silent).unwrap();
        let facts = summary.table().facts;
        facts
            .into_iter()
            .find(|(name, _)| *name == "questions")
            .unwrap()
            .1
    };
    assert_eq!(
        asked(Selection::First, Some(6)),
        "6, the first of 20 (6 scored)"
    );
    assert_eq!(
        asked(Selection::Random(Selection::LIGHTEVAL), Some(6)),
        "6, drawn from 20 (seed 42) (6 scored)"
    );
    assert_eq!(asked(Selection::First, None), "20 (20 scored)");
}

#[test]
fn accuracy_by_label_is_counted_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut items = exam(6).items;
    for (index, item) in items.iter_mut().enumerate() {
        item.labels.kind = Some(["recall", "reasoning"][index % 2].to_owned());
    }
    items[0].question = "refuse".to_owned();
    let exam = Exam::new("an-exam", items);
    let summary = run(&settings(folder.path()), &exam, &Hashing::new(), &Silent).unwrap();
    let kinds = summary
        .by
        .iter()
        .find(|grouping| grouping.by == "kind")
        .unwrap();
    let counts: Vec<_> = kinds
        .groups
        .iter()
        .map(|group| {
            (
                group.value.as_deref().unwrap(),
                group.n_questions,
                group.n_scored,
            )
        })
        .collect();
    assert_eq!(counts, [("reasoning", 3, 3), ("recall", 3, 2)]);
    let right: u64 = kinds.groups.iter().map(|group| group.n_correct).sum();
    assert_eq!(Some(right), summary.headline().n_correct);
    let facts = summary.table().facts;
    let shown = &facts.iter().find(|(name, _)| *name == "kind").unwrap().1;
    assert!(
        shown.contains("recall ") && shown.contains(" of 2)"),
        "{shown}"
    );
}
