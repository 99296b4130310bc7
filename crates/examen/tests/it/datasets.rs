//! Datasets of the Hub as documents, from a server that answers as the Hub does.

use crate::support::{examen, fail, questions, succeed};
use assert_cmd::Command;
use examen_fake_server::{FakeServer, Faults, N_FACTS, document};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, path::Path};
use tempfile::TempDir;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A Hub with the dataset `org/texts`; it stops when it goes out of scope.
struct Hub {
    runtime: tokio::runtime::Runtime,
    server: MockServer,
}

impl Hub {
    fn start() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let server = runtime.block_on(MockServer::start());
        let hub = Self { runtime, server };
        let rows = |from: u64| -> String {
            (from..from + 2)
                .map(|n| json!({"text": document(n)}).to_string() + "\n")
                .collect()
        };
        let files = [
            ("README.md", "# The card\n".to_owned()),
            ("data/a.jsonl", rows(0)),
            ("data/b.jsonl", rows(2)),
            ("notes.bin", "nothing".to_owned()),
        ];
        let entry = |(path, text): &(&str, String)| json!({"type": "file", "oid": "1", "size": text.len(), "path": path});
        let tree: Vec<Value> = files.iter().map(entry).collect();
        hub.answer(
            "/api/datasets/org/texts",
            ResponseTemplate::new(200).set_body_json(json!({"id": "org/texts", "sha": COMMIT})),
        );
        hub.answer(
            &format!("/api/datasets/org/texts/tree/{COMMIT}"),
            ResponseTemplate::new(200).set_body_json(tree),
        );
        for revision in [COMMIT, "v1"] {
            let info =
                ResponseTemplate::new(200).set_body_json(json!({"id": "org/texts", "sha": COMMIT}));
            hub.answer(
                &format!("/api/datasets/org/texts/revision/{revision}"),
                info,
            );
        }
        for (name, text) in &files {
            let address = format!("/datasets/org/texts/resolve/{COMMIT}/{name}");
            let head =
                ResponseTemplate::new(200).insert_header("x-linked-size", text.len().to_string());
            hub.mount(
                Mock::given(method("HEAD"))
                    .and(path(&address))
                    .respond_with(head),
            );
            hub.answer(
                &address,
                ResponseTemplate::new(200).set_body_string(text.as_str()),
            );
        }
        hub
    }

    fn answer(&self, address: &str, answer: ResponseTemplate) {
        self.mount(
            Mock::given(method("GET"))
                .and(path(address))
                .respond_with(answer),
        );
    }

    fn mount(&self, mock: Mock) {
        self.runtime.block_on(mock.mount(&self.server));
    }

    /// The files that were fetched.
    fn fetched(&self) -> BTreeSet<String> {
        let requests = self
            .runtime
            .block_on(self.server.received_requests())
            .unwrap();
        let files = requests
            .iter()
            .filter(|request| request.method.as_str() == "GET");
        let name = |request: &wiremock::Request| {
            Some(request.url.path().split_once("/resolve/")?.1[41..].to_owned())
        };
        files.filter_map(name).collect()
    }

    fn generate(&self, folder: &TempDir, input: &str) -> Command {
        let mut command = examen(folder.path());
        command.env("HF_ENDPOINT", self.server.uri());
        command.args([
            "generate",
            "--output-path",
            "out",
            "--model-id",
            "m",
            "--input-dir",
            input,
        ]);
        command
    }
}

const NOWHERE: [&str; 2] = ["--base-url", "http://127.0.0.1:9/v1"];

fn paths_asked_about(folder: &Path) -> Vec<String> {
    let mut paths: Vec<String> = questions(folder, "questions")
        .into_iter()
        .map(|row| row.document)
        .collect();
    paths.dedup();
    paths
}

#[test]
fn rows_of_a_dataset_are_documents_and_its_commit_is_written_down() {
    let (hub, folder, model) = (
        Hub::start(),
        tempfile::tempdir().unwrap(),
        FakeServer::start(0, Faults::default()).unwrap(),
    );
    let asked = |input: &str| {
        let mut command = hub.generate(&folder, input);
        let n_questions = N_FACTS.to_string();
        command.args([
            "--base-url",
            &model.base_url(),
            "--questions-per-chunk",
            &n_questions,
            "--chunk-tokens",
            "1024",
        ]);
        command
    };
    let output = asked("hf:org/texts/data/b*").output().unwrap();
    let talk = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{talk}");
    assert!(
        talk.starts_with(&format!(
            "note: hf:org/texts/data/b*@{COMMIT}: 1 of its 4 files are read, 0.0 MB, 0.0 MB to fetch\n"
        )),
        "{talk}"
    );
    assert_eq!(
        paths_asked_about(folder.path()),
        ["data/b.jsonl#1", "data/b.jsonl#2"]
    );
    assert_eq!(hub.fetched(), BTreeSet::from(["data/b.jsonl".to_owned()]));
    let pipeline =
        fs::read_to_string(folder.path().join("out/distiset_configs/pipeline.yaml")).unwrap();
    assert!(
        pipeline.contains(&format!("hf:org/texts/data/b*@{COMMIT}")),
        "{pipeline}"
    );
    assert!(
        !pipeline.contains(folder.path().to_str().unwrap()),
        "{pipeline}"
    );

    succeed(&mut asked("hf:org/texts"));
    assert_eq!(
        paths_asked_about(folder.path()),
        [
            "data/a.jsonl#1",
            "data/a.jsonl#2",
            "data/b.jsonl#1",
            "data/b.jsonl#2"
        ]
    );
    assert_eq!(
        model.counters().n_requests(),
        4,
        "the rows that were read before are the same documents"
    );

    let pinned = format!("hf:org/texts/data@{COMMIT}");
    let mut command = asked(&pinned);
    drop(hub);
    succeed(&mut command);
    assert_eq!(model.counters().n_requests(), 4);
}

