//! `examen models`, and what is fetched from a server that answers as the Hub does.

use crate::support::{examen, succeed, talk};
use serde_json::{Value, json};
use std::fs;
use tokio::runtime::Runtime;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A Hub with one model of these files; it stops when it goes out of scope.
pub(crate) struct Hub {
    runtime: Runtime,
    server: MockServer,
}

impl Hub {
    pub(crate) fn start(repository: &str, files: &[(&str, Vec<u8>)]) -> Self {
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(MockServer::start());
        let hub = Self { runtime, server };
        let info = json!({"id": repository, "sha": COMMIT});
        hub.answer(
            "GET",
            &format!("/api/models/{repository}"),
            ResponseTemplate::new(200).set_body_json(info),
        );
        let tree: Vec<Value> = files
            .iter()
            .map(|(path, bytes)| json!({"type": "file", "oid": "1", "size": bytes.len(), "path": path}))
            .collect();
        hub.answer(
            "GET",
            &format!("/api/models/{repository}/tree/{COMMIT}"),
            ResponseTemplate::new(200).set_body_json(tree),
        );
        for (name, bytes) in files {
            let address = format!("/{repository}/resolve/{COMMIT}/{name}");
            let head =
                ResponseTemplate::new(200).insert_header("x-linked-size", bytes.len().to_string());
            hub.answer("HEAD", &address, head);
            let bytes = bytes.clone();
            let ranged = move |request: &wiremock::Request| {
                let range = request
                    .headers
                    .get("range")
                    .and_then(|range| range.to_str().ok());
                let Some((start, end)) =
                    range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-'))
                else {
                    return ResponseTemplate::new(200).set_body_bytes(bytes.clone());
                };
                let (start, end): (usize, usize) = (start.parse().unwrap(), end.parse().unwrap());
                ResponseTemplate::new(206).set_body_bytes(&bytes[start..bytes.len().min(end + 1)])
            };
            let mock = Mock::given(method("GET"))
                .and(path(&address))
                .respond_with(ranged);
            hub.runtime.block_on(mock.mount(&hub.server));
        }
        hub
    }

    fn answer(&self, verb: &str, address: &str, answer: ResponseTemplate) {
        let mock = Mock::given(method(verb))
            .and(path(address))
            .respond_with(answer);
        self.runtime.block_on(mock.mount(&self.server));
    }

    pub(crate) fn url(&self) -> String {
        self.server.uri()
    }

    /// Bytes of the files that were fetched.
    pub(crate) fn fetched(&self) -> Vec<String> {
        let requests = self
            .runtime
            .block_on(self.server.received_requests())
            .unwrap();
        requests
            .iter()
            .filter(|request| {
                request.method.as_str() == "GET" && request.url.path().contains("/resolve/")
            })
            .map(|request| {
                let range = request
                    .headers
                    .get("range")
                    .map_or("whole", |range| range.to_str().unwrap());
                format!("{} {range}", request.url.path().rsplit('/').next().unwrap())
            })
            .collect()
    }
}

#[test]
fn small_models_have_short_names_licences_and_hashes() {
    let folder = tempfile::tempdir().unwrap();
    let list = succeed(examen(folder.path()).args(["models", "--format", "json"]));
    let list: Vec<Value> = serde_json::from_str(&list).unwrap();
    let names: Vec<&str> = list
        .iter()
        .map(|model| model["name"].as_str().unwrap())
        .collect();
    for name in [
        "smollm2-135m",
        "smollm2-1.7b",
        "qwen2.5-7b",
        "qwen3-4b",
        "llama3.2-3b",
        "gemma3-4b",
    ] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    for model in &list {
        assert_eq!(model["sha256"].as_str().unwrap().len(), 64, "{model}");
        assert!(!model["licence"].as_str().unwrap().is_empty(), "{model}");
    }
}

#[test]
fn a_file_with_another_hash_is_refused_and_kept_aside() {
    let file = "qwen2.5-0.5b-instruct-q4_k_m.gguf";
    let hub = Hub::start(
        "Qwen/Qwen2.5-0.5B-Instruct-GGUF",
        &[(file, b"something else".to_vec())],
    );
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("docs")).unwrap();
    fs::write(
        folder.path().join("docs/a.txt"),
        "The heart pumps blood through the body.",
    )
    .unwrap();
    // The short name works wherever a model is named, and the hash is checked there too.
    for command in [
        &["models", "fetch", "qwen2.5-0.5b"][..],
        &["generate", "--input", "docs", "--model", "qwen2.5-0.5b"],
    ] {
        let told = talk(
            examen(folder.path())
                .env("HF_ENDPOINT", hub.url())
                .args(command),
            1,
        );
        assert!(
            told.contains("74a4da8c9fdbcd15bd1f6d01d621410d31c6fc00986f5eb687824e7b93d7a9db"),
            "{told}"
        );
        assert!(
            told.contains("hint: the file was damaged on its way, or has been replaced"),
            "{told}"
        );
        let kept = folder.path().join("cache/refused/qwen2.5-0.5b").join(file);
        assert_eq!(fs::read(&kept).unwrap(), b"something else");
        assert!(told.contains(kept.to_str().unwrap()), "{told}");
    }
    let listed = succeed(examen(folder.path()).args(["models", "--format", "json"]));
    let listed: Vec<Value> = serde_json::from_str(&listed).unwrap();
    assert!(
        listed.iter().all(|model| model["path"].is_null()),
        "{listed:?}"
    );
}

#[test]
fn a_hub_that_cannot_be_reached_is_no_mystery() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = examen(folder.path());
    command
        .args(["models", "fetch", "qwen2.5-0.5b"])
        .env("HF_ENDPOINT", "http://127.0.0.1:9");
    let told = talk(&mut command, 1);
    assert!(
        told.contains("hint: is there a network? HF_ENDPOINT names another address"),
        "{told}"
    );
}
