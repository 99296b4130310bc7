//! An OpenAI-compatible server for tests: it quotes the passage that it is asked about, answers the questions that it
//! wrote, and counts.

use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers};

/// A running server; it stops when it goes out of scope.
pub(crate) struct ChatServer {
    runtime: tokio::runtime::Runtime,
    server: MockServer,
    n_calls: Arc<AtomicUsize>,
}

impl ChatServer {
    /// Answers each call after `delay`.
    pub(crate) fn start(delay: Duration) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let n_calls = Arc::new(AtomicUsize::new(0));
        let answer = Answer { delay, n_calls: n_calls.clone() };
        let server = runtime.block_on(async {
            let server = MockServer::start().await;
            Mock::given(matchers::path("/v1/chat/completions")).respond_with(answer).mount(&server).await;
            server
        });
        Self { runtime, server, n_calls }
    }

    pub(crate) fn url(&self) -> String {
        let _inside = self.runtime.enter();
        format!("{}/v1", self.server.uri())
    }

    /// Calls so far.
    pub(crate) fn n_calls(&self) -> usize {
        self.n_calls.load(Ordering::SeqCst)
    }
}

struct Answer {
    delay: Duration,
    n_calls: Arc<AtomicUsize>,
}

impl Respond for Answer {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.n_calls.fetch_add(1, Ordering::SeqCst);
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let prompt = body["messages"].as_array().unwrap().last().unwrap()["content"].as_str().unwrap();
        let schema = &body["response_format"]["json_schema"]["schema"];
        if let Some(answers) = schema["properties"]["answer"]["enum"].as_array() {
            return completion(&json!({ "answer": chosen(prompt, answers) }), self.delay);
        }
        let passage = prompt.split("<passage>").nth(1).unwrap().split("</passage>").next().unwrap().trim();
        let quote = passage.split_inclusive(". ").next().unwrap().trim();
        let exam = json!({"exam": [{
            "quote": quote,
            "question": format!("Which statement is true of what begins with {}?", &quote[..24]),
            "answer": format!("{} is right", &quote[..24]),
            "distractors": ["It is dry all year", "It is longer than any other", "It has no name"],
        }]});
        completion(&exam, self.delay)
    }
}

fn completion(content: &Value, delay: Duration) -> ResponseTemplate {
    let reply = json!({
        "choices": [{"message": {"role": "assistant", "content": content.to_string()}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 50},
    });
    ResponseTemplate::new(200).set_body_json(reply).set_delay(delay)
}

/// What it answers to check a question: the key with the passage before it, else the first answer.
fn chosen(prompt: &str, answers: &[Value]) -> String {
    let key = prompt.lines().find(|line| prompt.contains("<passage>") && line.ends_with(" is right"));
    key.map_or_else(|| answers[0].as_str().unwrap().to_owned(), |line| line[..1].to_owned())
}
