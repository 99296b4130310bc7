//! What LightEval's consumers find.

use crate::{exam, run, scorers::Hashing, settings};
use examen_core::{ExamRow, KeySource, Letter, Silent};
use examen_evaluate::{Exam, Reading};
use examen_files::table::{read_parquet, write_parquet};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as value};
use std::{fs, path::Path};

/// The parts of a details row that consumers read.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) doc: Doc,
    pub(crate) metric: Metric,
    pub(crate) model_response: ModelResponse,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Doc {
    pub(crate) query: String,
    pub(crate) choices: Vec<String>,
    pub(crate) gold_index: i64,
    pub(crate) specific: Specific,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Specific {
    pub(crate) question_id: String,
    pub(crate) key_source: Option<String>,
    pub(crate) unscored: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Metric {
    pub(crate) acc: Option<f64>,
    pub(crate) acc_norm: Option<f64>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ModelResponse {
    pub(crate) input: Option<String>,
    pub(crate) input_tokens: Vec<i64>,
    pub(crate) output_tokens: Vec<Vec<i64>>,
    pub(crate) logprobs: Vec<f64>,
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn files_lie_where_lighteval_puts_them() {
    let folder = tempfile::tempdir().unwrap();
    let summary = run(&settings(folder.path()), &exam(6), &Hashing::new(), &Silent).unwrap();
    let below = |path: &Path| {
        path.strip_prefix(folder.path())
            .unwrap()
            .display()
            .to_string()
    };
    let files: Vec<_> = summary.files.iter().map(|path| below(path)).collect();
    let details = "details/org/hashing/2026-11-24T12-00-00.000000";
    assert_eq!(
        files,
        [
            "results/org/hashing/results_2026-11-24T12-00-00.000000.json".to_owned(),
            format!("{details}/details_exam_questions|0_2026-11-24T12-00-00.000000.parquet"),
            format!("{details}/run.json"),
        ]
    );
    assert!(summary.files.iter().all(|path| path.is_file()));
}

#[test]
fn results_have_lighteval_s_keys() {
    let folder = tempfile::tempdir().unwrap();
    let summary = run(&settings(folder.path()), &exam(6), &Hashing::new(), &Silent).unwrap();
    insta::assert_snapshot!(fs::read_to_string(&summary.files[0]).unwrap());
}

#[test]
fn run_json_says_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let summary = run(&settings(folder.path()), &exam(6), &Hashing::new(), &Silent).unwrap();
    let mut run_json = json(&summary.files[2]);
    assert_eq!(
        serde_json::from_value::<examen_evaluate::RunSummary>(run_json["summary"].clone()).unwrap(),
        summary
    );
    run_json["summary"]["files"] = Value::Null;
    insta::assert_snapshot!(serde_json::to_string_pretty(&run_json).unwrap());
}

#[test]
fn details_hold_what_was_asked_and_answered() {
    let folder = tempfile::tempdir().unwrap();
    let mut items = exam(3).items;
    items[1].question = "refuse".to_owned();
    let summary = run(
        &settings(folder.path()),
        &Exam::new("an-exam", items),
        &Hashing::new(),
        &Silent,
    )
    .unwrap();
    let rows: Vec<Row> = read_parquet(&summary.files[1]).unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(
        rows[0].doc.query,
        "Choose the correct answer for the following exam question: What is 0?"
    );
    assert_eq!(
        rows[0].model_response.input.as_deref(),
        Some("Choose the correct answer for the following exam question:\n\nWhat is 0?")
    );
    assert_eq!(
        rows[2].doc.choices,
        [" one of 2", " two of 2", " three of 2", " four of 2"]
    );
    assert_eq!(
        (
            rows[2].doc.gold_index,
            rows[2].doc.specific.key_source.as_deref()
        ),
        (2, Some("reviewed"))
    );
    assert_eq!(rows[2].model_response.input_tokens, [1, 2, 3]);
    assert_eq!(rows[2].model_response.output_tokens, vec![vec![0, 1, 2]; 4]);
    assert!(rows[2].metric.acc.is_some() && rows[2].metric.acc_norm.is_some());
    assert_eq!(
        (rows[1].metric.acc, rows[1].model_response.logprobs.len()),
        (None, 0)
    );
    assert_eq!(
        rows[1].doc.specific.unscored.as_deref(),
        Some("the model could not score it: the question is refused")
    );
    assert_eq!(rows[1].doc.specific.question_id, "q1");
}

#[test]
fn two_models_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(folder.path());
    let other = Hashing {
        name: "../other",
        ..Hashing::new()
    };
    run(&settings, &exam(3), &Hashing::new(), &Silent).unwrap();
    let summary = run(&settings, &exam(3), &other, &Silent).unwrap();
    assert!(folder.path().join("results/org/hashing").is_dir());
    assert!(folder.path().join("results/other").is_dir());
    assert_eq!(summary.model, "../other");
}

#[test]
fn a_published_exam_keeps_its_ids_and_its_shares() {
    let folder = tempfile::tempdir().unwrap();
    let row = |index: usize, key_source| ExamRow {
        question: format!("Question {index}?"),
        answer_a: "a".to_owned(),
        answer_b: "b".to_owned(),
        answer_c: "c".to_owned(),
        answer_d: "d".to_owned(),
        correct_answer: Letter::B,
        key_source,
        n_votes: 1,
        n_agree: 1,
        improved: false,
        question_id: format!("id-{index}"),
        document: Some("heart.txt".to_owned()),
        document_id: None,
        chunk_id: None,
        quote: None,
        second_quote: None,
        kind: None,
        difficulty: None,
        language: None,
        generation_model: None,
    };
    let rows = [
        row(0, KeySource::Reviewed),
        row(1, KeySource::Adjudicated),
        row(2, KeySource::Suggested),
    ];
    write_parquet(
        &folder.path().join("exam/data/train-00000-of-00001.parquet"),
        &rows,
    )
    .unwrap();
    let exam = Exam::read(&folder.path().join("exam"), &Reading::default()).unwrap();
    assert_eq!(exam.items[2].id, "id-2");
    assert_eq!(exam.items[2].labels.document.as_deref(), Some("heart.txt"));
    let summary = run(
        &settings(&folder.path().join("run")),
        &exam,
        &Hashing::new(),
        &Silent,
    )
    .unwrap();
    assert_eq!(
        json(&summary.files[0])["config_tasks"]["exam_questions|0"]["evaluation_splits"],
        value!(["train"])
    );
    let sources = summary.key_sources;
    assert_eq!(
        (
            sources.reviewed,
            sources.adjudicated,
            sources.suggested,
            sources.unknown
        ),
        (1, 1, 1, 0)
    );
    assert!(summary.warnings[0].starts_with("1 of 3 keys were never reviewed"));
}
