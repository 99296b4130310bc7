//! The server itself. One thread, so that it takes no core from what is measured.

use crate::{
    abilities::Abilities,
    choice::Question,
    counters::{Counters, Flight},
    echo::{self, Vocabulary},
    exam,
    faults::{Faults, Refusal, Reply},
};
use axum::{
    Json, Router,
    extract::State,
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
    routing::{get, post},
    serve::ListenerExt,
};
use serde_json::{Value, json};
use std::{io, net::SocketAddr, sync::Arc, thread};
use tokio::{net::TcpListener, runtime::Runtime, sync::oneshot, time::sleep};

/// A server in a thread of its own; it ends when it is dropped.
#[derive(Debug)]
pub struct FakeServer {
    address: SocketAddr,
    counters: Counters,
    thread: Option<thread::JoinHandle<()>>,
    stop: Option<oneshot::Sender<()>>,
}

impl FakeServer {
    /// Listens on the loopback interface; at port 0 on any that is free. It chats, and nothing else.
    ///
    /// # Errors
    /// If the port is taken, or there are no threads.
    pub fn start(port: u16, faults: Faults) -> io::Result<Self> {
        Self::start_with(port, faults, Abilities::default())
    }

    /// The same with other abilities.
    ///
    /// # Errors
    /// As of [`start`](Self::start).
    pub fn start_with(port: u16, faults: Faults, abilities: Abilities) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let listener = std::net::TcpListener::bind(("127.0.0.1", port))?;
        listener.set_nonblocking(true)?;
        let (address, counters) = (listener.local_addr()?, Counters::default());
        let (stop, stopped) = oneshot::channel();
        let server = Arc::new(Server {
            faults,
            abilities,
            vocabulary: Vocabulary::default(),
            counters: counters.clone(),
        });
        let thread = thread::Builder::new()
            .name("fake server".to_owned())
            .spawn(move || serve(&runtime, listener, server, stopped))?;
        Ok(Self {
            address,
            counters,
            thread: Some(thread),
            stop: Some(stop),
        })
    }

    /// Its address, without a path.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Base URL for clients.
    pub fn base_url(&self) -> String {
        format!("{}/v1", self.url())
    }

    /// Counters of the requests so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A server that has panicked has told so on its way.
            let _ = thread.join();
        }
    }
}

#[derive(Debug)]
struct Server {
    faults: Faults,
    abilities: Abilities,
    vocabulary: Vocabulary,
    counters: Counters,
}

/// Serves until `stopped`, without waiting for requests that are held.
fn serve(
    runtime: &Runtime,
    listener: std::net::TcpListener,
    server: Arc<Server>,
    stopped: oneshot::Receiver<()>,
) {
    let router = Router::new()
        .route("/v1/chat/completions", post(chat))
        .route("/v1/completions", post(completion))
        .route("/generate", post(generate))
        .route("/v1/models", get(models))
        .route("/stats", get(stats))
        .with_state(server);
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener).expect("a socket that does not block");
        // Without it a small answer waits for the client's acknowledgement of the last one.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        tokio::select! {
            served = axum::serve(listener, router) => served.expect("it serves until it is stopped"),
            _ = stopped => {}
        }
    });
}

async fn stats(State(server): State<Arc<Server>>) -> Json<Value> {
    Json(server.counters.to_json())
}

async fn models() -> Json<Value> {
    Json(
        json!({ "object": "list", "data": [{ "id": "fake", "object": "model", "owned_by": "fake" }] }),
    )
}

async fn chat(State(server): State<Arc<Server>>, headers: HeaderMap, request: String) -> Response {
    server.answer(&headers, &request, Server::reply).await
}

async fn completion(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    request: String,
) -> Response {
    server.echo(&headers, &request, echo::completion).await
}

async fn generate(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    request: String,
) -> Response {
    server.echo(&headers, &request, echo::generate).await
}

