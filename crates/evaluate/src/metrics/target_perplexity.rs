//! `target_perplexity`: how surprising the keys are as texts.

use super::{Card, Metric, Missing, Sample, Score};

/// *What it measures*: exp of the mean of −log-probability of the key after the question, of several keys the likeliest; wrong
/// options do not matter. `ppl` of LightEval.
///
/// *When not to use it*: to compare exams, whose keys differ in length.
///
/// *Example*: keys with the log-probabilities −2 and −4: e³ = 20.1.
#[derive(Debug)]
pub(super) struct TargetPerplexity;

impl Metric for TargetPerplexity {
    fn card(&self) -> Card {
        Card {
            name: "target_perplexity".into(),
            about: "perplexity of the keys as texts".into(),
            quantity: "exp (mean of −log-probability of the key)",
            peers: "`ppl` of LightEval",
            range: "1 to ∞",
            columns: &["log_prob"],
            higher_is_better: false,
            ..Card::CORPUS
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let log_probs = sample.log_probs()?;
        let of_golds = sample.golds()?.iter().map(|&gold| log_probs[gold]);
        Ok(Score::Several(vec![
            of_golds.fold(f64::NEG_INFINITY, f64::max),
        ]))
    }

    fn corpus(&self, questions: &[&[f64]]) -> Option<f64> {
        let sum: f64 = questions.iter().map(|numbers| numbers[0]).sum();
        crate::measures::perplexity(sum, questions.len() as f64)
    }
}
