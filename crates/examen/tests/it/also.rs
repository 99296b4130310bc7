//! `evaluate --also`: files of other programs, beside those that they wrote themselves.

use crate::support::{checkpoint, examen, fail, succeed, testdata};
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::Path};

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn keys(value: &Value) -> BTreeSet<&str> {
    let object = value.as_object().unwrap();
    object.keys().map(String::as_str).collect()
}

/// The number in a text of JSON.
fn number(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

/// The files of `folder` whose names begin so.
fn named(folder: &Path, start: &str) -> std::path::PathBuf {
    let files = fs::read_dir(folder).unwrap().flatten();
    let mut found = files.filter(|file| file.file_name().to_string_lossy().starts_with(start));
    found.next().unwrap().path()
}

#[test]
fn a_run_is_what_lm_eval_writes_of_the_same_task_and_model() {
    let folder = tempfile::tempdir().unwrap();
    let golden = testdata("golden/lm_eval_run");
    for file in ["small.yaml", "exam.jsonl"] {
        fs::copy(golden.join(file), folder.path().join(file)).unwrap();
    }
    let mut command = examen(folder.path());
    command.args(["evaluate", "--tasks", "small.yaml", "--model"]);
    command.arg(checkpoint("qwen2"));
    command.args(["--chat-template", "off", "--also", "lm-eval"]);
    command.args(["--metrics", "acc,acc_norm_no_space"]);
    succeed(&mut command);
    let ours = fs::read_dir(folder.path().join("evals/lm-eval")).unwrap();
    let ours = ours.flatten().next().unwrap().path();
    let (results, theirs) = (
        json(&named(&ours, "results_")),
        json(&golden.join("results.json")),
    );
    assert_eq!(keys(&results), keys(&theirs));
    assert_eq!(keys(&results["config"]), keys(&theirs["config"]));
    assert_eq!(
        keys(&results["results"]["small"]),
        keys(&theirs["results"]["small"])
    );
    for part in ["n-shot", "n-samples", "higher_is_better", "versions"] {
        assert_eq!(results[part], theirs[part], "{part}");
    }
    for metric in keys(&theirs["results"]["small"]) {
        let (our, their) = [&results, &theirs]
            .map(|results| &results["results"]["small"][metric])
            .into();
        match (our.as_f64(), their.as_f64()) {
            (Some(our), Some(their)) => assert!((our - their).abs() < 1e-12, "{metric}"),
            _ => assert_eq!(our, their, "{metric}"),
        }
    }
    let (samples, theirs) = (
        lines(&named(&ours, "samples_small_")),
        lines(&golden.join("samples.jsonl")),
    );
    assert_eq!(samples.len(), theirs.len());
    for (sample, their) in samples.iter().zip(&theirs) {
        assert_eq!(keys(sample), keys(their));
        for part in [
            "doc_id",
            "target",
            "arguments",
            "filter",
            "metrics",
            "prompt_hash",
            "target_hash",
            "acc",
            "acc_norm",
        ] {
            assert_eq!(sample[part], their[part], "{part}");
        }
        let (ours, theirs) = (&sample["filtered_resps"], &their["filtered_resps"]);
        for (ours, theirs) in ours
            .as_array()
            .unwrap()
            .iter()
            .zip(theirs.as_array().unwrap())
        {
            assert_eq!(ours[1], theirs[1]);
            assert!(
                (number(&ours[0]) - number(&theirs[0])).abs() < 1e-3,
                "{ours} {theirs}"
            );
        }
    }
}

#[test]
fn results_for_the_hub_are_refused_where_no_dataset_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let exam = testdata("exams/none.parquet");
    let mut command = examen(folder.path());
    command.args([
        "evaluate",
        "--also",
        "hub-results",
        "--max-samples",
        "1",
        "--model",
    ]);
    command.arg(checkpoint("qwen2")).arg("--input").arg(&exam);
    let talk = fail(&mut command, 2);
    assert!(talk.contains("--hub-dataset ORG/NAME"), "{talk}");
    let talk = fail(
        examen(folder.path()).args(["evaluate", "--also", "wandb", "--model", "x"]),
        2,
    );
    assert!(talk.contains("lm-eval, inspect, hub-results"), "{talk}");
}
