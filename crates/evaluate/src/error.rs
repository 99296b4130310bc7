//! What can go wrong in an evaluation.

use examen_files::FilesError;
use examen_llm::ScoreError;
use std::path::PathBuf;

/// What was being done, to what, and why it failed.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// `--tasks` is not in any of LightEval's forms.
    #[error("`{text}` is not a task")]
    TaskSyntax {
        /// What was given.
        text: String,
    },
    /// `--tasks` names a task that is not here.
    #[error("there is no task `{text}`")]
    UnknownTask {
        /// What was given.
        text: String,
        /// What there is.
        known: String,
    },
    /// Solved questions before each question were asked for.
    #[error("{n_shots} few-shot examples were asked for; examples before the question are not supported yet")]
    FewShot {
        /// How many.
        n_shots: usize,
    },
    /// `--model_args` cannot be read.
    #[error("model arguments: {0}")]
    ModelArgs(String),
    /// `--custom_tasks` names a file that cannot be read.
    #[error("could not read the task file {}: {source}", path.display())]
    ReadCustomTasks {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// `--custom_tasks` names a file that is not the original task's.
    #[error("{} is not the exam task that Examen knows: it lacks `{missing}`", path.display())]
    CustomTasks {
        /// Which.
        path: PathBuf,
        /// The first thing that it lacks.
        missing: String,
    },
    /// There is nothing to ask.
    #[error("the exam {path} has no questions")]
    EmptyExam {
        /// Which.
        path: String,
    },
    /// Reading the exam, the journal, or writing the run failed.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// The model failed as a whole.
    #[error("scoring with `{model}` failed: {source}")]
    Score {
        /// Which.
        model: String,
        /// Why.
        source: ScoreError,
    },
    /// The model's answer does not fit the request: our own bug or a broken backend.
    #[error("`{model}` answered a batch wrongly: {reason}")]
    Reply {
        /// Which.
        model: String,
        /// In what way.
        reason: String,
    },
}

impl EvaluateError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Files(error) => error.hint(),
            Self::TaskSyntax { .. } => {
                Some("write task|shots, or suite|task|shots|truncate: exam_questions|0".to_owned())
            }
            Self::UnknownTask { known, .. } => Some(format!("the tasks are: {known}")),
            Self::FewShot { .. } => Some("ask for 0: exam_questions|0".to_owned()),
            Self::CustomTasks { .. } => {
                Some("Python is not run; leave --custom_tasks out to run the built-in exam_questions".to_owned())
            }
            Self::Score { .. } => {
                Some("finished batches are kept: the same command goes on where it stopped".to_owned())
            }
            _ => None,
        }
    }
}
