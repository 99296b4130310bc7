//! Prints outcomes in the order of their requests, in whatever order they come.

use crate::{console, failure::Failure};
use examen_llm::{ContinuationScore, ScoreReply};
use serde::Serialize;
use std::ops::ControlFlow;

/// Outcome of a line: its scores, or why there are none.
pub(super) type Outcome = Result<ScoreReply, String>;

/// Outcomes of one chunk that wait for those before them.
pub(super) struct InOrder {
    waiting: Vec<Option<String>>,
    n_printed: usize,
}

impl InOrder {
    /// None of `n` is there yet.
    pub(super) fn new(n: usize) -> Self {
        Self {
            waiting: vec![None; n],
            n_printed: 0,
        }
    }

    /// Takes the outcome at `index` and prints what can be printed.
    pub(super) fn print(
        &mut self,
        index: usize,
        outcome: &Outcome,
    ) -> Result<ControlFlow<()>, Failure> {
        let line = match outcome {
            Ok(reply) => serde_json::to_string(&Printed::from(reply)),
            Err(error) => serde_json::to_string(&Refused { error }),
        };
        self.waiting[index] = Some(line.expect("numbers and texts serialise"));
        while let Some(line) = self.waiting.get_mut(self.n_printed).and_then(Option::take) {
            self.n_printed += 1;
            if console::print_while_read(&line)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

#[derive(Serialize)]
struct Refused<'a> {
    error: &'a str,
}

#[derive(Serialize)]
struct Printed<'a> {
    log_probs: Vec<f64>,
    token_log_probs: Vec<&'a [f64]>,
    is_greedy: Vec<bool>,
    n_tokens: Vec<usize>,
    n_context_tokens: usize,
    #[serde(skip_serializing_if = "is_zero")]
    n_truncated: usize,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

impl<'a> From<&'a ScoreReply> for Printed<'a> {
    fn from(reply: &'a ScoreReply) -> Self {
        let each = || reply.continuations.iter();
        Self {
            log_probs: each().map(|score| score.log_prob().0).collect(),
            token_log_probs: each()
                .map(|score| score.token_log_probs.as_slice())
                .collect(),
            is_greedy: each().map(|score| score.is_greedy).collect(),
            n_tokens: each()
                .map(|score: &ContinuationScore| score.tokens.len())
                .collect(),
            n_context_tokens: reply.context_tokens.len(),
            n_truncated: reply.n_truncated,
        }
    }
}
