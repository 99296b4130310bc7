//! `POST /v1/chat/completions`: a conversation goes on.

use crate::{
    answers::{self, Chunks, Events, Head},
    choices::{self, Draft, Part, TokenLine, finish_reason},
    guard,
    parameters::{self, Common},
    refusal::Refusal,
    state::Shared,
};
use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use examen_engine::Prompt;
use examen_llm::{Message, Role, Usage};
use serde::Deserialize;
use serde_json::{Value, json};

/// Kind of the objects of a stream.
const CHUNK: &str = "chat.completion.chunk";
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
    let head = Head::new(&shared, "chatcmpl");
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
    let usage = answers::total(&written, n_replies);
    let answer = head.object_with_usage("chat.completion", choices, usage);
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
        vec![self.head.object(CHUNK, vec![chunk])]
    }

    fn usage(&self, usage: Usage) -> Value {
        self.head.object_with_usage(CHUNK, Vec::new(), usage)
    }

    fn n_replies(&self) -> usize {
        self.begun.len()
    }
}
