//! `examen hub`: the program with which others push and load, and our own commands on it.

use crate::support::{contents, examen, examen_to_spawn, fail, plants, succeed, talk};
use examen_fake_server::{FakeServer, Faults};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
};

const TOKEN: &str = "hf_owner_0123456789abcdef";

/// A hub in the folder `hub`; it stops when it goes out of scope.
struct Hub {
    child: Child,
    url: String,
}

impl Hub {
    fn start(folder: &Path) -> Self {
        let mut command = examen_to_spawn(folder);
        command.args(["hub", "--data", "hub", "--port", "0", "--username", "org"]);
        let mut child = command
            .args(["--token", TOKEN])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap())
            .lines()
            .map(|line| line.unwrap());
        let line = said.find(|line| line.contains("hub at ")).unwrap();
        let url = line
            .split("hub at ")
            .nth(1)
            .and_then(|rest| rest.split_whitespace().next())
            .unwrap();
        let url = url.to_owned();
        // What it says later has somewhere to go.
        std::thread::spawn(move || said.for_each(drop));
        Self { child, url }
    }

    fn examen(&self, folder: &Path) -> assert_cmd::Command {
        let mut command = examen(folder);
        command.env("HF_ENDPOINT", &self.url).env("HF_TOKEN", TOKEN);
        command
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The whole way of a set: pushed, looked at, pushed again with fewer rows, evaluated from there.
#[test]
fn a_set_is_published_to_a_hub_of_ones_own_and_loaded_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    plants(here, 3);
    let server = FakeServer::start(0, Faults::default()).unwrap();
    let mut generate = examen(here);
    succeed(generate.args([
        "generate",
        "--input",
        "docs",
        "--model",
        "m",
        "--base-url",
        &server.url(),
    ]));
    succeed(examen(here).arg("annotate"));
    let hub = Hub::start(here);
    assert!(succeed(hub.examen(here).arg("whoami")).contains("org"));
    let publish = |more: &[&str]| {
        let mut command = hub.examen(here);
        command
            .args(["publish", "--include-unreviewed", "--repo-id", "org/set"])
            .args(more);
        command
    };
    let told = talk(&mut publish(&[]), 0);
    assert!(told.contains("a new private repository"), "{told}");
    let told = succeed(&mut publish(&["--dry-run"]));
    assert!(
        told.contains("on the Hub: 0 rows added, 0 changed, 0 gone"),
        "{told}"
    );
    let told = talk(&mut publish(&["--license", "CC-BY-4.0", "--tag", "v1"]), 0);
    assert!(told.contains("commit "), "{told}");
    let evaluated = hub
        .examen(here)
        .args([
            "evaluate",
            "--model",
            "m",
            "--base-url",
            &server.url(),
            "--answer",
            "generate",
            "--dataset",
            "hf:org/set@v1",
            "--format",
            "json",
        ])
        .output()
        .unwrap();
    assert!(
        evaluated.status.success(),
        "{}",
        String::from_utf8_lossy(&evaluated.stderr)
    );
    let repository = here.join("hub/repositories/datasets/org/set");
    // Another hub takes it over from this one.
    let told = talk(
        hub.examen(here)
            .args(["hub", "import", "hf:org/set@v1", "--data", "other"]),
        0,
    );
    assert!(told.contains("dataset org/set: "), "{told}");
    assert!(
        here.join("other/repositories/datasets/org/set/packed-refs")
            .exists()
    );
    assert!(
        fs::read_to_string(repository.join("packed-refs"))
            .unwrap()
            .contains("refs/tags/v1")
    );
}

#[test]
fn a_folder_is_imported_and_what_nobody_has_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::create_dir_all(here.join("set/data")).unwrap();
    fs::write(here.join("set/README.md"), "# A set\n").unwrap();
    fs::write(here.join("set/data/rows.parquet"), b"rows").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", here.join("set/link")).unwrap();
    let told = talk(
        examen(here).args(["hub", "import", "set", "org/set", "--data", "hub"]),
        0,
    );
    assert!(
        told.contains("dataset org/set: 2 files") && told.contains("left out: set/link"),
        "{told}"
    );
    let told = talk(
        examen(here).args(["hub", "clean", "--data", "hub", "--keep-hours", "0"]),
        0,
    );
    assert!(told.contains("removed 0 files"), "{told}");
    for wrong in ["set", "../set/x", "api/set"] {
        fail(
            examen(here).args(["hub", "import", "set", wrong, "--data", "hub"]),
            2,
        );
    }
    let hub = Hub::start(here);
    let beside = fail(examen(here).args(["hub", "clean", "--data", "hub"]), 1);
    assert!(
        beside.contains("another process has this folder"),
        "{beside}"
    );
    drop(hub);
    assert!(
        contents(&here.join("hub"))
            .iter()
            .any(|(path, _)| path.contains("large/plain/"))
    );
}

#[test]
fn tokens_are_made_listed_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let hub = |arguments: &[&str]| {
        let mut command = examen(here);
        command.args(["hub", "token"]).args(arguments);
        command
    };
    let told = talk(&mut hub(&["add", "ben", "--read"]), 0);
    assert!(told.contains("token of `ben`, to read: hf_"), "{told}");
    let list = succeed(&mut hub(&["list"]));
    assert!(list.contains("ben") && list.contains("read"), "{list}");
    let kept = fs::read_to_string(here.join("examen-hub/tokens.json")).unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    let token = told
        .split("hf_")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next())
        .unwrap();
    assert!(!kept.to_string().contains(token), "only its hash is kept");
    fail(&mut hub(&["add", "../x"]), 2);
    fail(&mut hub(&["remove", "nobody"]), 2);
    talk(&mut hub(&["remove", "ben"]), 0);
    let short = fail(
        examen(here).args(["hub", "--port", "0", "--token", "short"]),
        2,
    );
    assert!(short.contains("fewer than 16 characters"), "{short}");
}
