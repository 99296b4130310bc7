//! Servers and models that do as they are told, and gates that do not keep a test waiting.

use examen_llm::{
    BoxFuture, ChatError, ChatModel, ChatReply, ChatRequest, FinishReason, Gate, GateOptions,
    Message, RetryPolicy, Role, Sampling, Usage,
    backends::{Preset, Remote, ServerOptions},
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{method, path},
};

const MILLISECOND: Duration = Duration::from_millis(1);

pub(crate) fn quick_retry() -> RetryPolicy {
    let (first_delay, longest_delay) = (MILLISECOND, 2 * MILLISECOND);
    RetryPolicy {
        max_retries: 3,
        first_delay,
        longest_delay,
        ..RetryPolicy::default()
    }
}

pub(crate) fn quick_gate_options(start: usize) -> GateOptions {
    GateOptions {
        first_hold: MILLISECOND,
        longest_hold: 5 * MILLISECOND,
        ..GateOptions::new(start)
    }
}

pub(crate) fn quick_gate() -> Arc<Gate> {
    Arc::new(Gate::new(quick_gate_options(8)))
}

pub(crate) fn request(text: &str) -> ChatRequest {
    let messages = vec![Message {
        role: Role::User,
        content: text.into(),
    }];
    ChatRequest {
        messages,
        constraint: None,
        sampling: Sampling::greedy(100),
    }
}

/// A model behind the vendor's preset.
pub(crate) fn connect(vendor: &str, options: &ServerOptions) -> Remote {
    let preset = Preset::named(vendor).expect("a preset");
    Remote::connect(preset.api, options).expect("good options")
}

/// The options of a model that needs a key.
pub(crate) fn with_key(base_url: &str, model: &str) -> ServerOptions {
    ServerOptions {
        api_key: Some("s3cret".to_owned()),
        ..ServerOptions::new(base_url, model)
    }
}

pub(crate) fn status(status: u16, retry_after: Option<Duration>) -> ChatError {
    ChatError::Status {
        url: "http://here".to_owned(),
        status,
        body: "injected".to_owned(),
        retry_after,
    }
}

pub(crate) fn reply(usage: Usage) -> ChatReply {
    ChatReply {
        text: "ok".to_owned(),
        finish: FinishReason::Stop,
        usage,
        extra: Default::default(),
    }
}

/// A model that answers as a function says.
pub(crate) struct Scripted<F>(pub(crate) F);

impl<F, A> ChatModel for Scripted<F>
where
    F: Fn(&ChatRequest) -> A + Send + Sync,
    A: Future<Output = Result<ChatReply, ChatError>> + Send + 'static,
{
    fn id(&self) -> &str {
        "scripted"
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.len()
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ChatError>> {
        Box::pin((self.0)(request))
    }
}

pub(crate) fn completion(text: &str) -> ResponseTemplate {
    let usage = json!({"prompt_tokens": 7, "completion_tokens": 2});
    let choice =
        json!({"message": {"role": "assistant", "content": text}, "finish_reason": "stop"});
    ResponseTemplate::new(200).set_body_json(json!({"choices": [choice], "usage": usage}))
}

pub(crate) fn error(status: u16, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"error": {"message": message}}))
}

pub(crate) async fn answers(server: &MockServer, template: ResponseTemplate) {
    Mock::given(method("POST"))
        .and(path("/v1/chat/completions"))
        .respond_with(template)
        .mount(server)
        .await;
}

pub(crate) async fn answers_once(server: &MockServer, template: ResponseTemplate) {
    Mock::given(method("POST"))
        .respond_with(template)
        .up_to_n_times(1)
        .with_priority(1)
        .mount(server)
        .await;
}

pub(crate) async fn bodies(server: &MockServer) -> Vec<Value> {
    let received = server
        .received_requests()
        .await
        .expect("requests are recorded");
    let posts = received.iter().filter(|request| !request.body.is_empty());
    posts
        .map(|request: &Request| request.body_json().expect("a JSON body"))
        .collect()
}
