//! `acc_norm_token`: the likeliest answer a token.

use super::{Card, Metric, Missing, Sample, Score};

/// *What it measures*: as `acc`, with each sum divided by the number of tokens of the answer: the mean log-probability
/// of a token.
///
/// *When not to use it*: to compare models with different tokenizers; what a token is differs between them.
///
/// *Example*: −2, −4 and −6 are −4 a token.
#[derive(Debug)]
pub(super) struct AccNormToken;

impl Metric for AccNormToken {
    fn card(&self) -> Card {
        Card {
            name: "acc_norm_token".into(),
            about: "the likeliest answer per token is the key".into(),
            quantity: "sum per token",
            is_default: true,
            ..Card::SHARE
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        sample.choose_per_unit(|index| sample.scores[index].token_log_probs.len())
    }
}
