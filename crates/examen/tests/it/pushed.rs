//! `publish --repo-id`, `login`, `whoami` and `logout`, against a server that answers as the Hub does.

use crate::support::{examen, fail, plants, succeed, talk};
use assert_cmd::Command;
use examen_core::{ExamRow, Letter};
use examen_fake_server::{FakeServer, Faults};
use serde_json::{Value, json};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};
use tempfile::TempDir;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path},
};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const NEW: &str = "89abcdef0123456789abcdef0123456789abcdef";
const TOKEN: &str = "hf_writer";
const DATA: &str = "data/train-00000-of-00001.parquet";

/// A Hub on which `ana` may write to `org/set`; it stops when it goes out of scope.
struct Hub {
    runtime: tokio::runtime::Runtime,
    server: MockServer,
}

impl Hub {
    fn start() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let server = runtime.block_on(MockServer::start());
        let hub = Self { runtime, server };
        let whoami = Mock::given(method("GET"))
            .and(path("/api/whoami-v2"))
            .and(header("authorization", format!("Bearer {TOKEN}").as_str()));
        let account = json!({"type": "user", "name": "ana", "orgs": [{"name": "org"}]});
        hub.mount(whoami.respond_with(ResponseTemplate::new(200).set_body_json(account)));
        hub
    }

    fn mount(&self, mock: Mock) {
        self.runtime.block_on(mock.mount(&self.server));
    }

    fn answers(&self, verb: &str, at: &str, answer: ResponseTemplate) {
        let asked = Mock::given(method(verb)).and(path(at));
        self.mount(asked.respond_with(answer));
    }

    fn json(&self, verb: &str, at: &str, body: Value) {
        self.answers(verb, at, ResponseTemplate::new(200).set_body_json(body));
    }

    /// What a push asks for, but for the repository itself.
    fn takes_pushes(&self) {
        self.json(
            "POST",
            "/api/datasets/org/set/preupload/main",
            json!({"files": []}),
        );
        self.json(
            "POST",
            "/api/datasets/org/set/commit/main",
            json!({"commitOid": NEW}),
        );
    }

    /// The repository holds these files.
    fn holds(&self, files: &[(&str, Vec<u8>)]) {
        let exists = ResponseTemplate::new(409).set_body_json(json!({"error": "it exists"}));
        self.answers("POST", "/api/repos/create", exists);
        self.json("GET", "/api/datasets/org/set", json!({"sha": COMMIT}));
        self.json(
            "GET",
            &format!("/api/datasets/org/set/revision/{COMMIT}"),
            json!({"sha": COMMIT}),
        );
        let entry = |(path, bytes): &(&str, Vec<u8>)| json!({"type": "file", "path": path, "size": bytes.len()});
        let tree: Vec<Value> = files.iter().map(entry).collect();
        self.json(
            "GET",
            &format!("/api/datasets/org/set/tree/{COMMIT}"),
            json!(tree),
        );
        for (path, bytes) in files {
            let at = format!("/datasets/org/set/resolve/{COMMIT}/{path}");
            let size = bytes.len().to_string();
            let head = ResponseTemplate::new(200).insert_header("x-linked-size", size.as_str());
            self.answers("HEAD", &at, head);
            let body = ResponseTemplate::new(200).set_body_bytes(bytes.clone());
            self.answers("GET", &at, body);
        }
    }

    /// Paths of the files in the one commit, and its parent.
    fn commit(&self) -> (Vec<String>, Value) {
        let requests = self.runtime.block_on(self.server.received_requests());
        let requests = requests.unwrap();
        let mut commits = requests
            .iter()
            .filter(|request| request.url.path() == "/api/datasets/org/set/commit/main");
        let body = &commits.next().unwrap().body;
        assert!(commits.next().is_none());
        let lines: Vec<Value> = std::str::from_utf8(body)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let path = |line: &Value| Some(line["value"]["path"].as_str()?.to_owned());
        (
            lines.iter().filter_map(path).collect(),
            lines[0]["value"]["parentCommit"].clone(),
        )
    }

    fn n_changes(&self) -> usize {
        let requests = self.runtime.block_on(self.server.received_requests());
        let is_change = |request: &&wiremock::Request| request.method.as_str() != "GET";
        let is_head = |request: &&wiremock::Request| request.method.as_str() == "HEAD";
        let requests = requests.unwrap();
        requests.iter().filter(is_change).count() - requests.iter().filter(is_head).count()
    }

    fn examen(&self, folder: &Path) -> Command {
        let mut command = examen(folder);
        command.env("HF_ENDPOINT", self.server.uri());
        command
    }

    fn publish(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = self.examen(folder);
        command
            .env("HF_TOKEN", TOKEN)
            .args(["publish", "--include-unreviewed", "--repo-id", "org/set"])
            .args(arguments);
        command
    }
}

