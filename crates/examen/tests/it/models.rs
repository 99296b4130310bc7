//! `examen models`, and what is fetched from a server that answers as the Hub does.

use crate::support::{checkpoint, examen, succeed, talk};
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

    /// What the last question about a file was asked with.
    fn last_token(&self) -> Option<String> {
        let requests = self.runtime.block_on(self.server.received_requests());
        let requests = requests.unwrap();
        let last = requests
            .iter()
            .rfind(|request| request.method.as_str() == "HEAD");
        let token = last.unwrap().headers.get("authorization")?;
        Some(token.to_str().unwrap().to_owned())
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

/// The files of a small checkpoint, with another `config.json`.
fn files(change: impl Fn(&mut Value)) -> Vec<(&'static str, Vec<u8>)> {
    let read = |name: &str| fs::read(checkpoint("qwen2").join(name)).unwrap();
    let mut config: Value = serde_json::from_slice(&read("config.json")).unwrap();
    change(&mut config);
    vec![
        ("config.json", config.to_string().into_bytes()),
        ("tokenizer.json", read("tokenizer.json")),
        ("tokenizer_config.json", read("tokenizer_config.json")),
        ("model.safetensors", read("model.safetensors")),
    ]
}

const REQUEST: &str = r#"{"context": "The", "continuations": [" river"]}"#;

#[test]
fn a_model_that_cannot_be_run_is_refused_before_its_weights_are_fetched() {
    let changes = [
        (
            "gptq",
            "quantization_config",
            json!({"quant_method": "gptq"}),
        ),
        ("mixtral", "model_type", json!("mixtral")),
        (
            "ForSequenceClassification",
            "architectures",
            json!(["Qwen2ForSequenceClassification"]),
        ),
    ];
    for (word, name, value) in changes {
        let hub = Hub::start("org/large", &files(|config| config[name] = value.clone()));
        let folder = tempfile::tempdir().unwrap();
        for command in [
            &["score", "--model", "hf:org/large"][..],
            &["models", "fetch", "hf:org/large"],
        ] {
            let mut command = {
                let mut examen = examen(folder.path());
                examen
                    .args(command)
                    .env("HF_ENDPOINT", hub.url())
                    .write_stdin(REQUEST);
                examen
            };
            let told = talk(&mut command, 1);
            assert!(
                told.contains("`hf:org/large` cannot be run here") && told.contains(word),
                "{told}"
            );
            assert!(told.contains("--base-url"), "{told}");
        }
        let fetched = hub.fetched();
        assert!(
            !fetched.iter().any(|file| file.contains("safetensors")),
            "{fetched:?}"
        );
    }
    let hub = Hub::start("org/small", &files(|_| {}));
    let folder = tempfile::tempdir().unwrap();
    let mut command = examen(folder.path());
    command
        .args(["score", "--model", "hf:org/small"])
        .env("HF_ENDPOINT", hub.url());
    assert!(succeed(command.write_stdin(REQUEST)).contains("log_probs"));
    let n_configs = hub
        .fetched()
        .iter()
        .filter(|file| file.starts_with("config.json"))
        .count();
    assert_eq!(
        n_configs, 1,
        "what was looked at first is not fetched again"
    );
}

#[test]
fn a_split_model_of_the_hub_comes_with_all_its_parts() {
    let read = |name: &'static str| {
        (
            name,
            fs::read(checkpoint("mistral-gguf-parts").join(name)).unwrap(),
        )
    };
    let parts = [
        "model-00001-of-00003.gguf",
        "model-00002-of-00003.gguf",
        "model-00003-of-00003.gguf",
    ]
    .map(read);
    let hub = Hub::start("org/split", &parts);
    for name in ["hf:org/split", "hf:org/split/model-00002-of-00003.gguf"] {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let mut command = examen(folder.path());
            command
                .args(["score", "--model", name])
                .env("HF_ENDPOINT", hub.url());
            assert!(succeed(command.write_stdin(REQUEST)).contains("log_probs"));
        }
    }
}

/// Fills a cache of `huggingface_hub` as that does.
fn shared_cache(hub: &std::path::Path, repository: &str, files: &[(&str, Vec<u8>)]) {
    let folder = hub.join(format!("models--{}", repository.replace('/', "--")));
    let snapshot = folder.join("snapshots").join(COMMIT);
    fs::create_dir_all(folder.join("refs")).unwrap();
    fs::create_dir_all(&snapshot).unwrap();
    fs::write(folder.join("refs/main"), COMMIT).unwrap();
    for (name, bytes) in files {
        fs::write(snapshot.join(name), bytes).unwrap();
    }
}

#[test]
fn what_other_programs_fetched_is_used_and_offline_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let score = |variables: &[(&str, &str)], name: &str| {
        let mut command = examen(folder.path());
        command
            .args(["score", "--model", name])
            .write_stdin(REQUEST);
        // Nobody answers there.
        command.env("HF_ENDPOINT", "http://127.0.0.1:9");
        variables.iter().for_each(|(name, value)| {
            command.env(name, value);
        });
        command
    };
    shared_cache(
        &folder.path().join("huggingface/hub"),
        "org/here",
        &files(|_| {}),
    );
    let mut half = files(|_| {});
    half[3] = ("model-00002-of-00003.safetensors", vec![0]);
    shared_cache(&folder.path().join("other"), "org/half", &half);
    for variables in [
        &[][..],
        &[("HF_HUB_OFFLINE", "1")],
        &[("TRANSFORMERS_OFFLINE", "yes")],
    ] {
        let printed = succeed(&mut score(variables, "hf:org/here"));
        assert!(printed.contains("log_probs"), "{printed}");
    }
    let named = format!("hf:org/here@{COMMIT}");
    assert!(succeed(&mut score(&[("HF_HUB_OFFLINE", "1")], &named)).contains("log_probs"));
    let told = talk(&mut score(&[("HF_HUB_OFFLINE", "1")], "hf:org/absent"), 1);
    assert!(
        told.contains("hf:org/absent is not on this machine, and HF_HUB_OFFLINE forbids"),
        "{told}"
    );
    let other = folder.path().join("other");
    let variables = [
        ("HF_HUB_OFFLINE", "on"),
        ("HF_HUB_CACHE", other.to_str().unwrap()),
    ];
    let told = talk(&mut score(&variables, "hf:org/half"), 1);
    assert!(
        told.contains(
            "there is no model-00001-of-00003.safetensors, model-00003-of-00003.safetensors"
        ),
        "{told}"
    );
}

#[test]
fn the_token_that_other_programs_left_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let hub = Hub::start("org/small", &files(|_| {}));
    fs::create_dir(folder.path().join("huggingface")).unwrap();
    fs::write(folder.path().join("huggingface/token"), "left\n").unwrap();
    fs::write(folder.path().join("elsewhere"), "named").unwrap();
    let fetch = |variables: &[(&str, &str)]| {
        let cache = tempfile::tempdir().unwrap();
        let mut command = examen(folder.path());
        command
            .args(["models", "fetch", "hf:org/small"])
            .env("HF_ENDPOINT", hub.url());
        command.env("EXAMEN_CACHE", cache.path());
        variables.iter().for_each(|(name, value)| {
            command.env(name, value);
        });
        succeed(&mut command);
        hub.last_token()
    };
    assert_eq!(fetch(&[]).as_deref(), Some("Bearer left"));
    assert_eq!(
        fetch(&[("HF_TOKEN_PATH", "elsewhere")]).as_deref(),
        Some("Bearer named")
    );
    assert_eq!(fetch(&[("HF_TOKEN", "own")]).as_deref(), Some("Bearer own"));
}
