//! `acc`: the likeliest answer as it stands.

use super::{Metric, Sample};
use examen_core::LogProb;

/// *What it measures*: how often the key is the option with the largest summed log-probability after the question;
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
    fn name(&self) -> &'static str {
        "acc"
    }

    fn about(&self) -> &'static str {
        "the likeliest answer is the key"
    }

    fn quantity(&self) -> &'static str {
        "sum"
    }

    fn peers(&self) -> &'static str {
        "`acc` of LightEval and of lm-evaluation-harness"
    }

    fn preference(&self, sample: &Sample<'_>, index: usize) -> LogProb {
        sample.scores[index].log_prob()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::example, *};

    #[test]
    fn the_sum_is_compared() {
        assert_eq!(example(&Acc), -12.0);
    }
}