/// A folder with a review dataset of a few questions.
fn reviewed() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    plants(here, 3);
    let server = FakeServer::start(0, Faults::default()).unwrap();
    succeed(
        examen(here)
            .args(["generate", "--input", "docs", "--model", "m"])
            .args(["--base-url", &server.url()]),
    );
    succeed(examen(here).arg("annotate"));
    folder
}

#[test]
fn a_new_repository_is_made_and_all_files_are_in_one_commit() {
    let (folder, hub) = (reviewed(), Hub::start());
    let missing = ResponseTemplate::new(404).insert_header("x-error-code", "RepoNotFound");
    let asked = Mock::given(method("GET")).and(path("/api/datasets/org/set"));
    hub.mount(asked.respond_with(missing).up_to_n_times(1));
    hub.json("GET", "/api/datasets/org/set", json!({"sha": COMMIT}));
    hub.json("POST", "/api/repos/create", json!({"url": "http://x"}));
    hub.takes_pushes();
    let told = talk(&mut hub.publish(folder.path(), &[]), 0);
    assert!(
        told.contains(&format!(
            "pushed to {}/datasets/org/set, a new private repository",
            hub.server.uri()
        )),
        "{told}"
    );
    assert!(told.contains(&format!("commit {NEW}")), "{told}");
    let (mut paths, parent) = hub.commit();
    paths.sort();
    let here = folder.path().join("published");
    let mut written: Vec<String> = crate::support::contents(&here)
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    written.sort();
    assert_eq!(paths, written);
    assert_eq!(parent, COMMIT);
    let card = fs::read_to_string(here.join("README.md")).unwrap();
    assert!(
        card.contains("load_dataset(\"org/set\", split=\"train\")"),
        "{card}"
    );
}

#[test]
fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let folder = reviewed();
    let here = folder.path();
    succeed(examen(here).args(["publish", "--include-unreviewed", "--output", "before"]));
    let mut rows: Vec<ExamRow> =
        examen_files::table::read_parquet(&here.join("before").join(DATA)).unwrap();
    assert!(rows.len() > 3, "{}", rows.len());
    let other = match rows[0].correct_answer {
        Letter::A => Letter::B,
        _ => Letter::A,
    };
    rows[0].correct_answer = other;
    rows[1].question_id = "another".to_owned();
    rows.pop();
    let bytes = examen_files::table::encode_parquet(&rows).unwrap().bytes;
    let hub = Hub::start();
    hub.holds(&[(DATA, bytes)]);
    let shown = succeed(&mut hub.publish(here, &["--dry-run"]));
    let unchanged = rows.len() - 2;
    assert!(
        shown.contains(&format!(
            "on the Hub: 2 rows added, 1 changed, 1 gone, {unchanged} as they were"
        )),
        "{shown}"
    );
    assert!(
        shown.contains(&format!("another key: {}", rows[0].question)),
        "{shown}"
    );
    let json = succeed(&mut hub.publish(here, &["--dry-run", "--format", "json"]));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["changes"]["keys"].as_array().unwrap().len(), 1);
    assert_eq!(hub.n_changes(), 0);
    assert!(!here.join("published").exists());
}

#[test]
fn rows_of_somebody_else_are_not_mixed_with_ours() {
    let (folder, hub) = (reviewed(), Hub::start());
    hub.holds(&[("data/more.parquet", b"rows".to_vec())]);
    let told = fail(&mut hub.publish(folder.path(), &[]), 1);
    assert!(
        told.contains("error: org/set holds data/more.parquet"),
        "{told}"
    );
    assert_eq!(hub.n_changes(), 0);
    assert!(!folder.path().join("published").exists());
}

