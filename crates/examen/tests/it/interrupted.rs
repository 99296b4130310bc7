//! `kill -9` and Ctrl-C in the middle of `generate`: nothing is lost, nothing finished is asked twice.

use crate::{
    server::ChatServer,
    support::{documents, examen, examen_to_spawn, succeed},
};
use examen_core::Question;
use std::{
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

const N_DOCUMENTS: usize = 24;
const CONCURRENCY: usize = 2;

fn arguments(url: &str) -> Vec<String> {
    let concurrency = CONCURRENCY.to_string();
    ["generate", "--input-dir", "docs", "--output-path", "out", "--model-id", "m", "--questions-per-chunk", "1"]
        .into_iter()
        .chain(["--base-url", url, "--concurrency", &concurrency, "--max-concurrency", &concurrency])
        .map(str::to_owned)
        .collect()
}

fn questions(folder: &Path) -> Vec<Question> {
    examen_files::distiset::read_rows(&folder.join("out"), "questions", "train").unwrap()
}

/// Starts a run and waits until the server has been asked `n` times.
fn run_until(folder: &Path, server: &ChatServer, n: usize) -> Child {
    let mut run = examen_to_spawn(folder);
    run.args(arguments(&server.url())).stderr(Stdio::piped()).stdout(Stdio::null());
    let mut child = run.spawn().unwrap();
    while server.n_calls() < n {
        assert!(child.try_wait().unwrap().is_none(), "the run ended before call {n}");
        sleep(Duration::from_millis(5));
    }
    child
}

#[test]
fn a_killed_run_goes_on_where_it_was() {
    let server = ChatServer::start(Duration::from_millis(30));
    let uninterrupted = tempfile::tempdir().unwrap();
    documents(uninterrupted.path(), N_DOCUMENTS);
    succeed(examen(uninterrupted.path()).args(arguments(&server.url())));
    let expected = questions(uninterrupted.path());
    assert_eq!(expected.len(), N_DOCUMENTS);

    let killed = tempfile::tempdir().unwrap();
    documents(killed.path(), N_DOCUMENTS);
    let before = server.n_calls();
    for n in [5, 12, 19] {
        let mut run = run_until(killed.path(), &server, before + n);
        run.kill().unwrap();
        run.wait().unwrap();
    }
    succeed(examen(killed.path()).args(arguments(&server.url())));
    assert_eq!(questions(killed.path()), expected);
    let n_calls = server.n_calls() - before;
    assert!(n_calls <= N_DOCUMENTS + 3 * CONCURRENCY, "{n_calls} calls for {N_DOCUMENTS} documents and 3 kills");

    succeed(examen(killed.path()).args(arguments(&server.url())));
    assert_eq!(server.n_calls() - before, n_calls, "a finished run asks nothing");
}

#[test]
fn ctrl_c_stops_cleanly_and_says_how_to_resume() {
    let server = ChatServer::start(Duration::from_millis(50));
    let folder = tempfile::tempdir().unwrap();
    documents(folder.path(), N_DOCUMENTS);
    let run = run_until(folder.path(), &server, 4);
    let interrupt = Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    let output = run.wait_with_output().unwrap();
    let talk = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{talk}");
    assert!(talk.contains("run the same command again"), "{talk}");
}
