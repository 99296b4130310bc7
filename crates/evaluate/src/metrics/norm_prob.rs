//! `norm_prob`: the probability of the key among the options.

use super::{Card, Metric, Missing, Sample, Score};

/// *What it measures*: the probability of the key, of several that of the likeliest, divided by that of all options together;
/// LightEval's `NormalizedMultiChoiceProbability`.
///
/// *When not to use it*: where options differ much in length: short ones have most of the probability.
///
/// *Example*: log-probabilities −1 and −2 with the key first: 1 / (1 + e⁻¹) = .731.
#[derive(Debug)]
pub(super) struct NormProb;

impl Metric for NormProb {
    fn card(&self) -> Card {
        Card {
            name: "norm_prob".into(),
            about: "probability of the key among the options".into(),
            quantity: "probability of the likeliest key / probability of all options",
            peers: "`NormalizedMultiChoiceProbability` of LightEval",
            ..Card::MEAN
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let (golds, probabilities) = (sample.golds()?, sample.probabilities()?);
        let of_golds = golds.iter().map(|&gold| probabilities[gold]);
        Ok(Score::Number(of_golds.fold(0.0, f64::max)))
    }
}
