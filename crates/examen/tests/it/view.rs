//! `examen view`: the page of runs.

use crate::support::{checkpoint, examen, fail, succeed, testdata};
use std::{fs, path::Path};

fn evaluate(folder: &Path, arguments: &[&str]) {
    let mut command = examen(folder);
    command.args(["evaluate", "--chat-template", "off", "--input"]);
    command.arg(testdata("exams/none.parquet"));
    command.args(["--max-samples", "5", "--model"]);
    command.arg(checkpoint("qwen2")).args(arguments);
    succeed(&mut command);
}

#[test]
fn the_latest_run_of_each_task_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    evaluate(folder.path(), &[]);
    evaluate(folder.path(), &[]);
    evaluate(folder.path(), &["--answer", "letters"]);
    let printed = succeed(examen(folder.path()).args(["view", "--no-open"]));
    assert!(printed.contains("5 questions of 2 runs"), "{printed}");
    let html = fs::read_to_string(folder.path().join("view.html")).unwrap();
    assert!(html.contains("exam_questions_letters|0"), "{html}");
    assert!(html.contains("\"questions\":[\"What is 0 + 1?\""), "{html}");
}

#[test]
fn what_holds_no_runs_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let talk = fail(examen(folder.path()).args(["view", "nothing"]), 2);
    assert!(talk.contains("no folder or file nothing"), "{talk}");
    let questions = testdata("distiset/medicines");
    let talk = fail(examen(folder.path()).arg("view").arg(&questions), 2);
    assert!(
        talk.contains("holds generated questions, not results of `evaluate`"),
        "{talk}"
    );
    fs::create_dir_all(folder.path().join("evals/details/m/d")).unwrap();
    fs::create_dir_all(folder.path().join("evals/results")).unwrap();
    fs::write(folder.path().join("evals/details/m/d/run.json"), "[]").unwrap();
    let talk = fail(examen(folder.path()).args(["view", "evals"]), 1);
    assert!(talk.contains("run.json"), "{talk}");
}

#[test]
fn what_is_no_run_is_named_and_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    let view = |name: &str, code| {
        fail(
            examen(folder.path()).args(["view", name, "--no-open"]),
            code,
        )
    };
    let talk = view("other", 2);
    assert!(talk.contains("other does not hold"), "{talk}");
    for text in [
        "{\"a\": 1}",
        "nonsense",
        "{\"summary\": {\"model\": \"m\"}}",
    ] {
        fs::write(other.join("run.json"), text).unwrap();
        let talk = view("other", 1);
        assert!(
            talk.contains("other/run.json is no run.json of `examen evaluate`"),
            "{talk}"
        );
    }
}
