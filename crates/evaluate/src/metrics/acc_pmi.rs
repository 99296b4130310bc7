//! `acc_pmi`: the answer that the question makes likelier than it is by itself.

use super::{Card, Metric, Missing, Reads, Sample, Score};

/// *What it measures*: as `acc`, with the answer's log-probability after nothing but the beginning of a text taken off each
/// sum: the pointwise mutual information of question and answer. `acc_mutual_info` of lm-evaluation-harness; the idea of A.
/// Holtzman et al., "Surface form competition" (arXiv:2104.08315).
///
/// *When not to use it*: where the options are letters, whose probabilities by themselves say little.
///
/// *Example*: sums −12 and −9, without the question −20 and −10: 8 and 1 choose the first option.
#[derive(Debug)]
pub(super) struct AccPmi;

impl Metric for AccPmi {
    fn card(&self) -> Card {
        Card {
            name: "acc_pmi".into(),
            about: "the answer that gains most from the question is the key".into(),
            quantity: "sum, less the answer's sum without the question",
            lm_eval: "acc_mutual_info",
            peers: "`acc_mutual_info` of lm-evaluation-harness",
            reads: Reads::Unconditional,
            ..Card::SHARE
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let unconditional = sample.unconditional.ok_or(Missing::Unconditional)?;
        if unconditional.len() != sample.scores.len() {
            return Err(Missing::Unconditional);
        }
        sample.choose(|index| sample.log_prob(index) - unconditional[index].log_prob().0)
    }
}
