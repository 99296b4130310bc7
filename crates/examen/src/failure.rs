//! Exit codes of the program, and errors with a hint.

use crate::next::Next;
use std::{error::Error, io, process::ExitCode};

/// Result of a command that did not fail: its exit code, and what comes next.
#[derive(Debug)]
pub(crate) struct Ending {
    exit_code: u8,
    next: Option<Next>,
}

impl Ending {
    /// All was done: exit code 0.
    pub(crate) fn complete(next: Next) -> Self {
        Self {
            exit_code: 0,
            next: Some(next),
        }
    }

    /// Results were written, but part of the work failed and is labelled so: exit code 3.
    pub(crate) fn partial(next: Next) -> Self {
        Self {
            exit_code: 3,
            ..Self::complete(next)
        }
    }

    /// Complete or partial.
    pub(crate) fn of(is_complete: bool, next: Next) -> Self {
        match is_complete {
            true => Self::complete(next),
            false => Self::partial(next),
        }
    }

    /// All was done, and the command has said itself what comes next, or is none that people run.
    pub(crate) fn silent() -> Self {
        Self {
            exit_code: 0,
            next: None,
        }
    }

    /// The same, though part of the work failed and is labelled so.
    pub(crate) fn into_partial(self) -> Self {
        Self {
            exit_code: 3,
            ..self
        }
    }

    /// The command that comes next.
    pub(crate) fn next(&self) -> Option<&Next> {
        self.next.as_ref()
    }
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        Self::from(ending.exit_code)
    }
}

/// Why a command failed, and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    exit_code: u8,
}

impl Failure {
    /// The work failed: exit code 1.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            exit_code: 1,
        }
    }

    /// A request that cannot be carried out, found before anything was begun: exit code 2.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self {
            exit_code: 2,
            ..Self::new(message)
        }
    }

    /// The user pressed Ctrl-C: exit code 130.
    pub(crate) fn interrupted(resume: &str) -> Self {
        Self {
            exit_code: 130,
            ..Self::new("interrupted").hint(resume)
        }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// The same failure, found before anything was begun: exit code 2.
    pub(crate) fn into_usage(self) -> Self {
        Self {
            exit_code: 2,
            ..self
        }
    }

    /// The same failure, called a full disk if that is what `error` comes down to.
    pub(crate) fn named_if_full(self, error: &(dyn Error + 'static)) -> Self {
        if !is_full_disk(error) {
            return self;
        }
        let free = "free some space, or choose a folder on another disk, and run the same command again; \
                    finished work is kept";
        let hint = match &self.hint {
            Some(hint) => format!("{free}; {hint}"),
            None => free.to_owned(),
        };
        Self {
            message: format!("the disk is full: {}", self.message),
            hint: Some(hint),
            ..self
        }
    }

    /// Exit code of the program.
    pub(crate) fn exit_code(&self) -> u8 {
        self.exit_code
    }
}

/// `true` if the cause of `error` is a disk without room, or a used-up share of one.
fn is_full_disk(error: &(dyn Error + 'static)) -> bool {
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    let is_full = matches!(
        kind,
        Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    );
    is_full || error.source().is_some_and(is_full_disk)
}

/// Every stage's error carries its own hint.
macro_rules! from_stage {
    ($($error:ty),* $(,)?) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                let failure = Self { hint: error.hint(), ..Self::new(error.to_string()) };
                failure.named_if_full(&error)
            }
        }
    )*};
}

from_stage!(
    examen_files::FilesError,
    examen_engine::EngineError,
    examen_generate::GenerateError,
    examen_annotate::AnnotateError,
    examen_argilla::ClientError,
    examen_hub::HubError,
    examen_publish::PublishError,
    examen_evaluate::EvaluateError,
    examen_evaluate::tasks::yaml::YamlError,
    examen_evaluate::bridge::BridgeError,
    examen_llm::ChatError,
);

impl From<examen_llm::ScoreError> for Failure {
    fn from(error: examen_llm::ScoreError) -> Self {
        Self::new(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use examen_files::FilesError;

    fn failed(kind: io::ErrorKind) -> Failure {
        let error = FilesError::io("append to", "out.journal")(kind.into());
        examen_generate::GenerateError::from(error).into()
    }

    #[test]
    fn a_full_disk_is_called_a_full_disk() {
        let failure = failed(io::ErrorKind::StorageFull);
        assert!(
            failure
                .message
                .starts_with("the disk is full: cannot append to out.journal")
        );
        assert!(
            failure
                .hint
                .is_some_and(|hint| hint.contains("run the same command again"))
        );
        let other = failed(io::ErrorKind::PermissionDenied);
        assert!(!other.message.contains("full") && other.hint.is_none());
    }
}
