//! `ter`: edits that turn the replies into the references.

use super::{Card, Metric, Missing, Reads, Sample, Score, sums};
use crate::measures::{ter, ter_counts};

/// *What it measures*: translation edit rate of all replies together: insertions, deletions, substitutions and shifts of words,
/// in percent of the references' words; sacrebleu's `TER()`. 0 is best. The counts of each question are stored.
///
/// *When not to use it*: for replies of more than 5,000 words, which are left out and counted.
///
/// *Example*: `on the mat sat a cat` for `a cat sat on the mat`: two shifts, 33.3.
#[derive(Debug)]
pub(super) struct Ter;

impl Metric for Ter {
    fn card(&self) -> Card {
        Card {
            name: "ter".into(),
            about: "edits that turn the replies into the references".into(),
            quantity: "edits per word of the references, in percent",
            lm_eval: "ter",
            peers: "`TER()` of sacrebleu, `ter` of lm-evaluation-harness and LightEval",
            range: "0 to ∞",
            reads: Reads::Reply,
            columns: &["edits", "reference_length"],
            higher_is_better: false,
            ..Card::CORPUS
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        let counts = ter_counts(sample.reply()?, &sample.references()?);
        counts
            .map(|counts| Score::Several(counts.to_vec()))
            .ok_or(Missing::TooLong)
    }

    fn corpus(&self, questions: &[&[f64]]) -> Option<f64> {
        let sums = sums(questions);
        Some(ter(&[*sums.first()?, *sums.get(1)?]))
    }
}
