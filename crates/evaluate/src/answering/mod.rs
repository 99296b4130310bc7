//! From a question to a model's answer: the prompt with its examples, and the ways in which a model answers it. One file
//! a way; the one so far is [`likelihood`].

mod likelihood;
mod stored;

pub(crate) use likelihood::score_all;

use crate::{error::EvaluateError, exam::Item, few_shot::Shots, settings::Settings, tasks::Prompt};
use examen_core::{Outcome, UnscoredReason};
use examen_llm::{ContinuationScorer, ScoreReply, ScoreRequest};

/// The answer to one row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    /// The model's scores, or the reason why there are none.
    pub(crate) outcome: Outcome<ScoreReply>,
    /// The time that passed since the reply before it.
    pub(crate) seconds: f64,
    /// True if an earlier, interrupted run had scored it.
    pub(crate) is_resumed: bool,
}

/// A question as it goes to the model.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    /// The examples before the question.
    pub(crate) shots: Vec<&'a Item>,
    /// All of it as text.
    pub(crate) prompt: Prompt,
}

impl Asked<'_> {
    /// The question to a scorer.
    pub(crate) fn request(&self) -> ScoreRequest {
        request(&self.prompt)
    }
}

/// The question that a row makes, or the reason why it cannot be asked.
pub(crate) fn ask<'a>(
    settings: &Settings,
    shots: &Shots<'a>,
    item: &Item,
    scorer: &dyn ContinuationScorer,
) -> Result<Result<Asked<'a>, UnscoredReason>, EvaluateError> {
    if let Err(reason) = item.check() {
        return Ok(Err(reason));
    }
    let task = settings.task.task();
    let mut shots = shots.of(item)?;
    let mut prompt = task.prompt(item, &shots);
    while settings.task.drops_shots() && !shots.is_empty() && !scorer.fits(&request(&prompt)) {
        shots.pop();
        prompt = task.prompt(item, &shots);
    }
    Ok(Ok(Asked { shots, prompt }))
}

fn request(prompt: &Prompt) -> ScoreRequest {
    ScoreRequest {
        context: prompt.context.clone(),
        continuations: prompt.continuations.clone(),
    }
}
