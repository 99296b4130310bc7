//! Text before the choices, with or without the model's chat template.

use super::Asked;
use crate::{
    doc::Doc,
    error::EvaluateError,
    model::Model,
    settings::{ChatTemplate, Settings},
    task::{Kind, Task},
};
use examen_llm::{ChatModel, ContinuationScorer, Message, Role};

/// True if questions go through the model's chat template.
///
/// # Errors
/// A chat template that was asked for and is not there, or that cannot be used.
pub(crate) fn uses_chat(
    settings: &Settings,
    task: &Task,
    model: Model<'_>,
) -> Result<bool, EvaluateError> {
    let uses = match (settings.chat_template, model) {
        (ChatTemplate::On, _) if task.kind == Kind::Text => {
            Err("a whole text is scored, and nothing stands before it".to_owned())
        }
        (_, Model::Scorer(_)) if task.kind == Kind::Text => Ok(false),
        (used, Model::Scorer(scorer)) => of_scorer(used, scorer),
        (used, Model::Chat(chat)) => of_chat(used, chat),
    };
    uses.map_err(|reason| unusable(model, reason))
}

fn of_scorer(used: ChatTemplate, scorer: &dyn ContinuationScorer) -> Result<bool, String> {
    let probe = [Message {
        role: Role::User,
        content: "?".into(),
    }];
    let found = match used {
        ChatTemplate::Off => None,
        ChatTemplate::Auto | ChatTemplate::On => scorer.chat_prompt(&probe),
    };
    match found {
        Some(rendered) => rendered.map(|_| true),
        None if used == ChatTemplate::On => Err("it has none".to_owned()),
        None => Ok(false),
    }
}

fn of_chat(used: ChatTemplate, chat: &dyn ChatModel) -> Result<bool, String> {
    match (used, chat.can_chat(), chat.can_complete()) {
        (ChatTemplate::Off, _, false) => {
            Err("this model takes messages only, so that it cannot be left out".to_owned())
        }
        (ChatTemplate::Off, ..) | (ChatTemplate::Auto, false, true) => Ok(false),
        (ChatTemplate::On, false, _) => Err("it has none".to_owned()),
        _ => Ok(true),
    }
}

fn unusable(model: Model<'_>, reason: String) -> EvaluateError {
    EvaluateError::ChatTemplate {
        model: model.id().to_owned(),
        reason,
    }
}

/// The prompts of a task for one model.
pub(crate) struct Prompts<'a> {
    pub(crate) task: &'a Task,
    pub(crate) model: Model<'a>,
    pub(crate) system_prompt: Option<&'a str>,
    /// True if questions go through the model's chat template.
    pub(crate) is_chat: bool,
}

impl Prompts<'_> {
    /// Text before the choices of `doc`, and the messages where a reply is asked for.
    pub(super) fn context(
        &self,
        doc: &Doc,
        shots: &[&Doc],
    ) -> Result<(String, Vec<Message>), EvaluateError> {
        if !self.is_chat {
            let context = self.task.context(doc, shots);
            let context = match self.system_prompt {
                Some(system) => format!("{system}{}{context}", self.task.example_delimiter),
                None => context,
            };
            return Ok((context, Vec::new()));
        }
        let messages = self.task.messages(doc, shots, self.system_prompt);
        match self.model {
            Model::Chat(_) => Ok((transcript(&messages), messages)),
            Model::Scorer(scorer) => {
                let render = |messages: &[Message]| {
                    let rendered = scorer.chat_prompt(messages);
                    rendered.unwrap_or_else(|| Err("it has none".to_owned()))
                };
                // Some templates, such as Gemma's, refuse system messages.
                let again = |reason| without_system(&messages).map_or(Err(reason), |m| render(&m));
                let context = render(&messages).or_else(again);
                let context = context.map_err(|reason| unusable(self.model, reason))?;
                Ok((context, Vec::new()))
            }
        }
    }

    /// True if examples must go for the question to fit the model's window. Windows of models that chat are not known.
    pub(super) fn is_too_long(&self, asked: &Asked<'_>) -> bool {
        let may_drop = self.task.few_shot.drops_shots && !asked.shots.is_empty();
        match self.model {
            Model::Scorer(scorer) => may_drop && !scorer.fits(&asked.request()),
            Model::Chat(_) => false,
        }
    }
}

/// The messages with the system's text before the first question instead; `None` where there is no system message.
fn without_system(messages: &[Message]) -> Option<Vec<Message>> {
    let (system, rest) = messages.split_first()?;
    let (first, rest) = rest.split_first().filter(|_| system.role == Role::System)?;
    let first = Message {
        role: first.role,
        content: format!("{}\n\n{}", system.content.trim_end(), first.content).into(),
    };
    Some([&[first], rest].concat())
}

/// Messages as one text, for the details.
fn transcript(messages: &[Message]) -> String {
    let write = |message: &Message| {
        let role = match message.role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        format!("[{role}]\n{}", message.content)
    };
    messages.iter().map(write).collect::<Vec<_>>().join("\n\n")
}
