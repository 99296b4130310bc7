//! The whole path with no options but the model, each step told by the one before.

use crate::support::{checkpoint, examen, next, plants, review_all, succeed, talk};
use examen_fake_server::{FakeServer, Faults};
use std::fs;

#[test]
fn each_step_reads_what_the_one_before_writes_and_says_which_is_next() {
    let (folder, server) = (
        tempfile::tempdir().unwrap(),
        FakeServer::start(0, Faults::default()).unwrap(),
    );
    let here = folder.path();
    plants(here, 3);
    fs::rename(here.join("docs"), here.join("data")).unwrap();
    let run = |words: &[String]| talk(examen(here).args(words), 0);

    let generate =
        ["generate", "--model", "m", "--base-url", &server.base_url()].map(str::to_owned);
    let planned = next(&run(&[&generate[..], &["--dry-run".to_owned()]].concat()));
    assert_eq!(planned, generate);
    let annotate = next(&run(&planned));
    assert_eq!(annotate, ["annotate"]);
    assert_eq!(next(&run(&annotate)), ["serve"]);
    assert!(review_all(here, "exam_questions") > 0);
    let published = run(&["publish".to_owned()]);
    assert_eq!(next(&published), ["evaluate", "--model", "smollm2-135m"]);
    assert!(here.join("published/README.md").is_file());

    let model = checkpoint("llama3");
    let mut evaluate = examen(here);
    let told = talk(evaluate.arg("evaluate").arg("--model").arg(&model), 0);
    assert_eq!(next(&told)[0], "evaluate");
    assert!(here.join("evals/results").is_dir());
}

#[test]
fn other_places_are_named_in_the_next_command() {
    let (folder, server) = (
        tempfile::tempdir().unwrap(),
        FakeServer::start(0, Faults::default()).unwrap(),
    );
    let here = folder.path();
    plants(here, 2);
    let said = talk(
        examen(here)
            .args([
                "generate",
                "--input",
                "docs",
                "--model",
                "m",
                "--output",
                "my questions",
            ])
            .args(["--base-url", &server.base_url()]),
        0,
    );
    assert_eq!(next(&said), ["annotate", "--input", "my questions"]);
    let said = talk(
        examen(here).args([
            "annotate",
            "--input",
            "my questions",
            "--name",
            "plants",
            "--data",
            "store",
        ]),
        0,
    );
    assert_eq!(next(&said), ["serve", "--data", "store"]);
    let backup = talk(examen(here).args(["backup", "copy", "--data", "store"]), 0);
    assert_eq!(next(&backup), ["restore", "copy", "--data", "restored"]);
    assert_eq!(
        next(&talk(examen(here).args(next(&backup)), 0)),
        ["serve", "--data", "restored"]
    );
    let publish = [
        "publish",
        "--name",
        "plants",
        "--data",
        "store",
        "--include-unreviewed",
        "--output",
        "set",
    ];
    let said = talk(examen(here).args(publish), 0);
    assert_eq!(
        next(&said),
        ["evaluate", "--model", "smollm2-135m", "--input", "set"]
    );
    let audit = talk(examen(here).args(["audit", "--data", "store"]), 0);
    assert_eq!(next(&audit), ["serve", "--data", "store"]);
}

#[test]
fn reading_commands_say_what_comes_next_too() {
    let folder = tempfile::tempdir().unwrap();
    let model = checkpoint("llama3").to_str().unwrap().to_owned();
    let said = |words: &[&str]| next(&talk(examen(folder.path()).args(words), 0));
    assert_eq!(said(&["models"]), ["generate", "--model", "smollm2-135m"]);
    assert_eq!(
        said(&["models", "fetch", &model]),
        ["generate", "--model", &model]
    );
    assert_eq!(
        said(&["prompts", "mine"]),
        ["generate", "--model", "smollm2-135m", "--prompts", "mine"]
    );
    fs::write(
        folder.path().join("lines.jsonl"),
        "{\"context\": \"a\", \"continuations\": [\"b\"]}\n",
    )
    .unwrap();
    assert_eq!(
        said(&["score", "--model", &model, "lines.jsonl"]),
        ["evaluate", "--model", &model]
    );
}

#[test]
fn quiet_says_nothing_but_what_is_wrong() {
    let (folder, server) = (
        tempfile::tempdir().unwrap(),
        FakeServer::start(0, Faults::default()).unwrap(),
    );
    plants(folder.path(), 2);
    let mut command = examen(folder.path());
    command.args([
        "generate",
        "--quiet",
        "--input",
        "docs",
        "--model",
        "m",
        "--base-url",
        &server.base_url(),
    ]);
    assert_eq!(talk(&mut command, 0), "");
    let told = talk(
        examen(folder.path()).args(["annotate", "-q", "--input", "nowhere"]),
        1,
    );
    assert!(
        told.starts_with("error: ") && told.contains("hint: "),
        "{told}"
    );
    assert!(!succeed(examen(folder.path()).args(["annotate", "-q"])).is_empty());
}
