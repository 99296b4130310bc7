//! `word_perplexity`, `byte_perplexity` and `bits_per_byte`: how well a model knows whole texts.

use super::{Card, Metric, Missing, Reads, Sample, Score, sums};
use crate::measures::{bits_per_byte, n_words, perplexity};

/// *What it measures*: exp of −log-probability per word or byte over all texts together, or bits per byte; as
/// lm-evaluation-harness and LightEval. The text is the question's target.
///
/// *When not to use it*: the word perplexity, for languages that are written without spaces.
///
/// *Example*: a text of 2 words and 9 bytes with the log-probability −6: e³ = 20.1, e^⅔ = 1.95, .96 bits.
#[derive(Debug)]
pub(super) struct Perplexity {
    name: &'static str,
    quantity: &'static str,
    range: &'static str,
    columns: &'static [&'static str],
    units: fn(&str) -> usize,
    measure: fn(f64, f64) -> Option<f64>,
}

pub(super) const WORD: Perplexity = Perplexity {
    name: "word_perplexity",
    quantity: "exp (−log-probability / words)",
    range: "1 to ∞",
    columns: &["log_prob", "words"],
    units: n_words,
    measure: perplexity,
};
pub(super) const BYTE: Perplexity = Perplexity {
    name: "byte_perplexity",
    quantity: "exp (−log-probability / bytes)",
    columns: &["log_prob", "bytes"],
    units: str::len,
    ..WORD
};
pub(super) const BITS_PER_BYTE: Perplexity = Perplexity {
    name: "bits_per_byte",
    quantity: "−log-probability / bytes / ln 2",
    range: "0 to ∞",
    measure: bits_per_byte,
    ..BYTE
};

impl Metric for Perplexity {
    fn card(&self) -> Card {
        Card {
            name: self.name.into(),
            about: "surprise of whole texts".into(),
            quantity: self.quantity,
            peers: "the same name in lm-evaluation-harness and LightEval",
            lm_eval: self.name,
            range: self.range,
            reads: Reads::Text,
            columns: self.columns,
            higher_is_better: false,
            is_default: true,
            ..Card::CORPUS
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let log_prob = sample.log_probs()?[0];
        let units = (self.units)(&sample.doc.target);
        Ok(Score::Several(vec![log_prob, units as f64]))
    }

    fn corpus(&self, questions: &[&[f64]]) -> Option<f64> {
        let sums = sums(questions);
        (self.measure)(*sums.first()?, *sums.get(1)?)
    }
}
