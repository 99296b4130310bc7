//! Metrics: how the scores of a question's options become a choice. One file a metric, and one line in [`ALL`]: summary,
//! results, details, `--help` and the guide read it there.

mod acc;
mod acc_norm;
mod acc_norm_no_space;
mod acc_norm_token;

use examen_core::LogProb;
use examen_llm::ContinuationScore;
use std::fmt;

/// Every metric, the headline first.
pub const ALL: &[&dyn Metric] = &[
    &acc::Acc,
    &acc_norm::AccNorm,
    &acc_norm_no_space::AccNormNoSpace,
    &acc_norm_token::AccNormToken,
];

/// One way of comparing options. The score of a question is 1 if the preferred option is the key and 0 if not; the
/// metric of a run is the mean over its scored questions.
pub trait Metric: fmt::Debug + Send + Sync {
    /// Name in results, tables and columns.
    fn name(&self) -> &'static str;
    /// One line on what it measures.
    fn about(&self) -> &'static str;
    /// The number that it compares between options, for the guide: `sum per token`.
    fn quantity(&self) -> &'static str;
    /// The same metric in other programs, for the guide; empty where none has it.
    fn peers(&self) -> &'static str;
    /// The model's preference for an option; the largest wins. `continuation` is the text that was scored, with its
    /// leading space.
    fn preference(&self, continuation: &str, score: &ContinuationScore) -> LogProb;

    /// Index of the preferred option, the first of equals; `None` for no options.
    fn choose(&self, continuations: &[String], scores: &[ContinuationScore]) -> Option<usize> {
        let preferences: Vec<_> = continuations
            .iter()
            .zip(scores)
            .map(|(text, score)| self.preference(text, score))
            .collect();
        LogProb::argmax(&preferences)
    }
}

/// Names and quantities, one line a metric: a part of `--help`.
pub fn help(metrics: &[&dyn Metric]) -> String {
    let width = metrics.iter().map(|metric| metric.name().len()).max();
    let line = |metric: &&dyn Metric| {
        let (name, width) = (metric.name(), width.unwrap_or_default());
        format!("  {name:width$}  {}\n", metric.quantity())
    };
    metrics.iter().map(line).collect()
}

/// The guide's table of metrics, in Markdown.
pub fn guide_table(metrics: &[&dyn Metric]) -> String {
    let header =
        "| metric | the choice is the answer with the largest | same as |\n| --- | --- | --- |\n";
    let row = |metric: &&dyn Metric| {
        let cells = [metric.quantity(), metric.peers()].map(|cell| match cell {
            "" => " ".to_owned(),
            text => format!(" {text} "),
        });
        format!("| `{}` |{}|\n", metric.name(), cells.join("|"))
    };
    header.to_owned() + &metrics.iter().map(row).collect::<String>()
}

/// A log-probability shared out over `length` units; undivided where there are none.
fn per_unit(score: &ContinuationScore, length: usize) -> LogProb {
    LogProb(score.log_prob().0 / length.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The score of an option whose tokens have these log-probabilities.
    pub(super) fn score(token_log_probs: &[f64]) -> ContinuationScore {
        ContinuationScore {
            tokens: vec![0; token_log_probs.len()],
            token_log_probs: token_log_probs.to_vec(),
            is_greedy: false,
        }
    }

    /// The preference for ` ñandú` whose tokens have −2, −4 and −6: the example of each metric's manual page.
    pub(super) fn example(metric: &dyn Metric) -> f64 {
        metric.preference(" ñandú", &score(&[-2.0, -4.0, -6.0])).0
    }

    #[test]
    fn names_are_unique_and_fit_for_columns() {
        let names: BTreeSet<_> = ALL.iter().map(|metric| metric.name()).collect();
        assert_eq!(names.len(), ALL.len());
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(names.iter().all(|name| name.chars().all(is_plain)));
    }

    #[test]
    fn the_likeliest_wins_and_length_may_change_which() {
        let continuations = [" a".to_owned(), " a longer answer".to_owned()];
        let scores = [score(&[-3.0]), score(&[-2.0, -2.0])];
        let choice = |metric: &dyn Metric| metric.choose(&continuations, &scores);
        assert_eq!(choice(&acc::Acc), Some(0));
        assert_eq!(choice(&acc_norm::AccNorm), Some(1));
        assert_eq!(choice(&acc_norm_no_space::AccNormNoSpace), Some(1));
        assert_eq!(choice(&acc_norm_token::AccNormToken), Some(1));
        assert_eq!(ALL[0].choose(&[], &[]), None);
    }
}
