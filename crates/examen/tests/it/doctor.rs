//! `examen doctor`, and the flags by which a server is named, asked and paid.

use crate::support::{checkpoint, documents, examen, fail, succeed};
use examen_fake_server::{Abilities, Echo, EchoApi, FakeServer, Faults};
use serde_json::{Value, json};
use std::path::Path;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers};

/// A server that answers as it is told, for as long as it is kept.
struct Server {
    runtime: tokio::runtime::Runtime,
    server: MockServer,
}

impl Server {
    fn start(answer: impl Respond + 'static) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let server = runtime.block_on(async {
            let server = MockServer::start().await;
            Mock::given(matchers::any())
                .respond_with(answer)
                .mount(&server)
                .await;
            server
        });
        Self { runtime, server }
    }

    fn url(&self) -> String {
        let _inside = self.runtime.enter();
        format!("{}/v1", self.server.uri())
    }
}

fn models() -> ResponseTemplate {
    let list: Vec<Value> = [
        "small-chat",
        "large-chat",
        "large-chat-2",
        "embedder",
        "whisper",
        "painter",
    ]
    .map(|id| json!({"id": id, "max_model_len": 8192}))
    .into();
    ResponseTemplate::new(200)
        .set_body_json(json!({"object": "list", "data": list}))
        .insert_header("x-ratelimit-limit-requests", "500")
}

fn completion(text: &str, log_probs: Value) -> ResponseTemplate {
    // Enough of them for a speed.
    let usage = json!({"prompt_tokens": 7, "completion_tokens": 40});
    let choice =
        json!({"message": {"content": text}, "finish_reason": "stop", "logprobs": log_probs});
    ResponseTemplate::new(200).set_body_json(json!({"choices": [choice], "usage": usage}))
}

fn error(status: u16, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"error": {"message": message}}))
}

