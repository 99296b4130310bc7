//! What is asked of the thread that writes, and what comes back from it.

use examen_llm::{ChatError, ChatReply, ChatRequest, Constraint, Message, Sampling};

/// A text to go on from.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteRequest {
    /// What stands before the reply.
    pub prompt: Prompt,
    /// Form that the reply must have; `None` for free text.
    pub constraint: Option<Constraint>,
    /// Settings by which the reply is drawn.
    pub sampling: Sampling,
    /// Tells the log-probability of each token, beside those of so many of the likeliest ones, by the model's own distribution:
    /// before the constraint and the sampling settings.
    pub n_top: Option<usize>,
}

/// What stands before a reply.
#[derive(Debug, Clone, PartialEq)]
pub enum Prompt {
    /// A conversation, which the model's chat template writes.
    Messages(Vec<Message>),
    /// Token ids from the beginning of a sequence.
    Tokens(Vec<u32>),
}

/// What comes of a request: pieces in the order of the text, then the end.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// The next part of the reply.
    Piece(Piece),
    /// The whole reply, or the reason why there is none. The last that comes.
    End(Result<ChatReply, WriteError>),
}

/// Reason why there is no reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The request cannot be served, now or later.
    #[error("{0}")]
    Refused(String),
    /// The model failed on the way.
    #[error("the reply failed: {0}")]
    Failed(String),
}

impl From<WriteError> for ChatError {
    fn from(error: WriteError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// A part of a reply.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Piece {
    /// Whole characters. What may be the beginning of a stop string is kept back until it is known not to be.
    pub text: String,
    /// Tokens that begin in it, if log-probabilities were asked for.
    pub tokens: Vec<WrittenToken>,
}

/// A token of a reply.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenToken {
    /// Its id.
    pub id: u32,
    /// True for the token that ends a reply, which is no part of its text.
    pub is_end: bool,
    /// Natural log-probability after all tokens before it.
    pub log_prob: f64,
    /// The likeliest tokens in its place with their log-probabilities, the likeliest first.
    pub top: Vec<(u32, f64)>,
}

impl From<ChatRequest> for WriteRequest {
    fn from(request: ChatRequest) -> Self {
        Self {
            prompt: Prompt::Messages(request.messages),
            constraint: request.constraint,
            sampling: request.sampling,
            n_top: None,
        }
    }
}
