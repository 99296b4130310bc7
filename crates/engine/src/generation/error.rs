//! Errors of one reply.

use super::sampler::SamplingError;
use crate::error::EngineError;
use crate::grammar::ConstraintError;
use std::sync::Arc;

/// A reply that cannot be begun, or failed on the way.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReplyError {
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The forward failed for all replies in it.
    #[error(transparent)]
    Forward(Arc<EngineError>),
    #[error("the chat template makes an empty prompt of it")]
    EmptyPrompt,
    #[error("its prompt has {n_tokens} tokens, the model's context {context_length}")]
    PromptTooLong {
        n_tokens: usize,
        context_length: usize,
    },
    #[error(transparent)]
    Constraint(#[from] ConstraintError),
    #[error(transparent)]
    Sampling(#[from] SamplingError),
    #[error("no token can follow (its logits are not numbers, or all are forbidden)")]
    NoToken,
}
