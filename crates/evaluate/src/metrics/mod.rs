//! Metrics: how the scores of a question's options become a choice. One file a metric, and one line in [`ALL`].

mod acc;
mod acc_norm;
mod acc_norm_no_space;
mod acc_norm_token;

use examen_core::LogProb;
use examen_llm::ContinuationScore;

/// Every metric, the headline first.
pub const ALL: &[&dyn Metric] = &[
    &acc::Acc,
    &acc_norm::AccNorm,
    &acc_norm_no_space::AccNormNoSpace,
    &acc_norm_token::AccNormToken,
];

/// One way of comparing options. The score of a question is 1 if the preferred option is the key and 0 if not; the
/// metric of a run is the mean over its scored questions.
pub trait Metric: Send + Sync {
    /// Its name in results and tables.
    fn name(&self) -> &'static str;
    /// What it measures, in one line.
    fn about(&self) -> &'static str;
    /// How much the model prefers an option; the largest wins. `continuation` is the text that was scored, with its
    /// leading space.
    fn preference(&self, continuation: &str, score: &ContinuationScore) -> LogProb;

    /// The place of the preferred option, the first of equals; `None` for no options.
    fn choose(&self, continuations: &[String], scores: &[ContinuationScore]) -> Option<usize> {
        let preferences: Vec<_> = continuations
            .iter()
            .zip(scores)
            .map(|(text, score)| self.preference(text, score))
            .collect();
        LogProb::argmax(&preferences)
    }
}

/// A log-probability shared out over `length` units; undivided where there are none.
fn per_unit(score: &ContinuationScore, length: usize) -> LogProb {
    LogProb(score.log_prob().0 / length.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(token_log_probs: &[f64]) -> ContinuationScore {
        let tokens = vec![0; token_log_probs.len()];
        ContinuationScore {
            tokens,
            token_log_probs: token_log_probs.to_vec(),
            is_greedy: false,
        }
    }

    #[test]
    fn each_metric_divides_by_what_it_says() {
        let (text, score) = (" ñandú", score(&[-2.0, -4.0, -6.0]));
        let preferences: Vec<_> = ALL
            .iter()
            .map(|metric| (metric.name(), metric.preference(text, &score).0))
            .collect();
        let expected = [
            ("acc", -12.0),
            ("acc_norm", -2.0),
            ("acc_norm_no_space", -2.4),
            ("acc_norm_token", -4.0),
        ];
        assert_eq!(preferences, expected);
    }

    #[test]
    fn the_likeliest_wins_and_length_may_change_which() {
        let continuations = [" a".to_owned(), " a longer answer".to_owned()];
        let scores = [score(&[-3.0]), score(&[-2.0, -2.0])];
        let choices: Vec<_> = ALL
            .iter()
            .map(|metric| metric.choose(&continuations, &scores))
            .collect();
        assert_eq!(choices, [Some(0), Some(1), Some(1), Some(1)]);
        assert_eq!(ALL[0].choose(&[], &[]), None);
    }
}
