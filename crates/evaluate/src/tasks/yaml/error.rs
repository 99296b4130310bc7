//! What is wrong with a task file.

use std::path::PathBuf;

/// Failure to read a task of lm-evaluation-harness's YAML.
#[derive(Debug, thiserror::Error)]
pub enum YamlError {
    /// A file that cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Reason.
        source: std::io::Error,
    },
    /// A file that is no YAML, or more than is read.
    #[error("{}: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Reason.
        reason: String,
    },
    /// A file that includes itself, or too many.
    #[error("{}: it includes {}, which {reason}", path.display(), included.display())]
    Include {
        /// The file.
        path: PathBuf,
        /// The file that it includes.
        included: PathBuf,
        /// Reason.
        reason: &'static str,
    },
    /// A key or value that is not understood.
    #[error("{}: `{key}` {reason}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// Reason.
        reason: String,
    },
    /// A file that names no task and no group.
    #[error("{}: neither a task nor a group: it has no `task` and no `group`", path.display())]
    NoTask {
        /// The file.
        path: PathBuf,
    },
    /// A part that a row goes through and that fails.
    #[error("`{part}` of {task}: {reason}")]
    Part {
        /// Name of the task.
        task: String,
        /// The key, such as `doc_to_text`.
        part: &'static str,
        /// Reason.
        reason: String,
    },
    /// A part that only Python can run.
    #[error("`{part}` of {task} is Python that is not evaluated here: {reason}")]
    NeedsPython {
        /// Name of the task.
        task: String,
        /// The key, such as `process_docs`.
        part: &'static str,
        /// What it uses.
        reason: String,
    },
    /// Data that cannot be read.
    #[error(transparent)]
    Data(examen_files::FilesError),
    /// Data that is not here.
    #[error("{task} has no rows here: {reason}")]
    NoData {
        /// Name of the task.
        task: String,
        /// Reason.
        reason: String,
    },
}

impl YamlError {
    /// The next step.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NeedsPython { .. } => {
                Some("--run-hooks runs it with python3, without network".to_owned())
            }
            Self::NoData { .. } => Some(
                "give its rows with --dataset FILE or FOLDER; --dataset hf:ORG/NAME fetches them from the Hub".to_owned(),
            ),
            Self::Data(error) => error.hint(),
            _ => None,
        }
    }
}
