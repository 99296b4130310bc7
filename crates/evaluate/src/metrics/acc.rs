//! `acc`: the likeliest answer as it stands.

use super::{Card, Metric, Missing, Sample, Score};

/// *What it measures*: how often a key is the option with the largest summed log-probability after the question;
/// LightEval's and lm-evaluation-harness's `acc`, and what the original task meant by `exam_question_accuracy` (it took
/// the smallest).
///
/// *When not to use it*: alone, where options differ much in length: a sum has more to lose with every token, so short
/// options are favoured. Read it beside `acc_norm`.
///
/// *Example*: sums −16.7, −16.4, −14.0, −17.0 choose the third option.
#[derive(Debug)]
pub(super) struct Acc;

impl Metric for Acc {
    fn card(&self) -> Card {
        Card {
            name: "acc".into(),
            about: "the likeliest answer is the key".into(),
            quantity: "sum of the log-probabilities",
            lm_eval: "acc",
            peers: "`acc` of LightEval and of lm-evaluation-harness",
            is_default: true,
            ..Card::SHARE
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        sample.choose(|index| sample.log_prob(index))
    }
}

/// An answer without the space before it.
pub(super) fn without_space(answer: &str) -> &str {
    answer.strip_prefix(' ').unwrap_or(answer)
}
