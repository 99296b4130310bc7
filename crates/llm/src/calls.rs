//! Calls of any kind, as a gate and a budget see them: what one may take, and what it took.

use crate::chat::{ChatReply, ChatRequest, Constraint, Usage};
use serde_json::Value;

/// Most that one call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallSize {
    /// Bytes of everything that a server may make tokens of.
    pub prompt_bytes: u64,
    /// Messages, around each of which a template puts tokens of its own.
    pub n_messages: u64,
    /// Most tokens that are written.
    pub max_tokens: u64,
}

impl CallSize {
    /// Size of a chat.
    pub fn of(request: &ChatRequest) -> Self {
        Self {
            prompt_bytes: prompt_bytes(request),
            n_messages: request.messages.len() as u64,
            max_tokens: request.sampling.max_tokens as u64,
        }
    }
}

/// Reply to a call.
pub trait Charged {
    /// Tokens that the call took, as the server says; zero where it does not.
    fn usage(&self) -> Usage;

    /// Bytes of the text that the model wrote.
    fn written_bytes(&self) -> u64;
}

impl Charged for ChatReply {
    fn usage(&self) -> Usage {
        self.usage
    }

    fn written_bytes(&self) -> u64 {
        self.text.len() as u64
    }
}

/// Bytes of everything that a server may make tokens of.
fn prompt_bytes(request: &ChatRequest) -> u64 {
    let messages: usize = request
        .messages
        .iter()
        .map(|message| message.content.len())
        .sum();
    let constraint = match &request.constraint {
        None => 0,
        Some(Constraint::JsonSchema(schema)) => json_bytes(schema),
        Some(Constraint::Choice(choices)) => {
            choices.iter().map(|choice| choice.len() + 8).sum::<usize>() + 128
        }
        // Not sent to any server.
        Some(Constraint::Regex(_) | Constraint::SubstringOf(_)) => 0,
    };
    (messages + constraint) as u64
}

/// Bytes of a value's JSON, or a few more; without writing it.
fn json_bytes(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 5,
        Value::Number(_) => 24,
        Value::String(text) => {
            text.len()
                + 3
                + text
                    .bytes()
                    .filter(|byte| matches!(byte, b'"' | b'\\' | b'\n'))
                    .count()
        }
        Value::Array(items) => 2 + items.iter().map(|item| json_bytes(item) + 1).sum::<usize>(),
        Value::Object(members) => {
            2 + members
                .iter()
                .map(|(name, member)| name.len() + 5 + json_bytes(member))
                .sum::<usize>()
        }
    }
}
