//! A question with its examples, as it goes to the model.

use crate::{EvaluateError, Item, Settings, few_shot::Shots, tasks::Prompt};
use examen_core::UnscoredReason;
use examen_llm::{ContinuationScorer, ScoreRequest};

/// What a model is asked.
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

/// How a row is asked, or why it cannot be.
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
