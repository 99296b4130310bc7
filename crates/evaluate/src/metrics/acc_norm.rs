//! `acc_norm`: the likeliest answer a character, as LightEval counts characters.

use super::{Card, Metric, Missing, Sample, Score};

/// *What it measures*: as `acc`, with each sum divided by the number of Unicode characters of the answer *with* the
/// space before it; LightEval's `acc_norm` (`LogProbCharNorm` with `ignore_first_space=False`).
///
/// *When not to use it*: beside numbers of lm-evaluation-harness, which does not count the space: see
/// `acc_norm_no_space`. The two differ where options are short.
///
/// *Example*: −12 over ` ñandú` is −12 / 6.
#[derive(Debug)]
pub(super) struct AccNorm;

impl Metric for AccNorm {
    fn card(&self) -> Card {
        Card {
            name: "acc_norm".into(),
            about:
                "the likeliest answer per character is the key (LightEval: with the leading space)"
                    .into(),
            quantity: "sum per character, the space before the answer counted",
            peers: "`acc_norm` of LightEval",
            is_default: true,
            ..Card::SHARE
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        sample.choose_per_unit(|index| sample.doc.choices[index].chars().count())
    }
}
