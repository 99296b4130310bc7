//! `acc_norm_byte`: the likeliest answer a byte.

use super::acc::without_space;
use super::{Card, Metric, Missing, Sample, Score};

/// *What it measures*: as `acc`, with each sum divided by the number of bytes of the answer in UTF-8, without the space before
/// it; `acc_bytes` of lm-evaluation-harness.
///
/// *When not to use it*: for options in several alphabets: a letter of Cyrillic is two bytes, one of Chinese three.
///
/// *Example*: −12 over ` ñandú` is −12 / 7.
#[derive(Debug)]
pub(super) struct AccNormByte;

impl Metric for AccNormByte {
    fn card(&self) -> Card {
        Card {
            name: "acc_norm_byte".into(),
            about: "the likeliest answer per byte is the key".into(),
            quantity: "sum per byte of UTF-8, that space not counted",
            lm_eval: "acc_bytes",
            peers: "`acc_bytes` of lm-evaluation-harness",
            ..Card::SHARE
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        sample.choose_per_unit(|index| without_space(&sample.doc.choices[index]).len())
    }
}
