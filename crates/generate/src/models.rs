//! The models of a run, and what the journal keeps of their replies.

use crate::{GenerateError, Settings};
use examen_files::journal;
use examen_llm::{ChatModel, ChatReply, Usage};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The models of a run.
#[derive(Clone)]
pub struct Models {
    /// Writes the questions.
    pub writer: Arc<dyn ChatModel>,
    /// Answers them to check them; with [`Settings::model_checks`], and only then. May be the writer.
    pub checker: Option<Arc<dyn ChatModel>>,
}

impl<M: ChatModel + 'static> From<Arc<M>> for Models {
    fn from(writer: Arc<M>) -> Self {
        Self {
            writer,
            checker: None,
        }
    }
}

impl From<Arc<dyn ChatModel>> for Models {
    fn from(writer: Arc<dyn ChatModel>) -> Self {
        Self {
            writer,
            checker: None,
        }
    }
}

/// What a model is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part {
    /// Questions.
    #[default]
    Writer,
    /// Answers.
    Checker,
}

impl Part {
    fn is_writer(&self) -> bool {
        *self == Self::Writer
    }
}

/// A model in its part.
#[derive(Clone, Copy)]
pub(crate) struct Respondent<'a> {
    pub(crate) model: &'a dyn ChatModel,
    /// What tells it from others of the same name.
    pub(crate) fingerprint: &'a str,
    pub(crate) part: Part,
}

/// A reply in the journal.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Remembered {
    #[serde(flatten)]
    pub(crate) reply: ChatReply,
    /// Whose it is: models have prices of their own.
    #[serde(default, skip_serializing_if = "Part::is_writer")]
    pub(crate) part: Part,
}

/// What the replies of earlier runs have taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Those of the model that writes.
    pub writer: Usage,
    /// Those of the model that checks.
    pub checker: Usage,
}

/// What the replies in the journal of earlier runs have cost: a limit holds for all runs with one output together. Calls
/// without a reply left no trace.
pub fn spent(settings: &Settings) -> Result<Spent, GenerateError> {
    let mut spent = Spent::default();
    for remembered in journal::values::<Remembered>(&settings.journal())? {
        let Remembered { reply, part } = remembered?;
        match part {
            Part::Writer => spent.writer += reply.usage,
            Part::Checker => spent.checker += reply.usage,
        }
    }
    Ok(spent)
}
