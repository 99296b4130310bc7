//! Examples before the question: the numbers of LightEval with a real model, and the command line.

use crate::support::{checkpoint, examen, fail, succeed, test_model, testdata};
use examen_core::Silent;
use examen_engine::{Engine, EngineOptions};
use examen_evaluate::{ChatTemplate, Exam, Reading, Settings, TaskSpec};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{fs, path::Path};

/// The parts of a details row that are compared.
#[derive(Serialize, Deserialize)]
struct Row {
    doc: Doc,
    model_response: Response,
}

#[derive(Serialize, Deserialize)]
struct Doc {
    specific: Specific,
}

#[derive(Serialize, Deserialize)]
struct Specific {
    question_id: String,
}

#[derive(Serialize, Deserialize)]
struct Response {
    input_tokens: Vec<i64>,
    logprobs: Vec<f64>,
}

/// What LightEval 0.13 recorded.
#[derive(Deserialize)]
struct Recorded {
    row: usize,
    id: String,
    ctx_tokens: Vec<i64>,
    logprobs: Vec<f64>,
}

fn recorded() -> Vec<Recorded> {
    let text =
        fs::read_to_string(testdata("lighteval/lighteval_5shot_raw_n60_fp32.jsonl")).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn argmax(values: &[f64]) -> Option<usize> {
    (0..values.len()).max_by(|&a, &b| values[a].total_cmp(&values[b]))
}

/// Sums agree within this.
const TOLERANCE: f64 = 1e-3;

#[test]
fn five_shots_score_as_in_lighteval() {
    let recorded = recorded();
    assert_eq!(recorded.len(), 60);
    let whole = Exam::read(&testdata("lighteval/exam.jsonl"), &Reading::default()).unwrap();
    let exam = Exam::new(
        "its 60 rows",
        recorded
            .iter()
            .map(|row| whole.items[row.row].clone())
            .collect(),
    );
    let folder = tempfile::tempdir().unwrap();
    let spec: TaskSpec = "community|exam_questions|5|0".parse().unwrap();
    let mut task = spec.task_on(&exam, Some(&whole));
    task.few_shot.allows_leak = true;
    let settings = Settings {
        chat_template: ChatTemplate::Off,
        ..Settings::new(folder.path(), jiff::Timestamp::now)
    };
    let engine = Engine::load(&test_model(), EngineOptions::default()).unwrap();
    let summary = examen_evaluate::run(&settings, &task, &engine, &Silent).unwrap();
    let rows: Vec<Row> = examen_files::table::read_parquet(&summary.files[1]).unwrap();
    assert_eq!(rows.len(), 60);
    for (ours, theirs) in rows.iter().zip(&recorded) {
        assert_eq!(ours.doc.specific.question_id, theirs.id);
        assert_eq!(
            ours.model_response.input_tokens, theirs.ctx_tokens,
            "{}",
            theirs.id
        );
        let ours = &ours.model_response.logprobs;
        for (ours, theirs_sum) in ours.iter().zip(&theirs.logprobs) {
            assert!(
                (ours - theirs_sum).abs() < TOLERANCE,
                "{}: {ours} {theirs_sum}",
                theirs.id
            );
        }
        assert_eq!(
            (ours.len(), argmax(ours)),
            (4, argmax(&theirs.logprobs)),
            "{}",
            theirs.id
        );
    }
}

/// `examen evaluate` with a tiny model on the first six questions of the exam.
fn evaluate(folder: &Path, arguments: &[&str]) -> assert_cmd::Command {
    let exam = fs::read_to_string(testdata("lighteval/exam.jsonl")).unwrap();
    let six: Vec<_> = exam.lines().take(6).collect();
    fs::write(folder.join("six.jsonl"), six.join("\n") + "\n").unwrap();
    let mut command = examen(folder);
    command
        .args(["evaluate", "--dataset", "six.jsonl", "--model"])
        .arg(checkpoint("qwen2"))
        .args(arguments);
    command
}

#[test]
fn examples_come_from_the_exam_or_from_another_file_and_are_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let summary = |arguments: &[&str]| -> Value {
        let printed = succeed(evaluate(folder.path(), arguments).args(["--format", "json"]));
        serde_json::from_str(&printed).unwrap()
    };
    let own = summary(&["--tasks", "community|exam_questions|2|0"]);
    assert_eq!(
        (&own["task"], &own["few_shot"]["dataset"]),
        (&"exam_questions|2".into(), &"six.jsonl".into())
    );
    assert_eq!(
        (
            own["few_shot"]["n_replaced"].as_u64(),
            own["few_shot"]["n_leaked"].as_u64()
        ),
        (Some(2), Some(0))
    );
    let leak = summary(&["--tasks", "exam_questions|2", "--fewshot-leak"]);
    assert_eq!(leak["few_shot"]["n_leaked"], 2);

    let dev = testdata("lighteval/exam.parquet");
    let dev = dev.to_str().unwrap();
    let other = summary(&[
        "--tasks",
        "exam_questions|5",
        "--fewshot-dataset",
        dev,
        "--fewshot-seed",
        "7",
    ]);
    assert_eq!(other["few_shot"]["shots"][0], "q215");
    assert_eq!(other["few_shot"]["dataset"], dev);
    // A window of 256 tokens does not hold five of these.
    assert_eq!(other["n_truncated"], 6);
    let shorter = summary(&[
        "--tasks",
        "community|exam_questions|5|1",
        "--fewshot-dataset",
        dev,
    ]);
    assert!(
        shorter["few_shot"]["n_effective"].as_f64().unwrap() < 5.0,
        "{shorter}"
    );
    assert!(shorter["n_truncated"].as_u64() < other["n_truncated"].as_u64());
}

#[test]
fn what_cannot_be_drawn_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let talk = fail(
        &mut evaluate(folder.path(), &["--tasks", "exam_questions|6"]),
        1,
    );
    assert!(
        talk.contains("there are 5 that may serve") && talk.contains("exam_questions|5"),
        "{talk}"
    );
    let talk = fail(&mut evaluate(folder.path(), &["--fewshot-seed", "1"]), 2);
    assert!(talk.contains("asks for none"), "{talk}");
    assert!(!folder.path().join("evals/results").exists());
}
