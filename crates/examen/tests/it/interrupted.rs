//! Ctrl-C in the middle of `generate`.

use crate::support::{examen_to_spawn, plants};
use examen_fake_server::{FakeServer, Faults};
use std::{
    process::{Command, Stdio},
    thread::sleep,
    time::Duration,
};

#[test]
fn ctrl_c_stops_cleanly_and_says_how_to_resume() {
    let server = FakeServer::start(
        0,
        Faults {
            latency: Duration::from_millis(50),
            ..Faults::default()
        },
    )
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    plants(folder.path(), 24);
    let mut run = examen_to_spawn(folder.path());
    run.args([
        "generate",
        "--input-dir",
        "docs",
        "--output-path",
        "out",
        "--model-id",
        "m",
    ])
    .args([
        "--base-url",
        &server.base_url(),
        "--concurrency",
        "2",
        "--max-concurrency",
        "2",
    ]);
    let run = run
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while server.counters().n_requests() < 4 {
        sleep(Duration::from_millis(5));
    }
    let interrupt = Command::new("kill")
        .args(["-INT", &run.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupt.success());
    let output = run.wait_with_output().unwrap();
    let talk = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{talk}");
    assert!(talk.contains("run the same command again"), "{talk}");
}
