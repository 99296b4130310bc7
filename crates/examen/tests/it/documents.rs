//! Documents of every format, through the program's own readers.

use crate::support::{examen, succeed, testdata};
use assert_cmd::Command;
use serde_json::Value;
use std::{fs, path::Path};

fn plan(folder: &Path, inputs: &[&str], change: impl Fn(&mut Command) -> &mut Command) -> Value {
    let mut command = examen(folder);
    command.args([
        "generate",
        "--dry-run",
        "--output-path",
        "out",
        "--model-id",
        "m",
        "--format",
        "json",
    ]);
    command
        .args(["--base-url", "http://127.0.0.1:9/v1", "--input-dir"])
        .args(inputs);
    serde_json::from_str(&succeed(change(&mut command))).unwrap()
}

fn paths(plan: &Value, of: &str) -> Vec<String> {
    plan[of]
        .as_array()
        .unwrap()
        .iter()
        .map(|document| document["path"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_format_is_read_and_what_is_broken_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let samples = testdata("documents");
    let plan = plan(folder.path(), &[samples.to_str().unwrap()], |command| {
        command.args([
            "--exclude",
            "ORIGIN.md",
            "--exclude",
            "pdf/**",
            "--ocr",
            "never",
        ])
    });
    let expected = [
        "bones.pptx",
        "cells.epub",
        "corazon.pdf",
        "doses.xlsx",
        "formulas.docx",
        "heart.docx",
        "lung.html",
        "rows.jsonl#1",
        "rows.jsonl#2",
        "running.docx",
    ];
    assert_eq!(paths(&plan, "documents"), expected, "{plan:#}");
    assert_eq!(paths(&plan, "unreadable"), ["broken.pdf", "scanned.pdf"]);
    assert_eq!(plan["other_files"], 1);
    assert_eq!(
        (
            &plan["documents"][2]["language"],
            &plan["documents"][5]["language"]
        ),
        (&"es".into(), &"en".into())
    );
    assert!(
        plan["unreadable"][1]["reason"]
            .as_str()
            .unwrap()
            .starts_with("holds no text: its 2 pages are pictures")
    );
}

#[test]
fn several_inputs_patterns_and_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("a/one.txt", "One. "),
        ("b/two.md", "# Two"),
        ("b/deep/three.txt", "Three."),
        ("c/no.txt", "No."),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let both = plan(folder.path(), &["a", "b/**/*.txt"], |command| command);
    assert_eq!(paths(&both, "documents"), ["a/one.txt", "b/deep/three.txt"]);
    let read = plan(folder.path(), &["-"], |command| {
        command
            .args(["--text-column", "note"])
            .write_stdin("{\"note\": \"One is read.\"}\n{\"note\": \"Two is too.\"}\n")
    });
    assert_eq!(
        paths(&read, "documents"),
        ["stdin.jsonl#1", "stdin.jsonl#2"]
    );
    let included = plan(folder.path(), &["b"], |command| {
        command.args(["--include", "*.md"])
    });
    assert_eq!(paths(&included, "documents"), ["two.md"]);
}