#[test]
fn what_cannot_be_pushed_is_refused_before_anything_is_written() {
    let (folder, hub) = (reviewed(), Hub::start());
    let here = folder.path();
    let told = fail(hub.publish(here, &[]).env_remove("HF_TOKEN"), 2);
    assert!(told.contains("hint: log in with `examen login`"), "{told}");
    let told = fail(hub.publish(here, &[]).env("HF_HUB_OFFLINE", "1"), 2);
    assert!(told.contains("HF_HUB_OFFLINE"), "{told}");
    let refused = ResponseTemplate::new(401).set_body_json(json!({"error": "Invalid token"}));
    hub.answers("GET", "/api/whoami-v2", refused);
    let told = fail(hub.publish(here, &[]).env("HF_TOKEN", "hf_old"), 1);
    assert!(told.contains("not valid (any more)"), "{told}");
    let mut alone = hub.examen(here);
    let told = fail(alone.args(["publish", "--public"]), 2);
    assert!(told.contains("--public is of a push"), "{told}");
    assert!(!here.join("published").exists());
    assert_eq!(hub.n_changes(), 0);
}

#[test]
fn a_token_is_kept_shown_and_forgotten() {
    let (folder, hub) = (tempfile::tempdir().unwrap(), Hub::start());
    let here = folder.path();
    let file = here.join("huggingface/token");
    let told = talk(
        hub.examen(here)
            .arg("login")
            .write_stdin(format!("{TOKEN}\n")),
        0,
    );
    assert!(told.contains("logged in as ana at "), "{told}");
    assert!(!told.contains(TOKEN), "{told}");
    assert_eq!(fs::read_to_string(&file).unwrap(), TOKEN);
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let account = succeed(hub.examen(here).args(["whoami", "--format", "json"]));
    let account: Value = serde_json::from_str(&account).unwrap();
    assert_eq!(account["name"], "ana");
    assert_eq!(account["organizations"], json!(["org"]));
    succeed(hub.examen(here).arg("logout"));
    assert!(!file.exists());
    let told = fail(hub.examen(here).arg("whoami"), 1);
    assert!(told.contains("asks for a token"), "{told}");
}

#[test]
fn a_token_that_the_hub_does_not_take_is_not_kept() {
    let (folder, hub) = (tempfile::tempdir().unwrap(), Hub::start());
    let here = folder.path();
    for (typed, exit_code) in [("hf_wrong", 1), ("", 2), ("two words", 2)] {
        let told = fail(hub.examen(here).arg("login").write_stdin(typed), exit_code);
        assert!(told.contains("hint: "), "{told}");
    }
    assert!(!here.join("huggingface/token").exists());
}

#[test]
fn results_are_proposed_to_the_models_repository() {
    let (folder, hub) = (tempfile::tempdir().unwrap(), Hub::start());
    let here = folder.path();
    let exam: String = (0..4)
        .map(|n| {
            json!({"question": format!("{n}?"), "choices": ["a", "b"], "answer": n % 2}).to_string()
                + "\n"
        })
        .collect();
    fs::write(here.join("exam.jsonl"), exam).unwrap();
    hub.json("GET", "/api/models/org/small", json!({"sha": COMMIT}));
    hub.json(
        "POST",
        "/api/models/org/small/preupload/main",
        json!({"files": []}),
    );
    let made = json!({"commitOid": NEW, "pullRequestUrl": "http://x/discussions/7"});
    hub.json("POST", "/api/models/org/small/commit/main", made);
    let server = FakeServer::start(0, Faults::default()).unwrap();
    let evaluate = |push: &[&str]| {
        let mut command = hub.examen(here);
        command
            .env("HF_TOKEN", TOKEN)
            .args(["evaluate", "--model", "small", "--base-url", &server.url()])
            .args(["--input", "exam.jsonl", "--answer", "generate"])
            .args(["--hub-dataset", "org/exam"])
            .args(push);
        command
    };
    let told = talk(&mut evaluate(&["--push", "org/small"]), 0);
    assert!(
        told.contains("proposed the results: http://x/discussions/7"),
        "{told}"
    );
    let requests = hub
        .runtime
        .block_on(hub.server.received_requests())
        .unwrap();
    let commit = requests
        .iter()
        .find(|request| request.url.path() == "/api/models/org/small/commit/main")
        .unwrap();
    assert_eq!(commit.url.query(), Some("create_pr=1"));
    let body = std::str::from_utf8(&commit.body).unwrap();
    assert!(
        body.contains("\".eval_results/exam_questions_generate.yaml\""),
        "{body}"
    );

    let told = fail(&mut evaluate(&["--push"]), 2);
    assert!(told.contains("--push does not say where to"), "{told}");
    let told = fail(evaluate(&["--push", "org/small"]).env_remove("HF_TOKEN"), 1);
    assert!(told.contains("examen login"), "{told}");
}
