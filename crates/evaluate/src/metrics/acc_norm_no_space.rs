//! `acc_norm_no_space`: the likeliest answer a character, as lm-evaluation-harness counts characters.

use super::{Metric, Sample, per_unit};
use examen_core::LogProb;

/// *What it measures*: as `acc`, with each sum divided by the number of Unicode characters of the answer *without* the
/// space before it; what lm-evaluation-harness calls `acc_norm`.
///
/// *When not to use it*: beside numbers of LightEval: see `acc_norm`.
///
/// *Example*: −12 over ` ñandú` is −12 / 5.
#[derive(Debug)]
pub(super) struct AccNormNoSpace;

impl Metric for AccNormNoSpace {
    fn name(&self) -> &'static str {
        "acc_norm_no_space"
    }

    fn about(&self) -> &'static str {
        "the likeliest answer per character is the key (lm-evaluation-harness: without the leading space)"
    }

    fn quantity(&self) -> &'static str {
        "sum per character, that space not counted"
    }

    fn peers(&self) -> &'static str {
        "`acc_norm` of lm-evaluation-harness"
    }

    fn preference(&self, sample: &Sample<'_>, index: usize) -> LogProb {
        let choice = &sample.doc.choices[index];
        let answer = choice.strip_prefix(' ').unwrap_or(choice);
        per_unit(&sample.scores[index], answer.chars().count())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::example, *};

    #[test]
    fn characters_count_without_the_space() {
        assert_eq!(example(&AccNormNoSpace), -2.4);
    }
}
