//! Log-probabilities of continuations.
//!
//! All requests of a call become one token tree ([`tree`]), so that every distinct token is computed once; the tree
//! is cut into packs of bounded size ([`schedule`]); the output layer runs only where a continuation's token is
//! predicted.

mod schedule;
mod sequence;
mod tokens;
mod tree;

pub(crate) use tokens::score_tokens;
pub use tokens::{ScoredTokens, TokenScore, TokensRequest};

use crate::decoder::Answer;
use crate::model::Model;
use examen_llm::{ContinuationScore, ScoreError, ScoreReply, ScoreRequest};
use schedule::Schedule;
pub(crate) use sequence::encode;
use sequence::{Prepared, Sequence};
use std::ops::ControlFlow;
use tree::{Tree, Want};

/// Receiver of the replies, each with the index of its request; says whether to go on.
type OnReply<'a> = &'a mut (dyn FnMut(usize, ScoreReply) -> ControlFlow<()> + Send);

/// The same, also of requests that cannot be scored, with the reason.
pub(crate) type OnOutcome<'a> =
    &'a mut (dyn FnMut(usize, Result<ScoreReply, String>) -> ControlFlow<()> + Send);

/// Scores every request on the threads of the pool that it is called in. A reply is handed over after the forward that
/// completes it.
pub(crate) fn score_each(
    model: &Model,
    requests: &[ScoreRequest],
    on_reply: OnReply<'_>,
) -> Result<(), ScoreError> {
    let prepared = sequence::prepare(model, requests)
        .into_iter()
        .enumerate()
        .map(|(index, prepared)| prepared.map_err(|reason| ScoreError::Request { index, reason }))
        .collect::<Result<Vec<_>, _>>()?;
    run(model, &prepared, on_reply)
}

/// Scores the requests that can be scored, and says of the others why they cannot.
pub(crate) fn score_good(
    model: &Model,
    requests: &[ScoreRequest],
    on_outcome: OnOutcome<'_>,
) -> Result<(), ScoreError> {
    let (mut good, mut indices) = (Vec::new(), Vec::new());
    for (index, prepared) in sequence::prepare(model, requests).into_iter().enumerate() {
        match prepared {
            Ok(prepared) => {
                good.push(prepared);
                indices.push(index);
            }
            Err(reason) => {
                if on_outcome(index, Err(reason)).is_break() {
                    return Err(ScoreError::Cancelled);
                }
            }
        }
    }
    run(model, &good, &mut |index, reply| {
        on_outcome(indices[index], Ok(reply))
    })
}

fn run(model: &Model, prepared: &[Prepared], on_reply: OnReply<'_>) -> Result<(), ScoreError> {
    let sequences: Vec<&Sequence> = prepared
        .iter()
        .flat_map(|request| &request.sequences)
        .collect();
    let tree = Tree::new(&sequences);
    let mut board = Board::new(prepared, on_reply);
    match board.hand_over_empty() {
        ControlFlow::Continue(()) => Schedule {
            model,
            tree: &tree,
            n_top: 0,
            record: &mut |wants, answers| board.record(wants, &answers),
        }
        .run(),
        ControlFlow::Break(()) => Err(ScoreError::Cancelled),
    }
}

/// `true` if nothing of the context would be cut off; also where the request would be refused.
pub(crate) fn fits(model: &Model, request: &ScoreRequest) -> bool {
    sequence::prepare(model, std::slice::from_ref(request))
        .iter()
        .flatten()
        .all(|prepared| prepared.n_truncated == 0)
}

/// Results, collected until a request has all of its own.
struct Board<'a> {
    prepared: &'a [Prepared],
    owners: Vec<Owner>,
    /// One list a request, emptied when it is handed over.
    scores: Vec<Vec<ContinuationScore>>,
    /// Tokens that each request still waits for.
    open: Vec<usize>,
    on_reply: OnReply<'a>,
}

/// What the tokens of a sequence belong to.
struct Owner {
    request: usize,
    continuation: usize,
    /// Index of its first target in the continuation.
    first: usize,
}

/// The owners of a request's sequences, and its continuations without their numbers.
fn owners(request: usize, prepared: &Prepared) -> (Vec<Owner>, Vec<ContinuationScore>) {
    let mut scores: Vec<ContinuationScore> = Vec::new();
    let mut owners = Vec::with_capacity(prepared.sequences.len());
    for sequence in &prepared.sequences {
        let continuation = sequence.continuation;
        scores.resize_with(continuation + 1, || ContinuationScore {
            tokens: Vec::new(),
            token_log_probs: Vec::new(),
            is_greedy: true,
        });
        let score = &mut scores[continuation];
        owners.push(Owner {
            request,
            continuation,
            first: score.tokens.len(),
        });
        score.tokens.extend(&sequence.targets);
        score.token_log_probs.resize(score.tokens.len(), 0.0);
    }
    (owners, scores)
}

impl<'a> Board<'a> {
    fn new(prepared: &'a [Prepared], on_reply: OnReply<'a>) -> Self {
        let n_targets = |request: &Prepared| {
            request
                .sequences
                .iter()
                .map(|sequence| sequence.targets.len())
                .sum()
        };
        let (owners, scores): (Vec<_>, Vec<_>) = prepared
            .iter()
            .enumerate()
            .map(|(index, request)| owners(index, request))
            .unzip();
        Self {
            prepared,
            owners: owners.into_iter().flatten().collect(),
            scores,
            open: prepared.iter().map(n_targets).collect(),
            on_reply,
        }
    }

    /// Requests without continuations wait for no forward.
    fn hand_over_empty(&mut self) -> ControlFlow<()> {
        let empty: Vec<usize> = (0..self.open.len())
            .filter(|&request| self.open[request] == 0)
            .collect();
        empty
            .into_iter()
            .try_for_each(|request| self.hand_over(request))
    }

    fn record(&mut self, wants: &[Want], answers: &[Answer]) -> ControlFlow<()> {
        let mut done = Vec::new();
        for (want, answer) in wants.iter().zip(answers) {
            let Owner {
                request,
                continuation,
                first,
            } = self.owners[want.sequence];
            let score = &mut self.scores[request][continuation];
            score.token_log_probs[first + want.target] = answer.log_prob;
            score.is_greedy &= answer.is_likeliest;
            self.open[request] -= 1;
            if self.open[request] == 0 {
                done.push(request);
            }
        }
        done.into_iter()
            .try_for_each(|request| self.hand_over(request))
    }

    fn hand_over(&mut self, request: usize) -> ControlFlow<()> {
        let Prepared {
            context,
            n_truncated,
            ..
        } = &self.prepared[request];
        let continuations = std::mem::take(&mut self.scores[request]);
        let reply = ScoreReply {
            context_tokens: context.clone(),
            n_truncated: *n_truncated,
            continuations,
        };
        (self.on_reply)(request, reply)
    }
}
