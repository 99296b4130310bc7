//! `POST /v1/chat/completions`: a conversation goes on; and what streams of both kinds of answers have in common.

use crate::{
    choices::{self, Begun, Draft, Part, TokenLine, finish_reason},
    guard,
    parameters::{self, Common},
    refusal::Refusal,
    state::Shared,
};
use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    http::header,
    response::{IntoResponse, Response},
};
use examen_engine::Prompt;
use examen_llm::{Message, Role, Usage};
use futures::{Stream, StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use std::convert::Infallible;
use tokio::time::sleep;

/// Tokens that are written where nothing is said.
const DEFAULT_MAX_TOKENS: usize = 2048;

#[derive(Debug, Deserialize)]
struct Chat {
    messages: Vec<WireMessage>,
    max_tokens: Option<usize>,
    max_completion_tokens: Option<usize>,
    #[serde(default)]
    logprobs: Option<bool>,
    top_logprobs: Option<usize>,
    #[serde(flatten)]
    common: Common,
}

#[derive(Debug, Deserialize)]
struct WireMessage {
    role: WireRole,
    content: Content,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WireRole {
    System,
    Developer,
    User,
    Assistant,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<ContentPart>),
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ContentPart {
    Text { text: String },
}

impl From<WireMessage> for Message {
    fn from(message: WireMessage) -> Self {
        let role = match message.role {
            WireRole::System | WireRole::Developer => Role::System,
            WireRole::User => Role::User,
            WireRole::Assistant => Role::Assistant,
        };
        let content = match message.content {
            Content::Text(text) => text,
            Content::Parts(parts) => parts
                .into_iter()
                .map(|ContentPart::Text { text }| text)
                .collect(),
        };
        Self {
            role,
            content: content.into(),
        }
    }
}

/// Answers a request.
pub(crate) async fn answer(
    State(shared): State<Shared>,
    request: Request,
) -> Result<Response, Refusal> {
    let body = guard::json(&shared, request).await?;
    let asked: Chat = parameters::parse(&body)?;
    drop(body);
    let (streams, streams_usage) = (asked.common.stream, asked.common.streams_usage());
    let head = Head::new(&shared);
    let drafts = drafts(&shared, asked)?;
    let n_replies = drafts.len();
    if streams == Some(true) {
        let begun = choices::begin_all(&shared, drafts).await?;
        return Ok(Events {
            shared: shared.clone(),
            write: Box::new(Streamed {
                head,
                begun: vec![false; n_replies],
            }),
            ends_with_usage: streams_usage,
        }
        .response(begun));
    }
    let written = choices::write_all(&shared, drafts).await?;
    let choices: Vec<Value> = written
        .iter()
        .enumerate()
        .map(|(index, part)| {
            let message = json!({"role": "assistant", "content": part.text});
            choice(&shared, index, part, "message", message)
        })
        .collect();
    let mut answer = head.object("chat.completion", choices);
    answer["usage"] = usage(total(&written, n_replies));
    Ok(Json(answer).into_response())
}

fn drafts(shared: &Shared, asked: Chat) -> Result<Vec<Draft>, Refusal> {
    let n_top = match (asked.logprobs.unwrap_or(false), asked.top_logprobs) {
        (true, n) => Some(parameters::check_top("top_logprobs", n.unwrap_or(0))?),
        (false, None | Some(0)) => None,
        (false, Some(_)) => {
            return Err(Refusal::parameter(
                "top_logprobs",
                "it needs `logprobs`: true",
            ));
        }
    };
    let most = asked.max_completion_tokens.or(asked.max_tokens);
    let draw = asked
        .common
        .draw(shared, most.unwrap_or(DEFAULT_MAX_TOKENS))?;
    let messages: Vec<Message> = asked.messages.into_iter().map(Message::from).collect();
    let draft = |number: usize| {
        let mut draw = draw.clone();
        draw.sampling.seed = draw.sampling.seed.wrapping_add(number as u64);
        Draft {
            prompt: Prompt::Messages(messages.clone()),
            echo: None,
            n_top,
            draw,
        }
    };
    Ok((0..draw.n).map(draft).collect())
}

/// What all objects of an answer begin with.
struct Head {
    id: String,
    created: i64,
    model: String,
}

impl Head {
    fn new(shared: &Shared) -> Self {
        Self {
            id: format!("chatcmpl-{:016x}", shared.unique()),
            created: shared.now(),
            model: shared.model().to_owned(),
        }
    }

    fn object(&self, kind: &str, choices: Vec<Value>) -> Value {
        json!({
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "choices": choices,
        })
    }
}

fn choice(shared: &Shared, index: usize, part: &Part, name: &str, content: Value) -> Value {
    json!({
        "index": index,
        name: content,
        "logprobs": log_probs(shared, &part.tokens),
        "finish_reason": part.end.map(|(finish, _)| finish_reason(finish)),
    })
}

/// The tokens of the text; the one that ended it is not in it.
fn log_probs(shared: &Shared, tokens: &[TokenLine]) -> Value {
    let said = tokens.iter().filter(|token| !token.is_end);
    let line = |id: u32, log_prob: Option<f64>| {
        let bytes = shared.engine.token_bytes(id);
        json!({"token": String::from_utf8_lossy(&bytes), "logprob": log_prob, "bytes": bytes})
    };
    let listed: Vec<Value> = said
        .map(|token| {
            let mut listed = line(token.id, token.log_prob);
            let top = token.top.iter();
            listed["top_logprobs"] = top
                .map(|&(id, log_prob)| line(id, Some(log_prob)))
                .collect();
            listed
        })
        .collect();
    match listed.is_empty() {
        true => Value::Null,
        false => json!({"content": listed, "refusal": null}),
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
pub(crate) fn usage(usage: Usage) -> Value {
    json!({
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
    })
}

struct Streamed {
    head: Head,
    /// True for each choice of which something was sent.
    begun: Vec<bool>,
}

impl Chunks for Streamed {
    fn chunk(&mut self, shared: &Shared, index: usize, part: &Part) -> Vec<Value> {
        let mut delta = json!({});
        if !part.text.is_empty() {
            delta["content"] = part.text.as_str().into();
        }
        if let Some(begun) = self.begun.get_mut(index).filter(|begun| !**begun) {
            *begun = true;
            delta["role"] = "assistant".into();
        }
        let chunk = choice(shared, index, part, "delta", delta);
        vec![self.head.object("chat.completion.chunk", vec![chunk])]
    }

    fn usage(&self, usage: Usage) -> Value {
        let mut last = self.head.object("chat.completion.chunk", Vec::new());
        last["usage"] = self::usage(usage);
        last
    }

    fn n_replies(&self) -> usize {
        self.begun.len()
    }
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