/// A server with everything that a chat can have.
fn good(request: &Request) -> ResponseTemplate {
    if request.method.as_str() == "GET" {
        return models();
    }
    let body: Value = request.body_json().unwrap();
    let top = json!([{"token": "B", "logprob": -0.1}, {"token": "A", "logprob": -3.0}]);
    let log_probs = match body["logprobs"].as_bool() {
        Some(true) => json!({"content": [{"token": "B", "logprob": -0.1, "top_logprobs": top}]}),
        _ => Value::Null,
    };
    let schema = &body["response_format"]["json_schema"]["schema"];
    match body["response_format"]["type"].as_str() {
        Some("json_schema") if !schema["properties"]["choice"].is_null() => {
            completion(r#"{"choice": "teal"}"#, log_probs)
        }
        Some("json_schema") => completion(r#"{"colour": "teal", "count": 3}"#, log_probs),
        Some("json_object") => completion("{}", log_probs),
        _ => completion("ready", log_probs),
    }
}

/// A server with nothing but words, and other ones at each call.
fn poor(request: &Request) -> ResponseTemplate {
    if request.method.as_str() == "GET" {
        return error(404, "no such page");
    }
    let body: Value = request.body_json().unwrap();
    match body["response_format"].is_null() && body["logprobs"].is_null() {
        true => completion(&format!("{:?}", std::time::Instant::now()), Value::Null),
        false => error(400, "response_format and logprobs are not supported"),
    }
}

fn doctor(folder: &Path, model: &str, url: &str) -> assert_cmd::Command {
    let mut command = examen(folder);
    command.args(["doctor", "--model-id", model, "--base-url", url]);
    command
}

/// What is printed, without what differs from run to run.
fn shown(text: &str, url: &str) -> String {
    let steady = text.replace(url, "http://server/v1");
    let lines = steady.lines().map(|line| match line.split_once("speed") {
        Some((mark, _)) => format!("{mark}speed …"),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_good_server_passes() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(good);
    let url = server.url();
    let talk = succeed(doctor(folder.path(), "large-chat", &url).env("OPENAI_API_KEY", "s3cret"));
    insta::assert_snapshot!("doctor_good", shown(&talk, &url));
    let report = succeed(doctor(folder.path(), "large-chat", &url).args(["--format", "json"]));
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(
        (&report["can_generate"], &report["server"]),
        (&json!(true), &json!(url))
    );
    assert_eq!(report["can_answer"], json!(["letters", "generate"]));
    let checks = report["checks"].as_array().unwrap();
    let failed = checks.iter().filter(|check| check["outcome"] != "passed");
    let failed: Vec<&Value> = failed.map(|check| &check["check"]).collect();
    assert_eq!(failed, [&json!("likelihood")], "{report}");
}

#[test]
fn a_refused_system_role_is_told_and_no_fault() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|request: &Request| {
        let body: Value = request.body_json().unwrap_or_default();
        let messages = body["messages"].as_array();
        let has_system = messages.is_some_and(|it| it.iter().any(|it| it["role"] == "system"));
        match has_system {
            true => error(400, "System role not supported"),
            false => good(request),
        }
    });
    let report =
        succeed(doctor(folder.path(), "small-chat", &server.url()).args(["--format", "json"]));
    let report: Value = serde_json::from_str(&report).unwrap();
    let (outcome, found) = found(&report, "system role");
    assert!(outcome == "failed" && found.contains("refused"), "{report}");
}

/// The report on a fake server with these abilities.
fn report(abilities: Abilities) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let server = FakeServer::start_with(0, Faults::default(), abilities).unwrap();
    let url = server.base_url();
    let report = succeed(doctor(folder.path(), "fake", &url).args(["--format", "json"]));
    serde_json::from_str(&report).unwrap()
}

fn found<'a>(report: &'a Value, name: &str) -> (&'a str, &'a str) {
    let checks = report["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["check"] == name).unwrap();
    let text = |field: &str| check[field].as_str().unwrap();
    (text("outcome"), text("found"))
}

#[test]
fn each_way_to_grade_a_server_is_found_or_said_to_be_missing() {
    let all = report(Abilities {
        echo: Some((EchoApi::OpenAi, Echo::Right)),
        top_log_probs: 20,
        ..Abilities::default()
    });
    assert_eq!(
        all["can_answer"],
        json!(["likelihood", "letters", "hybrid", "generate"])
    );
    assert!(
        found(&all, "likelihood")
            .1
            .contains("completions with echo")
    );
    let chats = report(Abilities::default());
    assert_eq!(chats["can_answer"], json!(["generate"]));
    assert_eq!(found(&chats, "letters").0, "failed");
    let free = report(Abilities {
        no_schema: true,
        ..Abilities::default()
    });
    assert_eq!(found(&free, "choice").0, "failed");
    assert_eq!(found(&free, "reply").0, "passed");
}

#[test]
fn a_wrong_echo_is_said_to_be_wrong() {
    for (echo, words) in [
        (Echo::ShiftedLeft, "the numbers are shifted"),
        (Echo::NoFirst, "leaves out the beginning"),
        (Echo::OnlyWritten, "only of the text that it writes"),
    ] {
        let report = report(Abilities {
            echo: Some((EchoApi::OpenAi, echo)),
            ..Abilities::default()
        });
        let (outcome, words_found) = found(&report, "likelihood");
        assert_eq!(outcome, "failed", "{echo:?}");
        assert!(words_found.contains(words), "{echo:?}: {words_found}");
    }
}

#[test]
fn a_poor_server_will_do_and_is_told_about() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(poor);
    let url = server.url();
    let report = succeed(doctor(folder.path(), "any", &url).args(["--format", "json"]));
    let report: Value = serde_json::from_str(&report).unwrap();
    let outcomes: Vec<String> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| {
            format!(
                "{} {}",
                check["check"].as_str().unwrap(),
                check["outcome"].as_str().unwrap()
            )
        })
        .collect();
    insta::assert_snapshot!("doctor_poor", outcomes.join("\n"));
}

