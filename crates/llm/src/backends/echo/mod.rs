//! Ways in which servers tell the log-probabilities of a prompt's own tokens. One file a way, and one line in [`ALL`].
//! Reads what a server says; [`likelihood`](crate::likelihood) judges it.

mod openai;
mod sglang;
mod tgi;
mod vllm;

use super::{endpoint::Endpoint, vendor::Received};
use crate::{calls::Charged, chat::Usage, error::ChatError};
use reqwest::Url;
use serde_json::Value;
use std::fmt;

/// Every way there is, in the order in which they are tried: those that tell token ids first.
pub const ALL: &[&EchoWay] = &[&vllm::WAY, &openai::WAY, &sglang::WAY, &tgi::WAY];

/// One way to ask.
pub struct EchoWay {
    /// Name in messages.
    pub name: &'static str,
    /// Address of the call.
    pub(super) url: fn(&Endpoint) -> Url,
    /// Body of the call; `None` if this way takes no such prompt.
    pub(super) body: fn(&str, Prompt<'_>) -> Option<Value>,
    /// The tokens in a good answer.
    pub(super) read: fn(Received<'_>) -> Result<Echoed, ChatError>,
}

impl fmt::Debug for EchoWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EchoWay({})", self.name)
    }
}

/// Text to be echoed.
#[derive(Debug, Clone, Copy)]
pub enum Prompt<'a> {
    /// As text, which the server's tokenizer cuts.
    Text(&'a str),
    /// As token ids.
    Ids(&'a [u32]),
}

impl Prompt<'_> {
    /// Most tokens that it has.
    pub(crate) fn max_tokens(self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Ids(ids) => ids.len(),
        }
    }

    /// The prompt as most servers take it: a string, or a list of numbers.
    fn to_json(self) -> Value {
        match self {
            Self::Text(text) => Value::from(text),
            Self::Ids(ids) => Value::from(ids),
        }
    }
}

/// A token of a prompt, as the server tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct EchoedToken {
    /// Its id, where the server tells.
    pub id: Option<u32>,
    /// Its text, where the server tells. Servers disagree on spaces and on tokens that are parts of a character.
    pub text: Option<String>,
    /// Natural log-probability after all tokens before it; `None` where nothing stands before it.
    pub log_prob: Option<f64>,
    /// `true` if no token is likelier there; `None` if the server does not tell.
    pub is_likeliest: Option<bool>,
}

/// Tokens of a prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct Echoed {
    /// The tokens, in order.
    pub tokens: Vec<EchoedToken>,
    /// Tokens at the end that may be the model's own: the answer does not set them apart.
    pub n_written: usize,
    /// Tokens read and written.
    pub usage: Usage,
}

impl Charged for Echoed {
    fn usage(&self) -> Usage {
        self.usage
    }

    /// The one token that is written.
    fn written_bytes(&self) -> u64 {
        1
    }
}

/// The server without the `/v1` of OpenAI's API, where some have their own.
fn root(endpoint: &Endpoint) -> Endpoint {
    let path = endpoint.path().trim_end_matches('/');
    let path = path.strip_suffix("/v1").unwrap_or(path).to_owned();
    endpoint.clone().with_path(&path)
}

/// The likeliest of some log-probabilities.
fn largest(log_probs: impl Iterator<Item = f64>) -> Option<f64> {
    log_probs.max_by(f64::total_cmp)
}