#[test]
fn a_plan_says_what_is_fetched_and_too_much_is_refused() {
    let (hub, folder) = (Hub::start(), tempfile::tempdir().unwrap());
    let talk = fail(
        hub.generate(&folder, "hf:org/texts@v1")
            .args(NOWHERE)
            .args(["--max-download", "0"]),
        2,
    );
    assert!(
        talk.contains("error: 0.0 MB would have to be fetched, and --max-download allows 0 GB\n"),
        "{talk}"
    );
    assert!(talk.contains("hint: choose files with --include"), "{talk}");
    assert!(hub.fetched().is_empty());

    let mut command = hub.generate(&folder, "hf:org/texts@v1");
    command
        .args(NOWHERE)
        .args(["--dry-run", "--format", "json", "--exclude", "a.jsonl"]);
    let plan: Value = serde_json::from_str(&succeed(&mut command)).unwrap();
    assert_eq!(plan["documents"].as_array().unwrap().len(), 2);
    assert_eq!(hub.fetched(), BTreeSet::from(["data/b.jsonl".to_owned()]));
}

#[test]
fn what_cannot_be_read_says_what_to_do() {
    let (hub, folder) = (Hub::start(), tempfile::tempdir().unwrap());
    let gated = ResponseTemplate::new(403).insert_header("x-error-code", "GatedRepo");
    hub.answer("/api/datasets/org/gated", gated);
    let told = |input: &str, exit_code| fail(hub.generate(&folder, input).args(NOWHERE), exit_code);
    assert!(
        told("hf:texts", 2)
            .contains("hint: a dataset is named as on the Hub, with its owner: hf:ORG/NAME")
    );
    assert!(told("hf:org/gated", 1).contains("hint: it is gated: accept its conditions"));
    assert!(told("hf:org/missing", 1).contains("Repository not found"));
    let nothing = told("hf:org/texts/notes.bin", 1);
    assert!(
        nothing.contains("error: none of the 4 files of hf:org/texts/notes.bin@"),
        "{nothing}"
    );
    assert!(
        nothing.contains("hint: it holds README.md, data/a.jsonl, data/b.jsonl, notes.bin"),
        "{nothing}"
    );
}

#[test]
fn rows_of_a_task_file_come_from_the_hub_where_that_is_asked_for() {
    let (hub, folder) = (Hub::start(), tempfile::tempdir().unwrap());
    let rows = "{\"q\": \"Two?\", \"choices\": [\"one\", \"two\"], \"key\": 1}\n";
    let info =
        || ResponseTemplate::new(200).set_body_json(json!({"id": "org/rows", "sha": COMMIT}));
    hub.answer("/api/datasets/org/rows", info());
    hub.answer(&format!("/api/datasets/org/rows/revision/{COMMIT}"), info());
    let tree: Vec<Value> = ["en/test.jsonl", "es/test.jsonl"]
        .iter()
        .map(|path| json!({"type": "file", "oid": "1", "size": rows.len(), "path": path}))
        .collect();
    hub.answer(
        &format!("/api/datasets/org/rows/tree/{COMMIT}"),
        ResponseTemplate::new(200).set_body_json(tree),
    );
    let address = format!("/datasets/org/rows/resolve/{COMMIT}/en/test.jsonl");
    let head = ResponseTemplate::new(200).insert_header("x-linked-size", rows.len().to_string());
    hub.mount(
        Mock::given(method("HEAD"))
            .and(path(&address))
            .respond_with(head),
    );
    hub.answer(&address, ResponseTemplate::new(200).set_body_string(rows));
    let task = folder.path().join("task.yaml");
    let text = "task: two\ndataset_path: org/rows\ndataset_name: en\ntest_split: test\noutput_type: multiple_choice\n\
                doc_to_text: q\ndoc_to_choice: choices\ndoc_to_target: key\n";
    std::fs::write(&task, text).unwrap();
    let show = |more: &[&str]| {
        let mut command = examen(folder.path());
        command.env("HF_ENDPOINT", hub.server.uri());
        command
            .args(["tasks", "show", "--format", "json"])
            .arg(&task)
            .args(more);
        command
    };
    let output = show(&[]).output().unwrap();
    let talk = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        !output.status.success() && talk.contains("hf:ORG/NAME"),
        "{talk}"
    );
    assert!(
        hub.fetched().is_empty(),
        "nothing is fetched that nobody asked for"
    );
    let output = show(&["--dataset", "hf:org/rows"]).output().unwrap();
    let talk = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{talk}");
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(shown[0]["questions"][0]["choices"], json!([" one", " two"]));
}
