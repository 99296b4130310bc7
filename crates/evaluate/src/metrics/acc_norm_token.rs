//! `acc_norm_token`: the likeliest answer a token.

use super::{Metric, Sample, per_unit};
use examen_core::LogProb;

/// *What it measures*: as `acc`, with each sum divided by the number of tokens of the answer: the mean log-probability
/// of a token.
///
/// *When not to use it*: to compare models with different tokenizers; what a token is differs between them.
///
/// *Example*: −2, −4 and −6 are −4 a token.
#[derive(Debug)]
pub(super) struct AccNormToken;

impl Metric for AccNormToken {
    fn name(&self) -> &'static str {
        "acc_norm_token"
    }

    fn about(&self) -> &'static str {
        "the likeliest answer per token is the key"
    }

    fn quantity(&self) -> &'static str {
        "sum per token"
    }

    fn peers(&self) -> &'static str {
        ""
    }

    fn preference(&self, sample: &Sample<'_>, index: usize) -> LogProb {
        let score = &sample.scores[index];
        per_unit(score, score.tokens.len())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::example, *};

    #[test]
    fn tokens_count() {
        assert_eq!(example(&AccNormToken), -4.0);
    }
}
