//! The seam of metrics: a metric that only this test knows is in every output, and the guide lists those that there are.

use crate::{exam, run, scorers::Hashing, settings, testdata};
use examen_core::{LogProb, Silent};
use examen_evaluate::metrics::{self, Metric, Sample};
use examen_files::table::read_parquet;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs;

/// Takes the longest option, whatever the model says.
#[derive(Debug)]
struct Longest;

impl Metric for Longest {
    fn name(&self) -> &'static str {
        "longest"
    }

    fn about(&self) -> &'static str {
        "the longest answer is the key"
    }

    fn quantity(&self) -> &'static str {
        "number of characters"
    }

    fn peers(&self) -> &'static str {
        "nothing elsewhere"
    }

    fn preference(&self, sample: &Sample<'_>, index: usize) -> LogProb {
        LogProb(sample.doc.choices[index].chars().count() as f64)
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
}

fn json(path: &std::path::Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn a_new_metric_is_in_every_output() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.metrics.push(&Longest);
    // "three of …" is the longest answer of each question, and the key of every fourth.
    let summary = run(&settings, &exam(8), &Hashing::new(), &Silent).unwrap();

    let metric = summary.metrics.last().unwrap();
    assert_eq!((metric.name.as_str(), metric.n_correct), ("longest", 2));
    assert_eq!(metric.about, "the longest answer is the key");
    let table = summary.table();
    assert_eq!(table.rows.last().unwrap()[..2], ["longest", "0.2500"]);

    let results = json(&summary.files[0]);
    let scores = &results["results"]["exam_questions|0"];
    assert_eq!(scores["longest"], 0.25);
    assert!(scores["longest_stderr"].is_f64(), "{scores}");
    let task = &results["config_tasks"]["exam_questions|0"];
    assert_eq!(task["metrics"][4]["metric_name"], "longest");

    let details: Vec<Row> = read_parquet(&summary.files[1]).unwrap();
    let longest: Vec<_> = details.iter().map(|row| row.metric.longest).collect();
    let (right, wrong) = (Some(1.0), Some(0.0));
    assert_eq!(longest, [wrong, wrong, right, wrong].repeat(2));
    assert!(details.iter().all(|row| row.metric.acc.is_some()));

    let run_json = json(&summary.files[2]);
    assert_eq!(run_json["summary"]["metrics"][4]["name"], "longest");

    let all = &settings.metrics;
    assert!(metrics::help(all).ends_with("  longest            number of characters\n"));
    let row = "| `longest` | number of characters | nothing elsewhere |\n";
    assert!(metrics::guide_table(all).ends_with(row));
}

#[test]
fn the_guide_lists_every_metric() {
    let path = testdata("../docs/guide/evaluate.md");
    let guide = fs::read_to_string(&path).unwrap();
    let table = metrics::guide_table(metrics::ALL);
    let (before, rest) = guide.split_once("| metric |").unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    let expected = format!("{before}{table}\n{after}");
    if guide != expected {
        fs::write(&path, expected).unwrap();
        panic!(
            "the table of metrics in docs/guide/evaluate.md was out of date; it is rewritten: look at it and commit it"
        );
    }
}
