//! `drop_em` and `drop_f1`: the scores of the benchmark DROP.

use super::{Card, Metric, Missing, Reads, Sample, Score};
use crate::measures::{self, Drop};

/// *What it measures*: DROP's exact match and F1 (D. Dua et al., N19-1246): as `token_f1` with each word once, 0 where the numbers of
/// reply and reference differ; to two decimals. The spans of an answer are its lines.
///
/// *When not to use it*: for answers without numbers: `token_f1` is plainer.
///
/// *Example*: `3 goals` for `3`: .67; for `4 goals`: 0.
#[derive(Debug)]
pub(super) struct DropScore {
    name: &'static str,
    about: &'static str,
    quantity: &'static str,
    part: fn(Drop) -> f64,
}

pub(super) const EXACT_MATCH: DropScore = DropScore {
    name: "drop_em",
    about: "the reply's spans are the reference's (DROP)",
    quantity: "1 if the spans are the same",
    part: |drop| drop.exact_match,
};
pub(super) const F1: DropScore = DropScore {
    name: "drop_f1",
    about: "words in common, 0 where numbers differ (DROP)",
    quantity: "mean F1 of the best pairing of spans",
    part: |drop| drop.f1,
};

impl Metric for DropScore {
    fn card(&self) -> Card {
        Card {
            name: self.name.into(),
            about: self.about.into(),
            quantity: self.quantity,
            peers: "`drop` of lm-evaluation-harness",
            reads: Reads::Reply,
            ..Card::MEAN
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let references: Vec<Vec<&str>> = sample.references()?.into_iter().map(spans).collect();
        let reply = spans(sample.reply()?);
        let drop = measures::drop(&reply, &references);
        drop.map(|drop| Score::Number((self.part)(drop)))
            .ok_or(Missing::TooLong)
    }
}

/// The lines of a text; of an empty one the empty line.
fn spans(text: &str) -> Vec<&str> {
    match text.is_empty() {
        true => vec![""],
        false => text.lines().collect(),
    }
}
