//! Log-probabilities of continuations.
//!
//! All requests of a call become one token tree ([`tree`]), so that every distinct token is computed once; the tree
//! is cut into packs of bounded size ([`schedule`]); the output layer runs only where a continuation's token is
//! predicted.

mod schedule;
mod sequence;
mod tree;

use crate::decoder::Answer;
use crate::model::Model;
use examen_llm::{ContinuationScore, ScoreError, ScoreReply, ScoreRequest};
use schedule::Schedule;
use sequence::{Prepared, Sequence};
use tree::{Tree, Want};

/// Scores every request, in order, on the threads of the pool that it is called in.
pub(crate) fn score(
    model: &Model,
    requests: &[ScoreRequest],
    on_scored: &(dyn Fn(usize) + Sync),
) -> Result<Vec<ScoreReply>, ScoreError> {
    let prepared = sequence::prepare(model, requests)?;
    let sequences: Vec<&Sequence> = prepared.iter().flat_map(|request| &request.sequences).collect();
    let tree = Tree::new(&sequences);
    let mut board = Board::new(&prepared, &sequences, on_scored);
    Schedule { model, tree: &tree, board: &mut board }.run();
    Ok(board.replies(prepared))
}

/// Where results are collected.
struct Board<'a> {
    scores: Vec<ContinuationScore>,
    /// The request of each sequence.
    owners: Vec<usize>,
    /// Tokens that each request still waits for.
    open: Vec<usize>,
    on_scored: &'a (dyn Fn(usize) + Sync),
}

impl<'a> Board<'a> {
    fn new(prepared: &[Prepared], sequences: &[&Sequence], on_scored: &'a (dyn Fn(usize) + Sync)) -> Self {
        let empty = |sequence: &&Sequence| ContinuationScore {
            tokens: sequence.targets.clone(),
            token_log_probs: vec![0.0; sequence.targets.len()],
            is_greedy: true,
        };
        let n_targets = |request: &Prepared| request.sequences.iter().map(|sequence| sequence.targets.len()).sum();
        let owners = (prepared.iter().enumerate()).flat_map(|(index, request)| vec![index; request.sequences.len()]);
        let open: Vec<usize> = prepared.iter().map(n_targets).collect();
        let n_empty = open.iter().filter(|&&n| n == 0).count();
        if n_empty > 0 {
            on_scored(n_empty);
        }
        Self { scores: sequences.iter().map(empty).collect(), owners: owners.collect(), open, on_scored }
    }

    fn record(&mut self, wants: &[Want], answers: &[Answer]) {
        let mut n_done = 0;
        for (want, answer) in wants.iter().zip(answers) {
            let score = &mut self.scores[want.sequence];
            score.token_log_probs[want.place] = answer.log_prob;
            score.is_greedy &= answer.is_likeliest;
            let open = &mut self.open[self.owners[want.sequence]];
            *open -= 1;
            n_done += usize::from(*open == 0);
        }
        if n_done > 0 {
            (self.on_scored)(n_done);
        }
    }

    fn replies(self, prepared: Vec<Prepared>) -> Vec<ScoreReply> {
        let mut scores = self.scores.into_iter();
        let reply = |request: Prepared| ScoreReply {
            continuations: scores.by_ref().take(request.sequences.len()).collect(),
            context_tokens: request.context,
            n_truncated: request.n_truncated,
        };
        prepared.into_iter().map(reply).collect()
    }
}
