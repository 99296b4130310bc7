//! `log_loss`: the surprise of the key among the options.

use super::{Card, Metric, Missing, Sample, Score};
use crate::measures::gold_mass;

/// *What it measures*: −ln of the probability of the key among the options, of several keys that of all together;
/// scikit-learn's `log_loss`. 0 is sure and right; ln n is guessing among n options.
///
/// *When not to use it*: alone, since one question on which a model is sure and wrong can outweigh all others.
///
/// *Example*: the key has the probability ½: .693.
#[derive(Debug)]
pub(super) struct LogLoss;

impl Metric for LogLoss {
    fn card(&self) -> Card {
        Card {
            name: "log_loss".into(),
            about: "surprise of the key among the options".into(),
            quantity: "−ln (probability of the key / probability of all options)",
            peers: "`log_loss` of scikit-learn",
            range: "0 to ∞",
            higher_is_better: false,
            ..Card::MEAN
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let mass = gold_mass(&sample.probabilities()?, sample.golds()?);
        Ok(Score::Number(-mass.ln()))
    }
}
