//! Help, exit codes, errors.

use crate::support::{documents, examen, fail, succeed, talk};
use serde_json::Value;
use std::fs;

const COMMANDS: [&str; 17] = [
    "generate",
    "annotate",
    "serve",
    "publish",
    "evaluate",
    "demo",
    "models",
    "doctor",
    "prompts",
    "score",
    "backup",
    "restore",
    "audit",
    "login",
    "logout",
    "whoami",
    "completions",
];

#[test]
fn help_of_every_command() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!("help", succeed(examen(folder.path()).arg("--help")));
    for command in COMMANDS {
        let help = succeed(examen(folder.path()).args([command, "--help"]));
        assert!(help.contains("Examples:"), "{command} has no examples");
        insta::assert_snapshot!(format!("help_{command}"), help);
    }
}

#[test]
fn what_cannot_work_yet_says_so_and_does_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let refused = [
        &[
            "publish",
            "--dataset_path",
            "exam",
            "--dataset_repo_id",
            "org/name",
        ][..],
        &[
            "evaluate",
            "--model",
            "m",
            "--dataset",
            "x",
            "--fewshot-leak",
        ],
    ];
    for arguments in refused {
        let talk = fail(examen(folder.path()).args(arguments), 2);
        assert!(talk.starts_with("error: "), "{talk}");
        assert_eq!(
            fs::read_dir(folder.path()).unwrap().count(),
            0,
            "{arguments:?} wrote something"
        );
    }
}

#[test]
fn another_task_file_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("my_task.py"), "print('anything')\n").unwrap();
    let talk = fail(
        examen(folder.path()).args(["evaluate", "--model", "m", "--custom_tasks", "my_task.py"]),
        2,
    );
    assert!(talk.contains("my_task.py"), "{talk}");
}

#[test]
fn metrics_are_refused_by_name_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let with = |metrics: &str, others: &[&str]| {
        let arguments = ["evaluate", "--model", "m", "--metrics", metrics];
        fail(examen(folder.path()).args(arguments).args(others), 2)
    };
    let talk = with("acc,accuracy", &[]);
    assert!(
        talk.contains("'accuracy'") && talk.contains("no metric has this name"),
        "{talk}"
    );
    let talk = with("acc,bleu", &[]);
    assert!(
        talk.contains("--metrics bleu") && talk.contains("`likelihood`"),
        "{talk}"
    );
    let talk = with("pass_at_4", &["--answer", "letters"]);
    assert!(
        talk.contains("--metrics pass_at_4") && talk.contains("`letters`"),
        "{talk}"
    );
}

#[test]
fn errors_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    let failing = [
        &[
            "generate",
            "--input-dir",
            "empty",
            "--model-id",
            "m",
            "--base-url",
            "http://127.0.0.1:9/v1",
        ][..],
        &[
            "generate",
            "--input-dir",
            "nowhere",
            "--model-id",
            "m",
            "--base-url",
            "http://127.0.0.1:9/v1",
        ],
        &[
            "generate",
            "--input-dir",
            "empty",
            "--model-id",
            "no-such-model",
        ],
        &["annotate", "--dataset-path", "nowhere"],
        &["publish", "--dataset-path", "exam", "--output", "out"],
        &["evaluate", "--model", "m", "--dataset", "nowhere"],
    ];
    let mut talks = String::new();
    for arguments in failing {
        talks += &format!(
            "$ examen {}\n{}\n",
            arguments.join(" "),
            talk(examen(folder.path()).args(arguments), 1)
        );
    }
    insta::with_settings!({filters => vec![(r"\(\d+\.\d s\)", "(time)")]}, { insta::assert_snapshot!("errors", talks) });
}

#[test]
fn a_dry_run_asks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    documents(folder.path(), 3);
    let plan = succeed(
        examen(folder.path())
            .args([
                "generate",
                "--input-dir",
                "docs",
                "--output-path",
                "out",
                "--dry-run",
            ])
            .args([
                "--model-id",
                "m",
                "--base-url",
                "http://127.0.0.1:9/v1",
                "--format",
                "json",
            ]),
    );
    let plan: Value = serde_json::from_str(&plan).unwrap();
    assert_eq!(plan["calls"], 3);
    assert!(!folder.path().join("out").exists());
}

#[test]
fn models_lists_what_has_a_short_name() {
    let folder = tempfile::tempdir().unwrap();
    let list: Value = serde_json::from_str(&succeed(
        examen(folder.path()).args(["models", "--format", "json"]),
    ))
    .unwrap();
    assert_eq!(list[0]["name"], "smollm2-135m");
    assert_eq!(list[0]["path"], Value::Null);
}
