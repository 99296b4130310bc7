//! The seam of metrics: a metric that only this test knows is in every output, and the guide lists those that there are.

use crate::{exam, run, scorers::Hashing, settings, testdata};
use examen_core::Silent;
use examen_evaluate::{
    IntervalKind, RunSummary, Settings,
    metrics::{self, Card, Metric, Missing, Sample, Score},
};
use examen_files::table::read_parquet;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs;

/// Takes the longest option, whatever the model says.
#[derive(Debug)]
struct Longest;

impl Metric for Longest {
    fn card(&self) -> Card {
        Card {
            name: "longest".into(),
            about: "the longest answer is the key".into(),
            quantity: "number of characters",
            peers: "nothing elsewhere",
            ..Card::SHARE
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let lengths = sample
            .doc
            .choices
            .iter()
            .map(|choice| choice.chars().count());
        let (index, _) = lengths
            .enumerate()
            .max_by_key(|(_, length)| *length)
            .ok_or(Missing::Choices)?;
        Ok(Score::Choice {
            index,
            is_right: sample.doc.is_right(index),
        })
    }
}

/// A corpus score with two numbers a question, less of which is better: the tokens of all answers a choice.
#[derive(Debug)]
struct Length;

impl Metric for Length {
    fn card(&self) -> Card {
        Card {
            name: "length".into(),
            about: "tokens a choice".into(),
            quantity: "tokens / choices",
            range: "1 to ∞",
            columns: &["tokens", "choices"],
            higher_is_better: false,
            ..Card::CORPUS
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        if sample.doc.id == "q3" {
            return Err(Missing::Other);
        }
        let n_tokens: usize = sample.scores.iter().map(|score| score.tokens.len()).sum();
        Ok(Score::Several(vec![
            n_tokens as f64,
            sample.scores.len() as f64,
        ]))
    }

    fn corpus(&self, questions: &[&[f64]]) -> Option<f64> {
        let sum = |index: usize| questions.iter().map(|numbers| numbers[index]).sum::<f64>();
        (sum(1) > 0.0).then(|| sum(0) / sum(1))
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Row {
    metric: Columns,
}

#[derive(Debug, Serialize, Deserialize)]
struct Columns {
    acc: Option<f64>,
    acc_norm_token: Option<f64>,
    longest: Option<f64>,
    length_tokens: Option<f64>,
    length_choices: Option<f64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Unconditioned {
    model_response: Response,
}

#[derive(Debug, Serialize, Deserialize)]
struct Response {
    unconditioned_logprobs: Vec<f64>,
}

fn json(path: &std::path::Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// A run with both after the four default metrics.
fn with_new_metrics() -> (tempfile::TempDir, Settings, RunSummary) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.metrics.extend([&Longest as &dyn Metric, &Length]);
    // "three of …" is the longest answer of each question, and the key of every fourth.
    let summary = run(&settings, &exam(8), &Hashing::new(), &Silent).unwrap();
    (folder, settings, summary)
}

#[test]
fn a_new_metric_is_in_summary_and_table() {
    let (_folder, _, summary) = with_new_metrics();
    let [longest, length] = &summary.metrics[4..] else {
        panic!("{:?}", summary.metrics)
    };
    assert_eq!(
        (longest.name.as_str(), longest.n_correct),
        ("longest", Some(2))
    );
    assert_eq!(longest.about, "the longest answer is the key");
    assert_eq!(
        (length.value, length.n, length.n_correct),
        (Some(3.0), 7, None)
    );
    assert_eq!(length.interval_kind, Some(IntervalKind::Bootstrap));
    assert_eq!(length.missing["the metric gave no value"], 1);
    let warning =
        "length: 1 of 8 questions have no value and do not count: the metric gave no value";
    assert!(
        summary.warnings.iter().any(|said| said == warning),
        "{:?}",
        summary.warnings
    );
    let table = summary.table();
    assert_eq!(table.rest[3][..2], ["longest", "0.2500"]);
    // As many as guessing has right.
    assert_eq!(table.rest[3][4..], ["0.2500", "0.0000"]);
    assert_eq!(
        table.rest[4],
        [
            "length",
            "3.0000",
            "3.0000 – 3.0000 (95 %)",
            "– of 7",
            "–",
            "–"
        ]
    );
}

#[test]
fn a_new_metric_is_in_results_details_and_run_json() {
    let (_folder, _, summary) = with_new_metrics();
    let results = json(&summary.files[0]);
    let scores = &results["results"]["exam_questions|0"];
    assert_eq!(
        (&scores["longest"], &scores["length"]),
        (&0.25.into(), &3.0.into())
    );
    assert!(
        scores["longest_stderr"].is_f64() && scores["length_stderr"].is_f64(),
        "{scores}"
    );
    let task = &results["config_tasks"]["exam_questions|0"];
    assert_eq!(task["metrics"][4]["metric_name"], "longest");
    assert_eq!(task["metrics"][5]["higher_is_better"], false);

    let details: Vec<Row> = read_parquet(&summary.files[1]).unwrap();
    let longest: Vec<_> = details.iter().map(|row| row.metric.longest).collect();
    let (right, wrong) = (Some(1.0), Some(0.0));
    assert_eq!(longest, [wrong, wrong, right, wrong].repeat(2));
    assert!(details.iter().all(|row| row.metric.acc.is_some()));
    let stored: Vec<_> = details[2..4]
        .iter()
        .map(|row| (row.metric.length_tokens, row.metric.length_choices))
        .collect();
    assert_eq!(stored, [(Some(12.0), Some(4.0)), (None, None)]);

    let run_json = json(&summary.files[2]);
    assert_eq!(run_json["summary"]["metrics"][4]["name"], "longest");
    assert_eq!(run_json["seeds"]["bootstrap"], 0);
}

#[test]
fn a_new_metric_is_in_help_and_guide() {
    let (_folder, settings, _) = with_new_metrics();
    let all = &settings.metrics;
    assert!(metrics::help(all).ends_with("  Others: longest length\n"));
    let table = metrics::guide_table(all);
    let row = "| `longest` | number of characters | 0 to 1 | log-probabilities of the choices | share | nothing elsewhere |\n";
    assert!(table.contains(row), "{table}");
    assert!(
        table.contains("| `length` | tokens / choices | 1 to ∞, less is better |"),
        "{table}"
    );
}

#[test]
fn questions_of_one_document_are_not_independent() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.metrics = ["acc", "brier", "mcc"]
        .map(|name| metrics::find(name).unwrap())
        .to_vec();
    let mut exam = exam(24);
    for (index, item) in exam.items.iter_mut().enumerate() {
        item.labels.document = Some(format!("document {}", index / 6));
    }
    let summary = run(&settings, &exam, &Hashing::new(), &Silent).unwrap();
    let kinds: Vec<_> = summary
        .metrics
        .iter()
        .map(|metric| metric.interval_kind.unwrap())
        .collect();
    assert_eq!(
        kinds,
        [
            IntervalKind::WilsonByDocument,
            IntervalKind::StudentTByDocument,
            IntervalKind::BootstrapByDocument
        ]
    );
    assert!(
        summary
            .metrics
            .iter()
            .all(|metric| metric.clustered_stderr.is_some() && metric.stderr.is_some())
    );
    exam.items[0].labels.document = None;
    let summary = run(&settings, &exam, &Hashing::new(), &Silent).unwrap();
    assert_eq!(summary.metrics[0].interval_kind, Some(IntervalKind::Wilson));
    assert_eq!(summary.metrics[0].clustered_stderr, None);
}

#[test]
fn answers_are_scored_once_without_their_questions() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.metrics = vec![metrics::find("acc_pmi").unwrap()];
    let mut exam = exam(5);
    for item in &mut exam.items {
        item.answers = ["yes", "no", "maybe", "never"].map(str::to_owned).to_vec();
    }
    let scorer = Hashing::new();
    let summary = run(&settings, &exam, &scorer, &Silent).unwrap();
    // Five questions, and four texts without one.
    assert_eq!((scorer.n_asked(), summary.metrics[0].n), (9, 5));
    let details: Vec<Unconditioned> = read_parquet(&summary.files[1]).unwrap();
    let first = &details[0].model_response.unconditioned_logprobs;
    assert_eq!(first.len(), 4);
    assert!(
        details
            .iter()
            .all(|row| &row.model_response.unconditioned_logprobs == first)
    );
}

/// The numbers of three corpus metrics.
#[derive(Debug, Serialize, Deserialize)]
struct StoredRow {
    metric: StoredNumbers,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredNumbers {
    brier: f64,
    f1_macro_gold: f64,
    f1_macro_chosen: f64,
    calibration_error_confidence: f64,
    calibration_error_right: f64,
    target_perplexity_log_prob: f64,
}

#[test]
fn a_run_s_values_follow_from_its_details() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    let names = [
        "brier",
        "f1_macro",
        "calibration_error",
        "target_perplexity",
    ];
    settings.metrics = names.map(|name| metrics::find(name).unwrap()).to_vec();
    let summary = run(&settings, &exam(40), &Hashing::new(), &Silent).unwrap();
    let rows: Vec<StoredRow> = read_parquet(&summary.files[1]).unwrap();
    let numbers = |of: fn(&StoredNumbers) -> Vec<f64>| {
        rows.iter().map(|row| of(&row.metric)).collect::<Vec<_>>()
    };
    let brier = numbers(|row| vec![row.brier]).concat();
    let mean = brier.iter().sum::<f64>() / brier.len() as f64;
    assert!((mean - summary.metrics[0].value.unwrap()).abs() < 1e-12);
    let corpora: [fn(&StoredNumbers) -> Vec<f64>; 3] = [
        |row| vec![row.f1_macro_gold, row.f1_macro_chosen],
        |row| {
            vec![
                row.calibration_error_confidence,
                row.calibration_error_right,
            ]
        },
        |row| vec![row.target_perplexity_log_prob],
    ];
    for (of, index) in corpora.into_iter().zip(1..) {
        let stored = numbers(of);
        let stored: Vec<&[f64]> = stored.iter().map(Vec::as_slice).collect();
        let value = settings.metrics[index].corpus(&stored);
        assert_eq!(value, summary.metrics[index].value, "{}", names[index]);
    }
}

#[test]
fn the_guide_lists_every_metric() {
    let path = testdata("../docs/guide/metrics.md");
    let guide = fs::read_to_string(&path).unwrap();
    let table = metrics::guide_table(metrics::ALL);
    let (before, rest) = guide.split_once("| metric |").unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    let expected = format!("{before}{table}\n{after}");
    if guide != expected {
        fs::write(&path, expected).unwrap();
        panic!(
            "the table of metrics in docs/guide/metrics.md was out of date; it is rewritten: look at it and commit it"
        );
    }
}
