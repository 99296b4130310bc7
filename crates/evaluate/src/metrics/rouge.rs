//! `rouge1`, `rouge2`, `rouge_l` and `rouge_lsum`: words of the reference in the reply.

use super::{Card, Metric, Missing, Reads, Sample, Score};
use crate::measures::{self, Rouge};

/// *What it measures*: F1 of words, of pairs of words, or of the longest common subsequence (`rouge_lsum`: line by line) with the
/// best reference; Google's `rouge_score` without a stemmer.
///
/// *When not to use it*: for other languages than English: `rouge_score` takes letters other than a to z for spaces.
///
/// *Example*: `the cat sat` for `the cat sat down`: `rouge1` .857, `rouge2` .8.
#[derive(Debug)]
pub(super) struct RougeMetric {
    name: &'static str,
    quantity: &'static str,
    peers: &'static str,
    kind: Rouge,
}

pub(super) const ROUGE_1: RougeMetric = RougeMetric {
    name: "rouge1",
    quantity: "F1 of words",
    peers: "`rouge1` of rouge_score and LightEval",
    kind: Rouge::One,
};
pub(super) const ROUGE_2: RougeMetric = RougeMetric {
    name: "rouge2",
    quantity: "F1 of pairs of neighbours",
    peers: "`rouge2` of rouge_score and LightEval",
    kind: Rouge::Two,
};
pub(super) const ROUGE_L: RougeMetric = RougeMetric {
    name: "rouge_l",
    quantity: "F1 of the longest common subsequence",
    peers: "`rougeL` of rouge_score and LightEval",
    kind: Rouge::L,
};
pub(super) const ROUGE_LSUM: RougeMetric = RougeMetric {
    name: "rouge_lsum",
    quantity: "F1 of the longest common subsequences, line by line",
    peers: "`rougeLsum` of rouge_score and LightEval",
    kind: Rouge::LSum,
};

impl Metric for RougeMetric {
    fn card(&self) -> Card {
        Card {
            name: self.name.into(),
            about: "words of the reference in the reply".into(),
            quantity: self.quantity,
            peers: self.peers,
            reads: Reads::Reply,
            ..Card::MEAN
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let score = measures::rouge(self.kind, sample.reply()?, &sample.references()?);
        score.map(Score::Number).ok_or(Missing::TooLong)
    }
}
