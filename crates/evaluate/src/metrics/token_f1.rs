//! `token_f1`: the words that reply and reference have in common.

use super::{Card, Metric, Missing, Reads, Sample, Score};

/// *What it measures*: SQuAD's F1 between the words of the reply and of the best reference, each word as often as it occurs, in
/// lower case and without ASCII punctuation and English articles.
///
/// *When not to use it*: for languages that are written without spaces: a sentence is one word.
///
/// *Example*: `left atrium` for `left ventricle`: .5.
#[derive(Debug)]
pub(super) struct TokenF1;

impl Metric for TokenF1 {
    fn card(&self) -> Card {
        Card {
            name: "token_f1".into(),
            about: "words in common with the reference".into(),
            quantity: "F1 of the words in common",
            peers: "SQuAD's `F1`, `f1_abstractive` of lm-evaluation-harness's Qasper",
            reads: Reads::Reply,
            ..Card::MEAN
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let f1 = crate::measures::token_f1(sample.reply()?, &sample.references()?);
        f1.map(Score::Number).ok_or(Missing::Key)
    }
}
