//! `letter_match`: the option that a reply chooses is a key.

use super::{Card, Metric, Missing, Reads, Sample, Score};
use crate::doc::Doc;

/// *What it measures*: how often a reply in words chooses a key, by its letter or its text (see the guide for what is read).
/// A reply that chooses nothing, or several options, is wrong.
///
/// *When not to use it*: for replies that were cut off: mend `--max-new-tokens` first.
///
/// *Example*: `The answer is **(B)**.` with the key B: 1.
#[derive(Debug)]
pub(super) struct LetterMatch;

impl Metric for LetterMatch {
    fn card(&self) -> Card {
        Card {
            name: "letter_match".into(),
            about: "the reply chooses the key".into(),
            quantity: "1 if the option that the reply chooses is a key",
            peers: "`extractive_match` of LightEval, `multi_choice_regex` of lm-evaluation-harness, in kind",
            reads: Reads::Reply,
            is_default: true,
            ..Card::SHARE
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        sample.golds()?;
        let choice = sample.read_choice(sample.reply()?);
        Ok(choice.map_or(Score::Number(0.0), |index| sample.chosen(index)))
    }

    fn chance(&self, doc: &Doc) -> Option<f64> {
        doc.chance()
    }
}
