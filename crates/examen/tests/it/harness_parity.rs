//! Tasks of every output type on a real model, beside lm-evaluation-harness: the same choices, log-probabilities, replies and metrics.

use crate::support::{examen, succeed, test_model, testdata};
use examen_evaluate::RunSummary;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs;

#[derive(Serialize, Deserialize)]
struct Row {
    model_response: Response,
}

#[derive(Serialize, Deserialize)]
struct Response {
    logprobs: Vec<Option<f64>>,
    text: Vec<String>,
}

/// Largest difference of log-probabilities: the peer computes with other kernels.
const TOLERANCE: f64 = 1e-3;

fn graded(task: &str) -> (RunSummary, Vec<Response>) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = examen(folder.path());
    command.args([
        "evaluate",
        "--format",
        "json",
        "--chat-template",
        "off",
        "--tasks",
    ]);
    command.arg(testdata(&format!("tasks/parity/{task}.yaml")));
    command.arg("--model").arg(test_model());
    command.arg("--output").arg(folder.path().join("runs"));
    let summary: RunSummary = serde_json::from_str(&succeed(&mut command)).unwrap();
    let rows: Vec<Row> = examen_files::table::read_parquet(&summary.files[1]).unwrap();
    (
        summary,
        rows.into_iter().map(|row| row.model_response).collect(),
    )
}

fn golden(task: &str) -> Value {
    let text = fs::read_to_string(testdata("golden/harness_parity.json")).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    all[format!("parity_{task}")].clone()
}

fn likeliest(log_probs: &[f64]) -> usize {
    (0..log_probs.len())
        .rev()
        .max_by(|&a, &b| log_probs[a].total_cmp(&log_probs[b]))
        .unwrap()
}

/// Each metric within the tolerance of the peer's, relative where it is large.
fn check_metrics(summary: &RunSummary, golden: &Value) {
    for metric in &summary.metrics {
        let name = match metric.name.contains(',') {
            true => metric.name.clone(),
            false => format!("{},none", metric.name),
        };
        let theirs = golden["results"][&name]
            .as_f64()
            .unwrap_or_else(|| panic!("{name}: {golden}"));
        let ours = metric.value.unwrap();
        assert!(
            (ours - theirs).abs() <= TOLERANCE * theirs.abs().max(1.0),
            "{name}: {ours} is {theirs}"
        );
    }
}

fn log_probs_are_the_peers(task: &str) {
    let (summary, answers) = graded(task);
    let golden = golden(task);
    let questions = golden["questions"].as_array().unwrap();
    assert_eq!(answers.len(), questions.len());
    for (n, (ours, theirs)) in answers.iter().zip(questions).enumerate() {
        let theirs: Vec<f64> = serde_json::from_value(theirs.clone()).unwrap();
        let ours: Vec<f64> = ours.logprobs.iter().map(|one| one.unwrap()).collect();
        assert_eq!(ours.len(), theirs.len());
        for (a, b) in ours.iter().zip(&theirs) {
            // The rounding of many tokens adds up.
            let tolerance = TOLERANCE.max(2e-5 * b.abs());
            assert!((a - b).abs() <= tolerance, "{task} {n}: {a} is {b}");
        }
        assert_eq!(likeliest(&ours), likeliest(&theirs), "{task} {n}");
    }
    check_metrics(&summary, &golden);
}

#[test]
fn letters_are_scored_as_lm_evaluation_harness_scores_them() {
    log_probs_are_the_peers("letters");
}

#[test]
fn options_that_are_shown_are_scored_by_their_texts_as_there() {
    log_probs_are_the_peers("hybrid");
}

#[test]
fn choices_before_one_continuation_are_scored_as_there() {
    log_probs_are_the_peers("inverted");
}

#[test]
fn one_continuation_is_scored_as_there() {
    log_probs_are_the_peers("continuation");
}

#[test]
fn a_whole_text_is_scored_as_there() {
    log_probs_are_the_peers("whole");
}

#[test]
fn replies_are_written_filtered_and_compared_as_there() {
    let (summary, answers) = graded("written");
    let golden = golden("written");
    let ours: Vec<_> = answers
        .iter()
        .map(|answer| answer.text[0].as_str())
        .collect();
    let theirs: Vec<_> = golden["questions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap())
        .collect();
    assert_eq!(ours, theirs);
    let names: Vec<_> = summary
        .metrics
        .iter()
        .map(|metric| metric.name.as_str())
        .collect();
    assert_eq!(names, ["exact_match,strict", "exact_match,first-word"]);
    check_metrics(&summary, &golden);
}
