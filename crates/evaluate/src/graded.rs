//! Questions, the model's answers, and what the metrics make of them.

use crate::{
    answering::{Answer, Asked},
    exam::Item,
    metrics::Metric,
};
use examen_core::{Outcome, UnscoredReason};
use examen_llm::ScoreReply;

/// One question with all that is known of it.
#[derive(Debug)]
pub(crate) struct Graded<'a> {
    pub(crate) item: &'a Item,
    /// `None` where the row cannot be asked.
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

    /// True if the metric at `index` chose the key; `None` when unscored.
    pub(crate) fn is_correct(&self, index: usize) -> Option<bool> {
        self.choices
            .get(index)
            .map(|&choice| choice == self.item.key.index())
    }
}

/// Lets every metric choose.
pub(crate) fn grade<'a>(
    metrics: &[&dyn Metric],
    item: &'a Item,
    asked: &'a Result<Asked<'a>, UnscoredReason>,
    answer: &'a Answer,
) -> Graded<'a> {
    let asked = asked.as_ref().ok();
    let choices = match (asked, &answer.outcome) {
        (Some(Asked { prompt, .. }), Outcome::Scored(reply)) => metrics
            .iter()
            .map(|metric| {
                metric
                    .choose(&prompt.continuations, &reply.continuations)
                    .expect("there are four options")
            })
            .collect(),
        _ => Vec::new(),
    };
    Graded {
        item,
        asked,
        answer,
        choices,
    }
}
