//! Metrics: how the scores of a question's options become a choice. One file a metric, and one line in [`ALL`]: summary,
//! results, details, `--help` and the guide read it there.

mod acc;
mod acc_norm;
mod acc_norm_no_space;
mod acc_norm_token;

use crate::doc::Doc;
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

/// A question and everything that came back for it.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// The question. Its choices are the texts that were scored.
    pub doc: &'a Doc,
    /// One score a choice, in order; empty where the question was answered in words.
    pub scores: &'a [ContinuationScore],
    /// The same choices after the task's unconditional context, where a metric asked for them.
    pub unconditional: Option<&'a [ContinuationScore]>,
    /// The reply in words, where there is one.
    pub reply: Option<&'a str>,
}

impl<'a> Sample<'a> {
    /// A question whose choices were scored.
    pub fn of_choices(doc: &'a Doc, scores: &'a [ContinuationScore]) -> Self {
        Self {
            doc,
            scores,
            unconditional: None,
            reply: None,
        }
    }
}

/// One way of comparing options. The score of a question is 1 if the preferred option is a key and 0 if not; the
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
    /// The model's preference for the option at `index`; the largest wins.
    fn preference(&self, sample: &Sample<'_>, index: usize) -> LogProb;

    /// Index of the preferred option, the first of equals; `None` for no options.
    fn choose(&self, sample: &Sample<'_>) -> Option<usize> {
        let indices = 0..sample.scores.len();
        let preferences: Vec<_> = indices
            .map(|index| self.preference(sample, index))
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

    /// A question with these choices.
    pub(super) fn doc(choices: &[&str]) -> Doc {
        Doc {
            choices: choices.iter().map(ToString::to_string).collect(),
            ..Doc::default()
        }
    }

    /// The preference for ` ñandú` whose tokens have −2, −4 and −6: the example of each metric's manual page.
    pub(super) fn example(metric: &dyn Metric) -> f64 {
        let (doc, scores) = (doc(&[" ñandú"]), [score(&[-2.0, -4.0, -6.0])]);
        metric.preference(&Sample::of_choices(&doc, &scores), 0).0
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
        let doc = doc(&[" a", " a longer answer"]);
        let scores = [score(&[-3.0]), score(&[-2.0, -2.0])];
        let choice = |metric: &dyn Metric| metric.choose(&Sample::of_choices(&doc, &scores));
        assert_eq!(choice(&acc::Acc), Some(0));
        assert_eq!(choice(&acc_norm::AccNorm), Some(1));
        assert_eq!(choice(&acc_norm_no_space::AccNormNoSpace), Some(1));
        assert_eq!(choice(&acc_norm_token::AccNormToken), Some(1));
        assert_eq!(ALL[0].choose(&Sample::of_choices(&doc, &[])), None);
    }
}
