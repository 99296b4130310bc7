//! Questions of scoring and generation to a network, wherever it runs.

use super::{Answer, Decoder, Keep, KvBlock, Pack, Target};
use crate::error::EngineError;
use crate::math::matrix::Matrix;

/// Answers in the order of their targets, and what is kept of all tokens if that was asked for.
pub(crate) type Scored = Result<(Vec<Answer>, Option<KvBlock>), EngineError>;

/// Logits (rows × vocabulary), and what is kept of all tokens.
pub(crate) type Predicted = Result<(Matrix, KvBlock), EngineError>;

/// A network that reads packs. Every token id is a row of its embedding; rows are those of the pack.
pub(crate) trait Network: Send + Sync {
    /// Numbers in all weights; a tied output layer counts once.
    fn n_parameters(&self) -> usize;

    /// Bytes that the keys and values of one token take.
    fn kv_bytes_per_token(&self) -> usize;

    /// The log-probabilities of the targets, each with the `n_top` likeliest tokens in its place.
    fn score(&self, pack: &Pack<'_>, targets: &[Target], n_top: usize, keep: Keep) -> Scored;

    /// All logits after some rows.
    fn predict(&self, pack: &Pack<'_>, rows: &[usize]) -> Predicted;
}

impl Network for Decoder {
    fn n_parameters(&self) -> usize {
        Decoder::n_parameters(self)
    }

    fn kv_bytes_per_token(&self) -> usize {
        self.config.kv_bytes_per_token()
    }

    fn score(&self, pack: &Pack<'_>, targets: &[Target], n_top: usize, keep: Keep) -> Scored {
        let hidden = self.forward(pack, keep);
        let (rows, targets) = distinct_rows(targets);
        Ok((
            self.log_probs(&hidden.states.gather(&rows), &targets, n_top),
            hidden.kept,
        ))
    }

    fn predict(&self, pack: &Pack<'_>, rows: &[usize]) -> Predicted {
        let hidden = self.forward(pack, Keep::KeysAndValues);
        let kept = hidden.kept.expect("keys and values were asked for");
        Ok((self.logits(&hidden.states.gather(rows)), kept))
    }
}

/// The rows that predict any target, in their order, and the targets with indices into that list as their rows.
pub(super) fn distinct_rows(targets: &[Target]) -> (Vec<usize>, Vec<Target>) {
    let mut rows: Vec<usize> = targets.iter().map(|target| target.row).collect();
    rows.sort_unstable();
    rows.dedup();
    let index = |row| {
        rows.binary_search(&row)
            .expect("every wanted row is in the list")
    };
    let targets = targets
        .iter()
        .map(|target| Target {
            row: index(target.row),
            ..*target
        })
        .collect();
    (rows, targets)
}
