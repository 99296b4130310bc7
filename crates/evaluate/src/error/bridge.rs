//! Failures of task files in Python.

/// Failure of the bridge.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// Python cannot be started.
    #[error("cannot start Python: {0}")]
    Start(std::io::Error),
    /// Python gave no answer.
    #[error("{file}: Python gave no answer: {reason}")]
    Silent {
        /// What it ran.
        file: String,
        /// Reason.
        reason: String,
    },
    /// The file, or something in it, failed.
    #[error("{file}: {reason}")]
    Failed {
        /// The file.
        file: String,
        /// The last lines of the traceback.
        reason: String,
    },
    /// An answer of another form than was asked for.
    #[error("{file}: an answer that is not understood: {source}")]
    Answer {
        /// The file.
        file: String,
        /// Reason.
        source: serde_json::Error,
    },
    /// The file has no task of this name.
    #[error("{file} has no task `{name}`; it has {known}")]
    NoTask {
        /// The file.
        file: String,
        /// The name.
        name: String,
        /// Names that it has.
        known: String,
    },
    /// Questions that nothing can be made of.
    #[error("{file}: {reason}")]
    Docs {
        /// The file.
        file: String,
        /// Reason.
        reason: String,
    },
}

impl BridgeError {
    /// The next step.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoTask { .. } => Some("name one of them in --tasks".to_owned()),
            Self::Failed { reason, .. } if reason.contains("lighteval") => Some(
                "--bridge theirs uses the lighteval that is installed for that Python".to_owned(),
            ),
            _ => None,
        }
    }
}
