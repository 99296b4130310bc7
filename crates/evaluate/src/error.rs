//! Errors of an evaluation.

mod bridge;

pub use bridge::BridgeError;

use crate::way::Way;
use examen_files::FilesError;
use examen_llm::{ChatError, ScoreError};
use std::path::PathBuf;

/// An error of this crate: what was being done, to what, and why it failed.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// `--tasks` is not in any of LightEval's forms.
    #[error("`{text}` is not a task")]
    TaskSyntax {
        /// The text that was given.
        text: String,
    },
    /// A list of tasks that cannot be used.
    #[error("cannot use the list of tasks {}: {reason}", path.display())]
    TaskList {
        /// The file.
        path: PathBuf,
        /// Reason.
        reason: String,
    },
    /// Options of a task that has none.
    #[error("the task `{task}` has no option `{option}`")]
    TaskOption {
        /// The task.
        task: String,
        /// The option.
        option: String,
    },
    /// `--tasks` names a task that is not here.
    #[error("there is no task `{text}`")]
    UnknownTask {
        /// The text that was given.
        text: String,
        /// The tasks that there are.
        known: String,
    },
    /// More examples before each question were asked for than there are.
    #[error(
        "{n_shots} examples before each question were asked for; there are {available} that may serve"
    )]
    TooFewShots {
        /// Number that was asked for.
        n_shots: usize,
        /// Questions that can be asked and are not the one that is being asked.
        available: usize,
    },
    /// `--model_args` cannot be read.
    #[error("model arguments: {0}")]
    ModelArgs(String),
    /// A task file in Python failed.
    #[error(transparent)]
    Bridge(#[from] BridgeError),
    /// There is nothing to ask.
    #[error("the exam {path} has no questions")]
    EmptyExam {
        /// Path of the exam.
        path: String,
    },
    /// Reading the exam, the journal, or writing the run failed.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The model failed as a whole.
    #[error("scoring with `{model}` failed: {source}")]
    Score {
        /// The model.
        model: String,
        /// Reason.
        source: ScoreError,
    },
    /// The model's chat template cannot be used.
    #[error("the chat template of `{model}` cannot be used: {reason}")]
    ChatTemplate {
        /// The model.
        model: String,
        /// Reason, as a half sentence.
        reason: String,
    },
    /// A file of words around questions that cannot be used.
    #[error("cannot use the words in {}: {reason}", path.display())]
    Wording {
        /// The file.
        path: PathBuf,
        /// Reason.
        reason: String,
    },
    /// A file that is no `run.json` of an evaluation.
    #[error("{} is no run.json of `examen evaluate`: {reason}", path.display())]
    NoRun {
        /// The file.
        path: PathBuf,
        /// Reason.
        reason: String,
    },
    /// A rubric that cannot be used.
    #[error("cannot use the rubric {}: {reason}", path.display())]
    Rubric {
        /// The file.
        path: PathBuf,
        /// Reason.
        reason: String,
    },
    /// Labels that cannot be used.
    #[error("cannot use the labels in {}: {reason}", path.display())]
    Labels {
        /// The file.
        path: PathBuf,
        /// Reason.
        reason: String,
    },
    /// A task whose questions cannot be answered in the way that was asked for.
    #[error("the task `{task}` cannot be answered by {way}: {reason}")]
    NotAnswerable {
        /// The task.
        task: String,
        /// The way.
        way: Way,
        /// Reason.
        reason: String,
    },
    /// The model that writes failed as a whole.
    #[error("asking `{model}` failed: {source}")]
    Chat {
        /// The model.
        model: String,
        /// Reason.
        source: ChatError,
    },
    /// Cancelled from outside.
    #[error("the evaluation was cancelled")]
    Cancelled,
    /// The model's answer does not fit the request: our own bug or a broken backend.
    #[error("`{model}` answered a batch wrongly: {reason}")]
    Reply {
        /// The model.
        model: String,
        /// Fault, as a half sentence.
        reason: String,
    },
}

impl EvaluateError {
    /// The next step for the user, where there is one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Files(FilesError::NoSplit { splits, .. }) => splits
                .first()
                .map(|split| format!("choose one of them with --split, for example {split}")),
            Self::Files(error) => error.hint(),
            Self::TaskSyntax { .. } => {
                Some("write task|shots, or suite|task|shots|truncate: exam_questions|0".to_owned())
            }
            Self::TaskOption { .. } => Some(
                "options are keys of a YAML task file, such as my_task.yaml@num_fewshot=5"
                    .to_owned(),
            ),
            Self::UnknownTask { known, .. } => Some(format!("the tasks are: {known}")),
            Self::TooFewShots { available, .. } => Some(format!(
                "ask for fewer, such as exam_questions|{available}, or draw them from a larger exam"
            )),
            Self::Bridge(error) => error.hint(),
            Self::NoRun { .. } => {
                Some("name a folder that `examen evaluate` wrote, or a run.json in it".to_owned())
            }
            Self::Labels { .. } => Some(
                "write one JSON object a line: {\"question_id\": \"q1\", \"verdict\": \"correct\"}"
                    .to_owned(),
            ),
            Self::NotAnswerable { .. } => {
                Some("--answer likelihood asks the task as it stands".to_owned())
            }
            Self::ChatTemplate { .. } => {
                Some("--chat-template off asks the questions as plain text".to_owned())
            }
            Self::Chat { source, .. } if source.hint().is_some() => source.hint(),
            Self::Score {
                source: ScoreError::Server(error),
                ..
            } if error.hint().is_some() => error.hint(),
            Self::Score { .. } | Self::Chat { .. } | Self::Cancelled => Some(
                "finished questions are kept: the same command goes on where it stopped".to_owned(),
            ),
            _ => None,
        }
    }
}
