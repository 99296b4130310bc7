//! The output layer, at the rows that are asked for: log-probabilities of given tokens, or all logits.

use super::Decoder;
use crate::math::kernels;
use crate::math::matrix::Matrix;
use crate::math::rows::{Output, RowsMut};
use crate::weight::Weight;
use rayon::prelude::*;

/// Rows of the output layer that one task multiplies by.
pub(super) const BLOCK: usize = 384;

/// Ask for the log-probability of a token after a row of hidden states.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    /// Index of the row: of the pack, or of the states at hand.
    pub(crate) row: usize,
    /// Id of the token.
    pub(crate) token: u32,
}

/// The answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    /// Natural log-probability.
    pub(crate) log_prob: f64,
    /// `true` if it is the likeliest token of all; of equals, the one with the smallest id.
    pub(crate) is_likeliest: bool,
    /// As many of the likeliest tokens as were asked for, the likeliest first, with their log-probabilities.
    pub(crate) top: Vec<(u32, f64)>,
}

/// Share of one block of the vocabulary in each row's answer.
struct BlockSummary {
    /// Largest logit, the first token that has it, and Σ exp(logit − largest).
    rows: Vec<(f32, u32, f32)>,
    /// Likeliest tokens of each row, with their logits; empty lists unless they were asked for.
    top: Vec<Vec<(u32, f32)>>,
    /// Number of a target in this block, and its logit.
    targets: Vec<(usize, f32)>,
}

impl Decoder {
    /// Log-softmax at some targets, with the `n_top` likeliest tokens there. The logits are computed by blocks of the
    /// vocabulary and never held all at once.
    pub(super) fn log_probs(
        &self,
        states: &Matrix,
        targets: &[Target],
        n_top: usize,
    ) -> Vec<Answer> {
        let _span = tracing::trace_span!("head").entered();
        let head = self.head();
        let n_blocks = head.n_rows().div_ceil(BLOCK);
        let mut by_block = vec![Vec::new(); n_blocks];
        for (index, target) in targets.iter().enumerate() {
            by_block[target.token as usize / BLOCK].push((index, *target));
        }
        let cap = self.config.logit_cap;
        let summary = |(block, targets): (usize, &Vec<_>)| {
            summarise(head, states, cap, block, targets, n_top)
        };
        let blocks: Vec<BlockSummary> = by_block.par_iter().enumerate().map(summary).collect();
        let rows: Vec<(f64, u32)> = (0..states.n_rows)
            .map(|row| log_sum_exp(&blocks, row))
            .collect();
        let tops: Vec<Vec<(u32, f32)>> = (0..states.n_rows)
            .into_par_iter()
            .map(|row| merged(&blocks, row, n_top))
            .collect();
        let mut answers = vec![Answer::default(); targets.len()];
        for &(index, logit) in blocks.iter().flat_map(|block| &block.targets) {
            let (normaliser, likeliest) = rows[targets[index].row];
            let log_prob = |logit: f32| f64::from(logit) - normaliser;
            let top = tops[targets[index].row].iter();
            answers[index] = Answer {
                log_prob: log_prob(logit),
                is_likeliest: targets[index].token == likeliest,
                top: top
                    .map(|&(token, logit)| (token, log_prob(logit)))
                    .collect(),
            };
        }
        answers
    }

    /// All logits of all rows: rows × vocabulary. For the few rows of a decoding step.
    pub(super) fn logits(&self, states: &Matrix) -> Matrix {
        let _span = tracing::trace_span!("head").entered();
        let mut logits = Matrix::zeros(states.n_rows, self.head().n_rows());
        self.head()
            .multiply(states.view(), logits.view_mut(), Output::Replace);
        if let Some(cap) = self.config.logit_cap {
            kernels::soft_cap(&mut logits.data, cap);
        }
        logits
    }
}

fn summarise(
    head: &Weight,
    states: &Matrix,
    cap: Option<f32>,
    block: usize,
    targets: &[(usize, Target)],
    n_top: usize,
) -> BlockSummary {
    let first = block * BLOCK;
    let n = BLOCK.min(head.n_rows() - first);
    let mut logits = vec![0.0; states.n_rows * n];
    let out = RowsMut::new(&mut logits, states.n_rows, n, n);
    head.multiply_block(block, BLOCK, states.view(), out);
    if let Some(cap) = cap {
        kernels::soft_cap(&mut logits, cap);
    }
    let rows = logits.chunks_exact(n).map(|logits| {
        let max = kernels::max(logits);
        let index = logits.iter().position(|&logit| logit == max).unwrap_or(0);
        (max, (first + index) as u32, kernels::sum_exp(logits, max))
    });
    let rows = rows.collect();
    let top = logits.chunks_exact(n).map(|logits| {
        let top = likeliest(logits, n_top);
        top.into_iter()
            .map(|(token, logit)| (first as u32 + token, logit))
            .collect()
    });
    let top = top.collect();
    let logit = |target: &Target| logits[target.row * n + target.token as usize - first];
    BlockSummary {
        rows,
        top,
        targets: targets
            .iter()
            .map(|(index, target)| (*index, logit(target)))
            .collect(),
    }
}

/// The `n` largest logits with their tokens, the largest first; of equals, the smallest id first. Logits that are no numbers are
/// left out.
pub(crate) fn likeliest(logits: &[f32], n: usize) -> Vec<(u32, f32)> {
    let mut top: Vec<(u32, f32)> = Vec::with_capacity(n.saturating_add(1).min(64));
    for (token, &logit) in (0..).zip(logits) {
        let is_below = |last: &(u32, f32)| logit <= last.1;
        if n == 0 || logit.is_nan() || (top.len() == n && top.last().is_some_and(is_below)) {
            continue;
        }
        let index = top.partition_point(|&(_, other)| other >= logit);
        top.insert(index, (token, logit));
        top.truncate(n);
    }
    top
}

/// The `n` likeliest tokens of a row, of those of all blocks.
fn merged(blocks: &[BlockSummary], row: usize, n: usize) -> Vec<(u32, f32)> {
    let mut all: Vec<(u32, f32)> = blocks
        .iter()
        .flat_map(|block| block.top[row].iter().copied())
        .collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    all.truncate(n);
    all
}

/// The logarithm of the sum of all exponentials of a row, and its likeliest token.
fn log_sum_exp(blocks: &[BlockSummary], row: usize) -> (f64, u32) {
    let (mut max, mut likeliest) = (f32::NEG_INFINITY, 0);
    for &(block_max, token, _) in blocks.iter().map(|block| &block.rows[row]) {
        if block_max > max {
            (max, likeliest) = (block_max, token);
        }
    }
    let parts = blocks.iter().map(|block| block.rows[row]);
    let sum: f64 = parts
        .map(|(block_max, _, sum)| f64::from(sum) * f64::from(block_max - max).exp())
        .sum();
    (f64::from(max) + sum.ln(), likeliest)
}
