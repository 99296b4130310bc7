//! What newcomers meet: each error says what was meant and how to go on.

use crate::support::{checkpoint, contents, examen, plants, succeed, talk, testdata};
use examen_fake_server::{FakeServer, Faults};
use std::{fs, path::Path, process::Command, time::Duration};
use tempfile::TempDir;

/// A folder with the questions of the sample in the review dataset `exam`.
pub(crate) fn reviewed() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let sample = testdata("distiset/sample");
    succeed(
        examen(folder.path())
            .args(["annotate", "--name", "exam", "--input"])
            .arg(sample),
    );
    folder
}

fn told(folder: &Path, words: &[&str], exit_code: i32) -> String {
    talk(examen(folder).args(words), exit_code)
}

fn assert_holds(told: &str, parts: &[&str]) {
    for part in parts {
        assert!(told.contains(part), "`{part}` is missing:\n{told}");
    }
}

#[test]
fn the_name_of_a_review_dataset_is_no_exam_yet() {
    let folder = reviewed();
    let model = checkpoint("llama3");
    let model = model.to_str().unwrap();
    let words = ["evaluate", "--model", model, "--dataset", "exam"];
    assert_holds(
        &told(folder.path(), &words, 1),
        &[
            "`exam` is the name of a review dataset in examen-data",
            "`examen publish --name exam` publishes it",
        ],
    );
    succeed(examen(folder.path()).args(["publish", "--name", "exam", "--include-unreviewed"]));
    assert_holds(&told(folder.path(), &words, 1), &["here: published"]);
}

#[test]
fn what_is_missing_or_something_else_is_answered_with_what_is_near() {
    let folder = reviewed();
    let here = folder.path();
    let model = checkpoint("llama3");
    let model = model.to_str().unwrap();
    let missing = told(
        here,
        &["evaluate", "--model", model, "--input", "nowhere"],
        1,
    );
    assert_holds(
        &missing,
        &[
            "there is no folder or file nowhere",
            "`examen publish` makes a published dataset",
        ],
    );
    let store = told(
        here,
        &["evaluate", "--model", model, "--input", "examen-data"],
        1,
    );
    assert_holds(
        &store,
        &["examen-data holds a review store, not a published dataset"],
    );
    let questions = told(here, &["annotate", "--input", "nowhere"], 1);
    assert_holds(
        &questions,
        &[
            "there is no folder or file nowhere",
            "`examen generate --model smollm2-135m` makes generated questions",
        ],
    );
    succeed(examen(here).args(["publish", "--name", "exam", "--include-unreviewed"]));
    let published = told(here, &["annotate", "--input", "published"], 1);
    assert_holds(
        &published,
        &["published holds a published dataset, not generated questions"],
    );
    for command in ["publish", "audit"] {
        let store = told(here, &[command, "--data", "nowhere"], 1);
        assert_holds(
            &store,
            &["there is no review store at nowhere", "here: examen-data"],
        );
    }
    let empty = tempfile::tempdir().unwrap();
    let store = told(empty.path(), &["publish"], 1);
    assert_holds(&store, &["hint: `examen annotate` makes a review store"]);
}

#[test]
fn a_change_of_accounts_makes_no_store() {
    let folder = tempfile::tempdir().unwrap();
    for change in [
        &["--add-user", "x"][..],
        &["--reset-password", "x"],
        &["--rotate-sealing-key"],
    ] {
        let words = [&["serve", "--data", "nodata"][..], change].concat();
        assert_holds(
            &told(folder.path(), &words, 1),
            &["there is no review store at nodata", "hint: "],
        );
    }
    assert_eq!(contents(folder.path()), []);
}

#[test]
fn a_wrong_model_is_told_first_and_what_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let hint = |words: &[&str]| told(folder.path(), words, 1);
    // There are no documents in `data` either, but the model was named by hand.
    let wrong = hint(&["generate", "--model-id", "M"]);
    assert_holds(
        &wrong,
        &["there is no model `M`", "a name from `examen models`"],
    );
    let vendor = hint(&["generate", "--model", "gpt-4o-mini"]);
    assert_holds(&vendor, &["--model gpt-4o-mini --provider openai"]);
    assert_holds(
        &hint(&["doctor", "--model", "claude-sonnet-4-5"]),
        &["--provider anthropic"],
    );
    assert_holds(
        &hint(&["generate", "--model", "llama3.2:3b"]),
        &["--provider ollama"],
    );
    assert_holds(
        &hint(&["evaluate", "--model", "gpt-4o"]),
        &["models behind a server cannot be graded"],
    );
    for command in ["generate", "evaluate", "score", "demo"] {
        let near = hint(&[command, "--model", "qwen2.5-7"]);
        assert_holds(&near, &["did you mean `qwen2.5-7b`?"]);
    }
    let documents = told(
        folder.path(),
        &[
            "generate",
            "--model",
            "m",
            "--base-url",
            "http://127.0.0.1:9/v1",
        ],
        1,
    );
    assert_holds(
        &documents,
        &[
            "there are no documents at data",
            "name your documents with --input",
        ],
    );
}

