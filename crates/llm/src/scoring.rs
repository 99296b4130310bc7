//! Scoring requests: how likely are these continuations of that context?

use examen_core::LogProb;
use serde::{Deserialize, Serialize};

/// A model that says how likely a text is.
pub trait ContinuationScorer: Send + Sync {
    /// What rows and reports call it.
    fn id(&self) -> &str;

    /// Scores every request, in order. `on_scored` is told how many requests are done since it was last told.
    fn score(
        &self,
        requests: &[ScoreRequest],
        on_scored: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<ScoreReply>, ScoreError>;
}

/// One context and the continuations to score after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreRequest {
    /// What comes before; not scored.
    pub context: String,
    /// What is scored, each on its own after the context.
    pub continuations: Vec<String>,
}

/// The answer to one request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreReply {
    /// Token ids of the context, as far as they fit.
    pub context_tokens: Vec<u32>,
    /// Tokens cut off the left of the context because the model's window is too short; 0 when all fit.
    pub n_truncated: usize,
    /// One score a continuation, in order.
    pub continuations: Vec<ContinuationScore>,
}

/// How likely one continuation is. White space at the end of the context is scored with the continuation, as LightEval
/// and lm-evaluation-harness do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContinuationScore {
    /// Its token ids: `encode(context + continuation)` after the first `len(encode(context))`.
    pub tokens: Vec<u32>,
    /// Natural log-probability of each token given all before it.
    pub token_log_probs: Vec<f64>,
    /// Whether each token is the likeliest at its place.
    pub is_greedy: bool,
}

impl ContinuationScore {
    /// Log-probability of the whole continuation: the sum over its tokens.
    pub fn log_prob(&self) -> LogProb {
        LogProb(self.token_log_probs.iter().sum())
    }
}

/// Why nothing was scored.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// A request that no model can answer.
    #[error("request {index}: {reason}")]
    Request {
        /// Which, counted from 0.
        index: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The model failed.
    #[error("the model failed: {0}")]
    Model(String),
}
