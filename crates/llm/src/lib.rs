//! Talking to models: what a chat and a scoring request are, whoever answers them.
//!
//! Two traits, because not every model offers both: [`ChatModel`] writes text, [`ContinuationScorer`] says how likely
//! given texts are. Backends live in [`backends`]; the in-process engine implements the traits in its own crate.

pub mod backends;
pub mod chat;
pub mod reasoning;
pub mod retry;
pub mod scoring;

pub use chat::{
    BoxFuture, ChatError, ChatModel, ChatReply, ChatRequest, Constraint, FinishReason, Message, Role, SUBSTRING_OF,
    Sampling, Usage,
};
pub use retry::RetryPolicy;
pub use scoring::{ContinuationScore, ContinuationScorer, ScoreError, ScoreReply, ScoreRequest};
