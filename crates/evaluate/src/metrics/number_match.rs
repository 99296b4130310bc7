//! `number_match`: the number that a reply ends at is the right one.

use super::{Card, Metric, Missing, Reads, Sample, Score};
use crate::measures::read_number;

/// *What it measures*: how often the number that a reply answers with equals one in the references; both are read by the same
/// rules, in the language that the question is labelled with. A reply without a number, or with several, is wrong.
///
/// *When not to use it*: for fractions and formulas, which are not computed.
///
/// *Example*: `So she pays $1,200.` for the reference `1200`: 1.
#[derive(Debug)]
pub(super) struct NumberMatch;

impl Metric for NumberMatch {
    fn card(&self) -> Card {
        Card {
            name: "number_match".into(),
            about: "the reply's number is right".into(),
            quantity: "1 if the number that the reply answers with is the reference's",
            peers: "`exact_match` after `flexible-extract` of lm-evaluation-harness, in kind",
            reads: Reads::Reply,
            ..Card::SHARE
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let language = sample.doc.labels.language.as_deref().unwrap_or_default();
        let references = sample.references()?;
        let right: Vec<_> = references
            .iter()
            .filter_map(|text| read_number(text, language))
            .collect();
        if right.is_empty() {
            return Err(Missing::Key);
        }
        let said = read_number(sample.reply()?, language);
        Ok(Score::of(said.is_some_and(|said| right.contains(&said))))
    }
}
