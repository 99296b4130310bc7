//! `chrf` and `chrf_pp`: n-grams of characters, and of words, that reply and reference have in common.

use super::{Card, Metric, Missing, Reads, Sample, Score, sums};
use crate::measures::{CHRF_COUNTS, chrf, chrf_counts};

/// *What it measures*: chrF of all replies together: F2 of n-grams of 1 to 6 characters; chrF++ (`chrf_pp`) with those of 1 and 2
/// words. From 0 to 100; sacrebleu's `CHRF()` and `CHRF(word_order=2)`. The counts of each question are stored.
///
/// *When not to use it*: to tell a right answer from a wrong one that is spelled alike.
///
/// *Example*: `the cat sat` for `the cat sits`: `chrf` 61.0.
#[derive(Debug)]
pub(super) struct Chrf {
    n_words: usize,
}

pub(super) const CHRF: Chrf = Chrf { n_words: 0 };
pub(super) const CHRF_PLUS_PLUS: Chrf = Chrf { n_words: 2 };

impl Metric for Chrf {
    fn card(&self) -> Card {
        let (name, quantity, peers) = match self.n_words {
            0 => (
                "chrf",
                "F2 of n-grams of 1 to 6 characters, in percent",
                "`CHRF()` of sacrebleu, `chrf` of lm-evaluation-harness and LightEval",
            ),
            _ => (
                "chrf_pp",
                "F2 of those and of n-grams of 1 and 2 words",
                "`CHRF(word_order=2)` of sacrebleu, `chrf++` of both",
            ),
        };
        Card {
            name: name.into(),
            about: "characters in common with the references".into(),
            quantity,
            peers,
            lm_eval: if self.n_words == 0 { "chrf" } else { "chrf++" },
            range: "0 to 100",
            reads: Reads::Reply,
            columns: &CHRF_COUNTS[..18 + 3 * self.n_words],
            ..Card::CORPUS
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let counts = chrf_counts(sample.reply()?, &sample.references()?, self.n_words);
        counts.map(Score::Several).ok_or(Missing::Key)
    }

    fn corpus(&self, questions: &[&[f64]]) -> Option<f64> {
        (!questions.is_empty()).then(|| chrf(&sums(questions)))
    }
}
