//! `xtask fake-server`: a server that speaks OpenAI's API and answers at once, or as late and as wrongly as it is told.
//! It writes questions about the documents of [`facts`]. One thread, so that it takes no core from what is measured.

mod counters;
mod facts;
mod faults;

pub(crate) use facts::{N_FACTS, document};

use crate::process::{Outcome, number};
use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
    routing::{get, post},
    serve::ListenerExt,
};
use counters::{Counters, Flight};
use faults::{Faults, Refusal, Reply};
use serde_json::{Value, json};
use std::{
    io::{Read, Write, stdin, stdout},
    process::exit,
    sync::Arc,
    thread,
};
use tokio::{net::TcpListener, time::sleep};

const USAGE: &str = "\
usage: cargo xtask fake-server [OPTIONS]

Prints its address on a line, and ends when its standard input does.

  --port N             where it listens (0: any free port)
  --latency-ms N       how long a reply takes (0)
  --slow-every N       every Nth request takes --slow-ms instead
  --slow-ms N
  --fail-every N       every Nth request gets an error, with --fail-code (500)
  --fail-code N
  --retry-after S      in every error
  --bad-every N        every Nth reply is half of its JSON after some words
  --truncated-every N  every Nth reply is cut
  --max-in-flight N    429 beyond
  --poison N,N         documents of these numbers get a 400

`GET /stats` counts: requests, replies, documents and those asked about again, the most in flight.";

struct Server {
    faults: Faults,
    counters: Counters,
}

/// Reads the arguments after `fake-server`, and serves.
pub(crate) fn run(mut arguments: impl Iterator<Item = String>) -> Outcome {
    let (mut faults, mut port) = (Faults::default(), 0);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        match name.as_str() {
            "--port" => port = number(&value)?,
            name if faults.set(name, &value)? => {}
            _ => return Err(USAGE.to_owned()),
        }
    }
    thread::spawn(end_with_parent);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let served = runtime.map(|runtime| runtime.block_on(serve(port, faults)));
    served.flatten().map_err(|error| format!("the fake server cannot serve: {error}"))
}

/// Whoever started the server holds the other end of its standard input.
fn end_with_parent() {
    let _ = stdin().read_to_end(&mut Vec::new());
    exit(0);
}

async fn serve(port: u16, faults: Faults) -> std::io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    writeln!(stdout(), "http://{}", listener.local_addr()?)?;
    let server = Arc::new(Server { faults, counters: Counters::default() });
    let router = Router::new()
        .route("/v1/chat/completions", post(chat))
        .route("/v1/models", get(models))
        .route("/stats", get(stats))
        .with_state(server);
    // Without it a small answer waits for the client's acknowledgement of the last one.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, router).await
}

async fn stats(State(server): State<Arc<Server>>) -> Json<Value> {
    Json(server.counters.to_json())
}

async fn models() -> Json<Value> {
    Json(json!({ "object": "list", "data": [{ "id": "fake", "object": "model", "owned_by": "fake" }] }))
}

async fn chat(State(server): State<Arc<Server>>, request: String) -> Response {
    let document = facts::document_number(&request);
    let flight = server.counters.begin(document);
    if let Some(refusal) = server.faults.refusal_at_once(flight.n_in_flight) {
        return server.refuse(refusal);
    }
    let latency = server.faults.latency(flight.n);
    if !latency.is_zero() {
        sleep(latency).await;
    }
    match server.faults.refusal(flight.n, document) {
        Some(refusal) => server.refuse(refusal),
        None => server.reply(&request, &flight),
    }
}

impl Server {
    fn refuse(&self, Refusal { status, message }: Refusal) -> Response {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = Json(json!({ "error": { "message": message, "type": "server_error", "code": null } }));
        match self.faults.retry_after {
            Some(seconds) => (status, [(RETRY_AFTER, seconds.to_string())], body).into_response(),
            None => (status, body).into_response(),
        }
    }

    fn reply(&self, request: &str, flight: &Flight) -> Response {
        let exam = facts::exam(request);
        let (content, finish_reason) = match self.faults.reply(flight.n) {
            Reply::Good => (exam, "stop"),
            Reply::Bad => (format!("Sure! Here is the exam:\n```json\n{}", &exam[..exam.len() / 2]), "stop"),
            Reply::Truncated => (exam[..exam.len() * 2 / 3].to_owned(), "length"),
        };
        let (n_read, n_written) = (request.len() / 4, content.len() / 4);
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
            }],
            "usage": { "prompt_tokens": n_read, "completion_tokens": n_written, "total_tokens": n_read + n_written },
        }))
        .into_response()
    }
}