#[test]
fn what_cannot_work_ends_with_one_and_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let no_key = Server::start(|_: &Request| error(401, "missing key"));
    let talk = fail(&mut doctor(folder.path(), "any", &no_key.url()), 1);
    assert!(
        talk.contains("error: generate cannot use `any`") && talk.contains("set OPENAI_API_KEY"),
        "{talk}"
    );

    let unknown = Server::start(|request: &Request| match request.method.as_str() {
        "GET" => models(),
        _ => error(404, "The model `large-chatt` does not exist"),
    });
    let report = doctor(folder.path(), "large-chatt", &unknown.url())
        .output()
        .unwrap();
    assert_eq!(report.status.code(), Some(1));
    let report = String::from_utf8(report.stdout).unwrap();
    assert!(
        report.contains("→ near it: large-chat, large-chat-2"),
        "{report}"
    );

    let talk = fail(
        &mut doctor(folder.path(), "any", "http://127.0.0.1:9/v1"),
        1,
    );
    assert!(talk.contains("is the server running"), "{talk}");
    let talk = fail(
        examen(folder.path()).args(["doctor", "--model-id", "no-such-model"]),
        1,
    );
    assert!(talk.contains("no-such-model"), "{talk}");
    let talk = fail(
        examen(folder.path()).args(["doctor", "--model-id", "m", "--provider", "azure"]),
        2,
    );
    assert!(talk.contains("--base-url"), "{talk}");
}

#[test]
fn a_local_model_is_looked_at_too() {
    let folder = tempfile::tempdir().unwrap();
    let model = checkpoint("llama3");
    let report = examen(folder.path())
        .args(["doctor", "--format", "json", "--model-id"])
        .arg(model)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    let check = |name: &str| {
        report["checks"]
            .as_array()
            .unwrap()
            .iter()
            .find(|check| check["check"] == name)
            .cloned()
    };
    assert_eq!(check("model").unwrap()["outcome"], "passed");
    assert_eq!(check("likelihood").unwrap()["outcome"], "passed");
}

#[test]
fn a_limit_of_cost_needs_a_price() {
    let folder = tempfile::tempdir().unwrap();
    documents(folder.path(), 1);
    let generate = |more: &[&str]| {
        let mut command = examen(folder.path());
        command.args([
            "generate",
            "--input-dir",
            "docs",
            "--dry-run",
            "--model-id",
            "m",
            "--max-cost",
            "1",
        ]);
        command
            .args(["--base-url", "https://llm.example.org"])
            .args(more);
        command
    };
    let talk = fail(&mut generate(&[]), 2);
    assert!(talk.contains("--price IN,OUT"), "{talk}");
    succeed(&mut generate(&["--price", "0.15,0.6"]));
    fail(&mut generate(&["--price", "cheap"]), 2);
    let list = r#"{"date": "2025-01-31", "source": "me", "models": [{"model": "m", "input": 1, "output": 2}]}"#;
    std::fs::write(folder.path().join("prices.json"), list).unwrap();
    succeed(&mut generate(&["--prices", "prices.json"]));
    let talk = fail(&mut generate(&["--prices", "nowhere.json"]), 2);
    assert!(talk.contains("nowhere.json"), "{talk}");
}

#[test]
fn a_bare_name_is_asked_of_hugging_face_where_there_is_a_token() {
    let folder = tempfile::tempdir().unwrap();
    documents(folder.path(), 1);
    let mut generate = examen(folder.path());
    generate
        .args([
            "generate",
            "--input-dir",
            "docs",
            "--dry-run",
            "--model-id",
            "org/name",
        ])
        .env("HF_TOKEN", "s3cret");
    let output = generate.output().unwrap();
    let talk = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.success() && talk.contains("Hugging Face's Inference Providers"),
        "{talk}"
    );
    assert!(!talk.contains("s3cret"));
}
