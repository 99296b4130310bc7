//! `judge`: what a second model says that a reply is worth.

use super::{Card, Metric, Missing, Reads, Sample, Score};

/// *What it measures*: the worth of the verdicts that a judge (`--judge-model`) gives on replies by a rubric; of pairs the mean of both
/// orders. Zheng et al. 2023, *Judging LLM-as-a-Judge* (arXiv 2306.05685).
///
/// *When not to use it*: where a key can be compared (`letter_match`, `exact_match`), and before its agreement with people is
/// known (`--judge-labels`): a judge prefers long replies and those of its own family.
///
/// *Example*: the verdict `correct` of the built-in rubric: 1.
#[derive(Debug)]
pub(super) struct Judge;

impl Metric for Judge {
    fn card(&self) -> Card {
        Card {
            name: "judge".into(),
            about: "worth of the judge's verdict".into(),
            quantity: "the judge's verdict by the rubric (`--judge-model`)",
            peers: "`llm_judge_*` of LightEval, in kind",
            reads: Reads::Verdict,
            ..Card::MEAN
        }
    }

    fn score(&self, sample: &Sample<'_>) -> Result<Score, Missing> {
        sample.verdict.map(Score::Number).ok_or(Missing::Verdict)
    }
}