#[test]
fn a_variable_that_a_prompt_cannot_use_is_told_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    plants(folder.path(), 1);
    let generate = |prompts: &str| {
        told(
            folder.path(),
            &[
                "generate",
                "--input",
                "docs",
                "--model",
                "m",
                "--base-url",
                "http://127.0.0.1:9/v1",
                "--prompts",
                prompts,
            ],
            2,
        )
    };
    let prompts = |name: &str, text: &str| {
        let prompts = folder.path().join("prompts");
        fs::create_dir_all(&prompts).unwrap();
        fs::write(prompts.join("en.user.jinja"), "{{ passages[0] }}").unwrap();
        fs::write(prompts.join(name), text).unwrap();
        generate("prompts")
    };
    assert_holds(
        &prompts("en.user.jinja", "{{ passages[0] }}\n{{ brif }}"),
        &["en.user.jinja", "`brif`", "did you mean `brief`?"],
    );
    assert_holds(
        &prompts("en.system.jinja", "{{ passages }}"),
        &["en.system.jinja", "`passages`", "n_passages"],
    );
    fs::create_dir(folder.path().join("empty")).unwrap();
    assert_holds(
        &generate("empty"),
        &["empty", "holds no prompt", "hint: `examen prompts DIR`"],
    );
    assert_holds(&generate("nowhere"), &["nowhere"]);
}

#[test]
fn nobody_is_asked_about_an_address_that_they_did_not_give() {
    let folder = tempfile::tempdir().unwrap();
    plants(folder.path(), 1);
    // A proxy that is not there stands for a machine without a network.
    let mut command = examen(folder.path());
    command
        .args([
            "generate",
            "--input",
            "docs",
            "--model",
            "gpt-4o-mini",
            "--provider",
            "openai",
        ])
        .envs([
            ("HTTPS_PROXY", "http://127.0.0.1:9"),
            ("OPENAI_API_KEY", "key"),
        ]);
    let offline = talk(&mut command, 1);
    assert_holds(&offline, &["check the network"]);
    assert!(!offline.contains("--base-url"), "{offline}");
    let own = told(
        folder.path(),
        &[
            "generate",
            "--input",
            "docs",
            "--model",
            "m",
            "--base-url",
            "http://127.0.0.1:9/v1",
        ],
        1,
    );
    assert_holds(
        &own,
        &["is the server running, and is --base-url its address?"],
    );
}

#[test]
fn progress_is_told_in_lines_where_stderr_is_no_terminal() {
    let latency = Duration::from_secs(11);
    let server = FakeServer::start(
        0,
        Faults {
            latency,
            ..Faults::default()
        },
    )
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    plants(folder.path(), 1);
    let said = told(
        folder.path(),
        &[
            "generate",
            "--input",
            "docs",
            "--model",
            "m",
            "--base-url",
            &server.base_url(),
        ],
        0,
    );
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("writing questions"))
        .collect();
    assert!(lines.iter().any(|line| line.contains("(10 s")), "{said}");
    assert!(
        lines.len() >= 3,
        "its beginning, ten seconds later and its end: {said}"
    );
}

#[test]
fn the_version_has_the_commit_of_a_checkout() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .arg("-C")
            .arg(&root)
            .args(arguments)
            .output();
        output
            .ok()
            .filter(|output| output.status.success())
            .map(|output| String::from_utf8(output.stdout).unwrap().trim().to_owned())
    };
    let folder = tempfile::tempdir().unwrap();
    let version = succeed(examen(folder.path()).arg("--version"));
    let is_checkout = git(&["rev-parse", "--show-toplevel"])
        .is_some_and(|top| Path::new(&top).canonicalize().ok() == root.canonicalize().ok());
    let plain = format!("examen {}", env!("CARGO_PKG_VERSION"));
    let expected = match git(&["rev-parse", "--short=12", "HEAD"]).filter(|_| is_checkout) {
        Some(commit) => format!("{plain} ({commit})\n"),
        None => format!("{plain}\n"),
    };
    assert_eq!(version, expected);
}
