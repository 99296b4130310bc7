//! `brier`: the squared distance of the options' probabilities from the key.

use super::{Card, Metric, Missing, Sample, Score};

/// *What it measures*: Σ (p − y)² over the options (G. W. Brier, 1950): if a model is sure where it is right. 0 is best, 2 is sure
/// and wrong; 1 − 1/n for n options that are all as likely. Several keys share the 1. `brier_score` of lm-evaluation-harness.
///
/// *When not to use it*: to compare exams with other numbers of options.
///
/// *Example*: probabilities .7, .2, .1 with the key first: .09 + .04 + .01 = .14.
#[derive(Debug)]
pub(super) struct Brier;

impl Metric for Brier {
    fn card(&self) -> Card {
        Card {
            name: "brier".into(),
            about: "squared distance of the probabilities from the key".into(),
            quantity: "Σ (p − y)² over the options",
            lm_eval: "brier_score",
            peers: "`brier_score` of lm-evaluation-harness",
            range: "0 to 2",
            higher_is_better: false,
            ..Card::MEAN
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let probabilities = sample.probabilities()?;
        Ok(Score::Number(crate::measures::brier(
            &probabilities,
            sample.golds()?,
        )))
    }
}
