//! Scoring requests: how likely are these continuations of that context?

use crate::{chat::Message, error::ChatError};
use examen_core::LogProb;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// A model that says how likely a text is.
pub trait ContinuationScorer: Send + Sync {
    /// Name in rows and reports.
    fn id(&self) -> &str;

    /// Scores every request and hands each reply over, with the index of its request, as soon as it is there: in any order,
    /// each once. [`ControlFlow::Break`] stops the run before the model computes again.
    ///
    /// # Errors
    /// [`ScoreError::Request`] before anything is scored; [`ScoreError::Model`]; [`ScoreError::Cancelled`] after a
    /// `Break`. Replies handed over before an error are good.
    fn score_each(
        &self,
        requests: &[ScoreRequest],
        on_reply: &mut (dyn FnMut(usize, ScoreReply) -> ControlFlow<()> + Send),
    ) -> Result<(), ScoreError>;

    /// The same, but a request that cannot be answered is handed over with its fault, and the others go on. A model that
    /// knows before it begins needs only [`score_each`](Self::score_each).
    ///
    /// # Errors
    /// As of [`score_each`](Self::score_each), and [`ScoreError::Server`].
    fn try_each(
        &self,
        requests: &[ScoreRequest],
        on_outcome: &mut (
                 dyn FnMut(usize, Result<ScoreReply, ScoreFault>) -> ControlFlow<()> + Send
             ),
    ) -> Result<(), ScoreError> {
        self.score_each(requests, &mut |index, reply| on_outcome(index, Ok(reply)))
    }

    /// Counts requests that an earlier run with the same budget had scored, by the tokens that they take, where they are paid for.
    fn already_spent(&self, _requests: &[ScoreRequest]) {}

    /// `true` if the model's window holds all of the context with each continuation, so that nothing is cut off. A model
    /// that does not know its window says that it does, as one does of requests that it refuses.
    fn fits(&self, _request: &ScoreRequest) -> bool {
        true
    }

    /// A conversation as the model's own chat template writes it, up to where its reply begins. `None` for a model without
    /// a chat template.
    ///
    /// # Errors
    /// The reason why the template refuses the conversation or cannot be used, as a half sentence.
    fn chat_prompt(&self, _messages: &[Message]) -> Option<Result<String, String>> {
        None
    }

    /// Scores every request; one reply a request, in order. `on_scored` is told how many more requests are done.
    ///
    /// # Errors
    /// As [`score_each`](Self::score_each); also a model that left a request out.
    fn score(
        &self,
        requests: &[ScoreRequest],
        on_scored: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<ScoreReply>, ScoreError> {
        let mut replies = vec![None; requests.len()];
        self.score_each(requests, &mut |index, reply| {
            replies[index] = Some(reply);
            on_scored(1);
            ControlFlow::Continue(())
        })?;
        let all: Option<Vec<ScoreReply>> = replies.into_iter().collect();
        all.ok_or_else(|| ScoreError::Model("it left a request without a reply".to_owned()))
    }
}

/// One context and the continuations to score after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreRequest {
    /// Text before the continuations; not scored.
    pub context: String,
    /// Texts that are scored, each on its own after the context.
    pub continuations: Vec<String>,
}

/// The answer to one request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreReply {
    /// Token ids of the context, as far as they fit; empty where a server does not tell them.
    pub context_tokens: Vec<u32>,
    /// Tokens cut off the left of the context because the model's window is too short; 0 when all fit.
    pub n_truncated: usize,
    /// One score a continuation, in order.
    pub continuations: Vec<ContinuationScore>,
}

/// Likelihood of one continuation. White space at the end of the context is scored with the continuation, as LightEval
/// and lm-evaluation-harness do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContinuationScore {
    /// Its token ids: `encode(context + continuation)` after the first `len(encode(context))`. Empty where a server does
    /// not tell them; the number of tokens is that of their log-probabilities.
    pub tokens: Vec<u32>,
    /// Natural log-probability of each token given all before it; empty where [`is_listed`](Self::is_listed) is false.
    pub token_log_probs: Vec<f64>,
    /// `true` if each token is the likeliest at its position.
    pub is_greedy: bool,
}

impl ContinuationScore {
    /// `false` for a continuation of which a server says nothing: a letter that is not among the likeliest tokens that it
    /// lists. It is less likely than those that are there, and no number stands for it.
    pub fn is_listed(&self) -> bool {
        !self.token_log_probs.is_empty()
    }

    /// Log-probability of the whole continuation: the sum over its tokens. One that is not listed is below all others.
    pub fn log_prob(&self) -> LogProb {
        match self.is_listed() {
            true => LogProb(self.token_log_probs.iter().sum()),
            false => LogProb(f64::NEG_INFINITY),
        }
    }
}

/// Reason why one request has no scores, though the model works.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScoreFault {
    /// The model cannot score it, now or later.
    #[error("{0}")]
    Refused(String),
    /// No answer came; one may at another time.
    #[error("{0}")]
    Failed(String),
}

impl ChatError {
    /// The fault of one request; the error itself if it ends all of them.
    pub(crate) fn into_fault(self) -> Result<ScoreFault, Self> {
        match self {
            error if error.is_fatal() || error.is_budget() => Err(error),
            error if error.is_transient() => Ok(ScoreFault::Failed(error.reason())),
            error => Ok(ScoreFault::Refused(error.reason())),
        }
    }
}

/// Reason why nothing was scored.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// A request that no model can answer.
    #[error("request {index}: {reason}")]
    Request {
        /// Index of the request, from 0.
        index: usize,
        /// Fault in it.
        reason: String,
    },
    /// The model failed.
    #[error("the model failed: {0}")]
    Model(String),
    /// The server failed as a whole, or the budget is used up.
    #[error(transparent)]
    Server(#[from] ChatError),
    /// Whoever took the replies wanted no more of them.
    #[error("the scoring was cancelled")]
    Cancelled,
}
