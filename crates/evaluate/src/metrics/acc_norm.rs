//! `acc_norm`: the likeliest answer a character, as LightEval counts characters.

use super::{Metric, Sample, per_unit};
use examen_core::LogProb;

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
    fn name(&self) -> &'static str {
        "acc_norm"
    }

    fn about(&self) -> &'static str {
        "the likeliest answer per character is the key (LightEval: with the leading space)"
    }

    fn quantity(&self) -> &'static str {
        "sum per character, the space before the answer counted"
    }

    fn peers(&self) -> &'static str {
        "`acc_norm` of LightEval"
    }

    fn preference(&self, sample: &Sample<'_>, index: usize) -> LogProb {
        let n_characters = sample.doc.choices[index].chars().count();
        per_unit(&sample.scores[index], n_characters)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::example, *};

    #[test]
    fn characters_count_with_the_space() {
        assert_eq!(example(&AccNorm), -2.0);
    }
}
