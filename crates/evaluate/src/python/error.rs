//! Reasons why a piece of Python gives no value.

/// Failure of a piece of Python that is evaluated here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PythonError {
    /// Python that is not evaluated here. A real Python may know it.
    #[error("{0} needs Python")]
    Unsupported(String),
    /// An exception, as Python would raise it.
    #[error("{kind}: {message}")]
    Raised {
        /// Name of the exception, such as `KeyError`.
        kind: &'static str,
        /// Its words.
        message: String,
    },
    /// More steps, memory or depth than a task may take.
    #[error("the hook takes more than {limit} {what}")]
    TooMuch {
        /// Kind of the limit.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
}

impl PythonError {
    /// An exception of Python.
    pub(super) fn raised(kind: &'static str, message: impl Into<String>) -> Self {
        Self::Raised {
            kind,
            message: message.into(),
        }
    }

    /// Something that only a real Python knows.
    pub(super) fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported(what.into())
    }

    pub(super) fn type_error(message: impl Into<String>) -> Self {
        Self::raised("TypeError", message)
    }
}

pub(super) type Result<T> = std::result::Result<T, PythonError>;
