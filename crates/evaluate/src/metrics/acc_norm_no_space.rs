//! `acc_norm_no_space`: the likeliest answer a character, as lm-evaluation-harness counts characters.

use super::acc::without_space;
use super::{Card, Metric, Missing, Sample, Score};

/// *What it measures*: as `acc`, with each sum divided by the number of Unicode characters of the answer *without* the
/// space before it; what lm-evaluation-harness calls `acc_norm`.
///
/// *When not to use it*: beside numbers of LightEval: see `acc_norm`.
///
/// *Example*: −12 over ` ñandú` is −12 / 5.
#[derive(Debug)]
pub(super) struct AccNormNoSpace;

impl Metric for AccNormNoSpace {
    fn card(&self) -> Card {
        Card {
            name: "acc_norm_no_space".into(),
            about: "the likeliest answer per character is the key (lm-evaluation-harness: without the leading space)".into(),
            quantity: "sum per character, that space not counted",
            lm_eval: "acc_norm",
            peers: "`acc_norm` of lm-evaluation-harness",
            is_default: true,
            ..Card::SHARE
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        sample.choose_per_unit(|index| without_space(&sample.doc.choices[index]).chars().count())
    }
}
