//! `mrr` and `recall_at_K`: where the key stands among the options by their sums.

use super::{Card, Metric, Missing, Sample, Score};
use crate::{
    doc::Doc,
    measures::{pass_at_k, rank_of_gold},
};

/// *What it measures*: the mean of 1 / rank of the key, of several the best one's; equals share the better rank. LightEval's
/// `mrr`.
///
/// *When not to use it*: with two options, where it says what `acc` says.
///
/// *Example*: the key is the second likeliest: ½.
#[derive(Debug)]
pub(super) struct Mrr;

impl Metric for Mrr {
    fn card(&self) -> Card {
        Card {
            name: "mrr".into(),
            about: "mean reciprocal rank of the key".into(),
            quantity: "1 / rank of the key by sum",
            peers: "`mrr` of LightEval",
            ..Card::MEAN
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        Ok(Score::Number(1.0 / rank(sample)? as f64))
    }
}

/// *What it measures*: how often a key is among the K likeliest options. LightEval's `recall` with that depth.
///
/// *When not to use it*: with K close to the number of options, where everything is right.
///
/// *Example*: `recall_at_2` of a question whose key is the second likeliest is 1.
#[derive(Debug)]
pub(super) struct RecallAt(pub(super) usize);

impl Metric for RecallAt {
    fn card(&self) -> Card {
        Card {
            name: format!("recall_at_{}", self.0).into(),
            about: "a key is among the likeliest answers".into(),
            quantity: "1 if a key is among the K largest sums (`recall_at_3`: K = 3)",
            peers: "`recall` of LightEval",
            ..Card::SHARE
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        Ok(Score::of(rank(sample)? <= self.0))
    }

    fn chance(&self, doc: &Doc) -> Option<f64> {
        let n = doc.choices.len();
        pass_at_k(n, doc.golds.len(), self.0.min(n))
    }

    fn at(&self, k: usize) -> Option<Box<dyn Metric>> {
        Some(Box::new(Self(k)))
    }
}

fn rank(sample: &Sample<'_>) -> Result<usize, Missing> {
    rank_of_gold(&sample.log_probs()?, sample.golds()?).ok_or(Missing::Key)
}
