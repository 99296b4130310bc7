//! Text before the choices, with or without the model's chat template.

use super::Asked;
use crate::{
    doc::Doc,
    error::EvaluateError,
    settings::{ChatTemplate, Settings},
    task::Task,
};
use examen_llm::{ContinuationScorer, Message, Role};

/// True if questions go through the model's chat template.
///
/// # Errors
/// A chat template that was asked for and is not there, or that cannot be used.
pub(crate) fn uses_chat(
    settings: &Settings,
    scorer: &dyn ContinuationScorer,
) -> Result<bool, EvaluateError> {
    let probe = [Message {
        role: Role::User,
        content: "?".into(),
    }];
    let found = match settings.chat_template {
        ChatTemplate::Off => None,
        ChatTemplate::Auto | ChatTemplate::On => scorer.chat_prompt(&probe),
    };
    match found {
        Some(rendered) => rendered.map(|_| true),
        None if settings.chat_template == ChatTemplate::On => Err("it has none".to_owned()),
        None => Ok(false),
    }
    .map_err(|reason| unusable(scorer, reason))
}

fn unusable(scorer: &dyn ContinuationScorer, reason: String) -> EvaluateError {
    EvaluateError::ChatTemplate {
        model: scorer.id().to_owned(),
        reason,
    }
}

/// The prompts of a task for one model.
pub(crate) struct Prompts<'a> {
    pub(crate) task: &'a Task,
    pub(crate) scorer: &'a dyn ContinuationScorer,
    pub(crate) system_prompt: Option<&'a str>,
    /// True if questions go through the model's chat template.
    pub(crate) is_chat: bool,
}

impl Prompts<'_> {
    /// Text before the choices of `doc`.
    pub(super) fn context(&self, doc: &Doc, shots: &[&Doc]) -> Result<String, EvaluateError> {
        if !self.is_chat {
            let context = self.task.context(doc, shots);
            return Ok(match self.system_prompt {
                Some(system) => format!("{system}{}{context}", self.task.example_delimiter),
                None => context,
            });
        }
        let messages = self.task.messages(doc, shots, self.system_prompt);
        let rendered = self.scorer.chat_prompt(&messages);
        rendered
            .unwrap_or_else(|| Err("it has none".to_owned()))
            .map_err(|reason| unusable(self.scorer, reason))
    }

    /// True if examples must go for the question to fit the model's window.
    pub(super) fn is_too_long(&self, asked: &Asked<'_>) -> bool {
        let may_drop = self.task.few_shot.drops_shots && !asked.shots.is_empty();
        may_drop && !self.scorer.fits(&asked.request())
    }
}
