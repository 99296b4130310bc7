//! `generate --check-model`: what is asked of whom, and what is printed.

use crate::support::{examen, fail, plants, succeed};
use examen_fake_server::{FakeServer, Faults};
use serde_json::Value;

const N_DOCUMENTS: usize = 3;

fn server() -> FakeServer {
    FakeServer::start(0, Faults::default()).unwrap()
}

#[test]
fn a_second_model_checks_and_its_findings_are_printed() {
    let (writer, checker) = (server(), server());
    let folder = tempfile::tempdir().unwrap();
    plants(folder.path(), N_DOCUMENTS);
    let generate = |more: &[&str]| {
        let mut command = examen(folder.path());
        command.args([
            "generate",
            "--input-dir",
            "docs",
            "--output-path",
            "out",
            "--questions-per-chunk",
            "1",
        ]);
        command.args(["--model-id", "writer", "--base-url", &writer.base_url()]);
        command.args([
            "--check-model",
            "checker",
            "--check-base-url",
            &checker.base_url(),
        ]);
        command.args(more);
        command
    };
    let planned: Value =
        serde_json::from_str(&succeed(&mut generate(&["--dry-run", "--format", "json"]))).unwrap();
    assert_eq!(
        (&planned["checks"]["calls"], checker.counters().n_requests()),
        (&(13 * N_DOCUMENTS).into(), 0)
    );

    let printed = succeed(&mut generate(&[]));
    assert_eq!(
        (
            writer.counters().n_requests(),
            checker.counters().n_requests()
        ),
        (N_DOCUMENTS, 13 * N_DOCUMENTS)
    );
    insta::assert_snapshot!(
        "model_checks",
        printed.replace(&*folder.path().to_string_lossy(), "FOLDER")
    );

    let again: Value =
        serde_json::from_str(&succeed(&mut generate(&["--format", "json"]))).unwrap();
    assert_eq!(
        checker.counters().n_requests(),
        13 * N_DOCUMENTS,
        "a finished run asks nothing"
    );
    let checks = &again["model_checks"];
    assert_eq!(
        (&checks["model"], &checks["open_book"]["mean"]),
        (&"checker".into(), &1.0.into())
    );
    assert_eq!(checks["closed_minus_chance"]["questions"], N_DOCUMENTS);
    assert_eq!(again["spent"]["calls"], 0);
}

#[test]
fn what_both_models_spend_is_limited_together() {
    let server = server();
    let folder = tempfile::tempdir().unwrap();
    plants(folder.path(), N_DOCUMENTS);
    let mut command = examen(folder.path());
    command.args([
        "generate",
        "--input-dir",
        "docs",
        "--output-path",
        "out",
        "--questions-per-chunk",
        "1",
    ]);
    // Enough for every question, but not for all that their checks take.
    command.args(["--max-new-tokens", "100", "--max-tokens", "13000"]);
    command.args([
        "--model-id",
        "m",
        "--base-url",
        &server.base_url(),
        "--check-model",
        "m",
    ]);
    let talk = fail(&mut command, 3);
    assert!(
        talk.contains("the budget is used up") && server.counters().n_requests() > 1,
        "{talk}"
    );
}

#[test]
fn flags_of_the_checks_need_a_check_model_that_can_be() {
    let folder = tempfile::tempdir().unwrap();
    plants(folder.path(), 1);
    let generate = [
        "generate",
        "--input-dir",
        "docs",
        "--model-id",
        "m",
        "--base-url",
        "http://localhost:1/v1",
    ];
    let talk = fail(
        examen(folder.path())
            .args(generate)
            .args(["--checks", "open-book"]),
        2,
    );
    assert!(talk.contains("--check-model <MODEL>"), "{talk}");
    let talk = fail(
        examen(folder.path())
            .args(generate)
            .args(["--check-model", "c", "--checks", "open"]),
        2,
    );
    assert!(
        talk.contains("`open` is not a check (open-book, closed-book, options-only, stand-alone)"),
        "{talk}"
    );
    let talk = fail(
        examen(folder.path())
            .args(generate)
            .args(["--check-model", "c", "--check-orders", "25"]),
        2,
    );
    assert!(talk.contains("25 is not in 1..=24"), "{talk}");
}
