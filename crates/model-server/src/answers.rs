//! What the answers of both calls have in common: the head of their objects, their usage, and streams of events.

use crate::{
    choices::{self, Begun, Part},
    refusal::Refusal,
    state::Shared,
};
use axum::{
    body::Body,
    http::header,
    response::{IntoResponse, Response},
};
use examen_llm::Usage;
use futures::{Stream, StreamExt, stream};
use serde_json::{Value, json};
use std::convert::Infallible;
use tokio::time::sleep;

/// What all objects of an answer begin with.
pub(crate) struct Head {
    id: String,
    created: i64,
    model: String,
}

impl Head {
    /// The head of a new answer, whose id begins with `prefix`.
    pub(crate) fn new(shared: &Shared, prefix: &str) -> Self {
        Self {
            id: format!("{prefix}-{:016x}", shared.unique()),
            created: shared.now(),
            model: shared.model().to_owned(),
        }
    }

    pub(crate) fn object(&self, kind: &str, choices: Vec<Value>) -> Value {
        json!({
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "choices": choices,
        })
    }

    /// An object that ends an answer.
    pub(crate) fn object_with_usage(&self, kind: &str, choices: Vec<Value>, usage: Usage) -> Value {
        let mut object = self.object(kind, choices);
        object["usage"] = to_wire(usage);
        object
    }
}

/// Usage of all choices; each prompt is counted once for its `n_replies`.
pub(crate) fn total(written: &[Part], n_replies: usize) -> Usage {
    let ends = written.iter().map(|part| part.end);
    sum(
        &ends
            .map(|end| end.map(|(_, usage)| usage))
            .collect::<Vec<_>>(),
        n_replies,
    )
}

fn sum(usages: &[Option<Usage>], n_replies: usize) -> Usage {
    let prompts = usages.iter().step_by(n_replies.max(1)).flatten();
    Usage {
        input_tokens: prompts.map(|usage| usage.input_tokens).sum(),
        output_tokens: usages
            .iter()
            .flatten()
            .map(|usage| usage.output_tokens)
            .sum(),
    }
}

/// Usage as OpenAI writes it.
fn to_wire(usage: Usage) -> Value {
    json!({
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
    })
}

/// Writer of one kind of stream.
pub(crate) trait Chunks: Send {
    /// Objects for a part of a choice.
    fn chunk(&mut self, shared: &Shared, index: usize, part: &Part) -> Vec<Value>;

    /// The object with the usage, after all parts.
    fn usage(&self, usage: Usage) -> Value;

    /// Replies to each prompt.
    fn n_replies(&self) -> usize;
}

/// An answer as server-sent events.
pub(crate) struct Events {
    pub(crate) shared: Shared,
    pub(crate) write: Box<dyn Chunks>,
    pub(crate) ends_with_usage: bool,
}

impl Events {
    /// The answer, which ends when all choices have ended, one has failed, or the time is over.
    pub(crate) fn response(self, begun: Vec<Begun>) -> Response {
        let time = self.shared.settings.request_timeout;
        let usages = vec![None; begun.len()];
        let parts = choices::interleaved(begun).take_until(Box::pin(sleep(time)));
        let events = self.events(parts, usages);
        let body = Body::from_stream(events.map(Ok::<_, Infallible>));
        let headers = [
            (header::CONTENT_TYPE, "text/event-stream"),
            (header::CACHE_CONTROL, "no-cache"),
        ];
        (headers, body).into_response()
    }

    fn events(
        mut self,
        parts: impl Stream<Item = (usize, Result<Part, Refusal>)> + Send + 'static,
        mut usages: Vec<Option<Usage>>,
    ) -> impl Stream<Item = String> + Send {
        let parts = parts.map(Some).chain(stream::once(async { None }));
        parts
            .scan(false, move |has_failed, next| {
                let lines = match (*has_failed, next) {
                    (true, _) => return std::future::ready(None),
                    (_, Some((index, Ok(part)))) => {
                        usages[index] = part.end.map(|(_, usage)| usage);
                        self.write.chunk(&self.shared, index, &part)
                    }
                    (_, Some((_, Err(refusal)))) => {
                        *has_failed = true;
                        vec![refusal.body()]
                    }
                    (_, None) => return std::future::ready(Some(self.last(&usages))),
                };
                std::future::ready(Some(lines.iter().map(event).collect()))
            })
            .boxed()
    }

    /// The end of a stream whose choices have all ended; otherwise the reason why it is cut.
    fn last(&self, usages: &[Option<Usage>]) -> String {
        if usages.iter().any(Option::is_none) {
            let seconds = self.shared.settings.request_timeout.as_secs();
            let cut = Refusal::failed(format!("the stream was cut after {seconds} seconds"));
            return event(&cut.body());
        }
        let usage = self.write.usage(sum(usages, self.write.n_replies()));
        let usage = self.ends_with_usage.then(|| event(&usage));
        usage.unwrap_or_default() + "data: [DONE]\n\n"
    }
}

fn event(object: &Value) -> String {
    format!("data: {object}\n\n")
}
