//! `examen evaluate`: datasets of others, splits, several models, the chat template.

use crate::support::{checkpoint, examen, fail, succeed, testdata};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// `examen evaluate` with a tiny model, in `folder`.
fn evaluate(folder: &Path, arguments: &[&str]) -> assert_cmd::Command {
    let mut command = examen(folder);
    command
        .args(["evaluate", "--model"])
        .arg(checkpoint("qwen2"))
        .args(arguments);
    command
}

fn write(folder: &Path, name: &str, rows: &[Value]) {
    let lines: Vec<_> = rows.iter().map(ToString::to_string).collect();
    fs::write(folder.join(name), lines.join("\n")).unwrap();
}

/// Result as JSON, and what was said.
fn run(folder: &Path, arguments: &[&str]) -> (Value, String) {
    let output = evaluate(folder, arguments)
        .args(["--format", "json"])
        .output()
        .unwrap();
    let talk = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{talk}");
    (serde_json::from_slice(&output.stdout).unwrap(), talk)
}

#[test]
fn columns_are_recognised_and_shown_or_named() {
    let folder = tempfile::tempdir().unwrap();
    let row = json!({"question": "What is 2+2?", "subject": "math", "choices": ["3", "4", "5"], "answer": 1});
    write(folder.path(), "mmlu.jsonl", &[row]);
    let (summary, talk) = run(folder.path(), &["--input", "mmlu.jsonl"]);
    assert_eq!(summary["n_scored"], 1);
    assert!(
        talk.contains("columns: question = question; options = choices; key = answer (the option's number, counted from 0)"),
        "{talk}"
    );
    let row = json!({"stem": {"text": "?"}, "w": ["yes", "no"], "k": "no"});
    write(folder.path(), "own.jsonl", &[row]);
    let columns = "question=stem.text,choices=w,answer=k:text";
    let (summary, _) = run(
        folder.path(),
        &["--input", "own.jsonl", "--columns", columns],
    );
    assert_eq!(summary["chance"], 0.5);
    let talk = fail(&mut evaluate(folder.path(), &["--input", "own.jsonl"]), 1);
    assert!(talk.contains("--columns question=stem"), "{talk}");
}

#[test]
fn a_key_that_names_no_option_is_listed_and_nothing_is_graded() {
    let folder = tempfile::tempdir().unwrap();
    let row = |answer: &str| json!({"question": "?", "choices": ["x", "y"], "answer": answer});
    write(folder.path(), "bad.jsonl", &[row("A"), row("E"), row("B")]);
    let talk = fail(&mut evaluate(folder.path(), &["--input", "bad.jsonl"]), 1);
    assert!(
        talk.contains("1 of 3 rows have a key in `answer`") && talk.contains("row 2: \"E\""),
        "{talk}"
    );
    assert!(!folder.path().join("evals/results").exists());
}

#[test]
fn the_split_is_said_and_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let exam = testdata("exams/zstd.parquet");
    fs::create_dir_all(folder.path().join("set/data")).unwrap();
    for split in ["train", "test"] {
        let name = format!("set/data/{split}-00000-of-00001.parquet");
        fs::copy(&exam, folder.path().join(name)).unwrap();
    }
    let (_, talk) = run(folder.path(), &["--input", "set", "--max-samples", "2"]);
    assert!(
        talk.contains("split `test` is read, of test, train"),
        "{talk}"
    );
    let train = ["--input", "set", "--max-samples", "2", "--split", "train"];
    let (summary, talk) = run(folder.path(), &train);
    assert!(talk.contains("split `train` is read"), "{talk}");
    assert_eq!(
        summary["sample"],
        json!({"n_available": 40, "selection": "first", "seed": null})
    );
    let talk = fail(
        &mut evaluate(folder.path(), &["--input", "set", "--split", "dev"]),
        1,
    );
    assert!(
        talk.contains("has no split `dev`") && talk.contains("--split"),
        "{talk}"
    );
    let drawn = ["--input", "set", "--max-samples", "2", "--sample", "random"];
    assert_eq!(run(folder.path(), &drawn).0["sample"]["seed"], 42);
}

#[test]
fn several_models_of_one_name_are_compared_and_kept_apart() {
    let folder = tempfile::tempdir().unwrap();
    for parent in ["runA", "runB"] {
        let target = folder.path().join(parent).join("checkpoint-500");
        fs::create_dir_all(&target).unwrap();
        for file in fs::read_dir(checkpoint("qwen2")).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), target.join(file.file_name())).unwrap();
        }
    }
    let exam = testdata("exams/none.parquet");
    let exam = exam.to_str().unwrap();
    let mut command = examen(folder.path());
    command.args(["evaluate", "--input", exam, "--max-samples", "3"]);
    for model in ["runA/checkpoint-500", "runB/checkpoint-500"] {
        command.args(["--model", model]);
    }
    let printed = succeed(&mut command);
    assert!(
        printed.contains("headline") && printed.matches("checkpoint-500").count() >= 4,
        "{printed}"
    );
    let results = fs::read_dir(folder.path().join("evals/results")).unwrap();
    assert_eq!(results.count(), 2);
}

#[test]
fn the_chat_template_and_the_way_of_answering_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let exam = testdata("exams/none.parquet");
    let exam = exam.to_str().unwrap();
    let two = ["--input", exam, "--max-samples", "2"];
    let with = |more: &[&str]| run(folder.path(), &[&two, more].concat()).0;
    assert_eq!(with(&[])["chat_template"], true);
    assert_eq!(with(&["--chat-template", "off"])["chat_template"], false);
    let letters = with(&["--answer", "letters", "--wording", "es"]);
    assert_eq!(
        (&letters["answer"], &letters["wording"], &letters["task"]),
        (
            &json!("letters"),
            &json!("es"),
            &json!("exam_questions_letters|0")
        )
    );
    let details = letters["files"][2].as_str().unwrap();
    let run_json = fs::read_to_string(folder.path().join(details)).unwrap();
    assert!(run_json.contains("\"chat_template\": true"), "{run_json}");
    let talk = fail(
        &mut evaluate(
            folder.path(),
            &[&two, ["--wording", "es"].as_slice()].concat(),
        ),
        2,
    );
    assert!(talk.contains("--answer letters"), "{talk}");
}