impl Server {
    /// Answers a request by `answer`, with the faults that are due.
    async fn answer(
        &self,
        headers: &HeaderMap,
        request: &str,
        answer: impl FnOnce(&Self, &str, &Flight, Option<u64>) -> Response,
    ) -> Response {
        let document = exam::document_number(request);
        let key = headers.get(AUTHORIZATION).and_then(|key| key.to_str().ok());
        let flight = self
            .counters
            .begin(key.unwrap_or_default(), document, request);
        if let Some(refusal) = self.faults.refusal_at_once(flight.n_in_flight) {
            return self.refuse(refusal);
        }
        let latency = self.faults.latency(flight.n);
        if !latency.is_zero() {
            sleep(latency).await;
        }
        if let Some(n_answered) = self.faults.held_until(flight.n) {
            self.counters.answered(n_answered).await;
        }
        match self.faults.refusal(flight.n, document) {
            Some(refusal) => self.refuse(refusal),
            None => answer(self, request, &flight, document),
        }
    }

    /// An echo, or the refusal of a server that has none.
    async fn echo(
        &self,
        headers: &HeaderMap,
        request: &str,
        read: fn(&Abilities, &Vocabulary, &str, u64) -> Result<Value, &'static str>,
    ) -> Response {
        let answer = |server: &Self, request: &str, flight: &Flight, _| match read(
            &server.abilities,
            &server.vocabulary,
            request,
            flight.n,
        ) {
            Ok(answer) => {
                flight.answered();
                Json(answer).into_response()
            }
            Err(message) => server.refuse(Refusal {
                status: 400,
                message,
            }),
        };
        self.answer(headers, request, answer).await
    }

    fn refuse(&self, Refusal { status, message }: Refusal) -> Response {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body =
            Json(json!({ "error": { "message": message, "type": "server_error", "code": null } }));
        match self.faults.retry_after {
            Some(seconds) => (status, [(RETRY_AFTER, seconds.to_string())], body).into_response(),
            None => (status, body).into_response(),
        }
    }

    fn reply(&self, request: &str, flight: &Flight, document: Option<u64>) -> Response {
        let wanted: Value = serde_json::from_str(request).unwrap_or_default();
        if self.abilities.no_schema && !wanted["response_format"].is_null() {
            return self.refuse(Refusal {
                status: 400,
                message: "response_format is not supported",
            });
        }
        let n_top = wanted["top_logprobs"].as_u64().unwrap_or(0) as usize;
        if n_top > self.abilities.top_log_probs && self.abilities.top_log_probs > 0 {
            return self.refuse(Refusal {
                status: 400,
                message: "top_logprobs is too large",
            });
        }
        if let Some(question) = Question::read(request) {
            let (content, finish_reason) = question.reply(&self.abilities);
            let n_top = n_top.min(self.abilities.top_log_probs);
            let log_probs = (n_top > 0).then(|| question.log_probs(n_top, self.abilities.thinking));
            return completed(request, flight, &content, finish_reason, log_probs);
        }
        let exam = exam::checked(request).unwrap_or_else(|| exam::exam(request));
        let first = document.filter(|_| flight.is_first);
        let (content, finish_reason) =
            match first.map_or(Reply::Good, |document| self.faults.first_reply(document)) {
                Reply::Good => (exam, "stop"),
                Reply::Bad => (
                    format!(
                        "Sure! Here is the exam:\n```json\n{}",
                        &exam[..exam.len() / 2]
                    ),
                    "stop",
                ),
                Reply::Truncated => (exam[..exam.len() * 2 / 3].to_owned(), "length"),
            };
        completed(request, flight, &content, finish_reason, None)
    }
}

fn completed(
    request: &str,
    flight: &Flight,
    content: &str,
    finish_reason: &str,
    log_probs: Option<Value>,
) -> Response {
    let (n_read, n_written) = (request.len() / 4, content.len().div_ceil(4));
    flight.answered();
    Json(json!({
        "id": format!("chatcmpl-{}", flight.n),
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "fake",
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": content },
            "finish_reason": finish_reason,
            "logprobs": log_probs,
        }],
        "usage": { "prompt_tokens": n_read, "completion_tokens": n_written, "total_tokens": n_read + n_written },
    }))
    .into_response()
}
