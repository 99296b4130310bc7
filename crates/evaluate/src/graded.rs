//! Questions, the model's answers, and what the metrics make of them.

use crate::{
    answering::{Answer, Asked},
    doc::Doc,
    metrics::{Metric, Sample},
};
use examen_core::{Outcome, UnscoredReason};
use examen_llm::ScoreReply;

/// One question with all that is known of it.
#[derive(Debug)]
pub(crate) struct Graded<'a> {
    pub(crate) doc: &'a Doc,
    /// `None` where the question cannot be asked.
    pub(crate) asked: Option<&'a Asked<'a>>,
    pub(crate) answer: &'a Answer,
    /// The option that each metric chose, in the order of the run's metrics; empty when unscored.
    pub(crate) choices: Vec<usize>,
}

impl Graded<'_> {
    /// The model's scores, if there are any.
    pub(crate) fn reply(&self) -> Option<&ScoreReply> {
        self.answer.outcome.score()
    }

    /// True if the metric at `index` chose a right option; `None` when unscored.
    pub(crate) fn is_correct(&self, index: usize) -> Option<bool> {
        self.choices
            .get(index)
            .map(|&choice| self.doc.is_right(choice))
    }
}

/// Lets every metric choose.
pub(crate) fn grade<'a>(
    metrics: &[&dyn Metric],
    doc: &'a Doc,
    asked: &'a Result<Asked<'a>, UnscoredReason>,
    answer: &'a Answer,
) -> Graded<'a> {
    let choices = match &answer.outcome {
        Outcome::Scored(reply) => {
            let sample = Sample::of_choices(doc, &reply.continuations);
            let choose = |metric: &&dyn Metric| metric.choose(&sample);
            metrics.iter().filter_map(choose).collect()
        }
        Outcome::Unscored(_) => Vec::new(),
    };
    Graded {
        doc,
        asked: asked.as_ref().ok(),
        answer,
        choices,
    }
}
