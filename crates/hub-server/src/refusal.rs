//! Refusals, as the Hub's clients read them: a status, a code and a sentence in headers, the sentence in JSON.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use examen_files::FilesError;
use serde_json::json;
use std::{error::Error, fmt, io};

/// An answer, or why there is none.
pub(crate) type Answer<T> = Result<T, Refusal>;

/// Seconds after which a request that found no room may come again.
const RETRY_AFTER: &str = "5";
/// Longest text of a request that a message shows.
const LONGEST_SHOWN: usize = 100;
/// Longest sentence in a header.
const LONGEST_HEADER: usize = 400;

const ERROR_CODE: HeaderName = HeaderName::from_static("x-error-code");
const ERROR_MESSAGE: HeaderName = HeaderName::from_static("x-error-message");

/// A request that is not answered as it wished.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    /// By which the Hub's clients know what is missing: `RepoNotFound`, `RevisionNotFound`, `EntryNotFound`.
    code: Option<&'static str>,
    message: String,
    /// Headers beside them.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    pub(crate) fn of(status: StatusCode, message: impl Into<String>) -> Self {
        let (code, headers, message) = (None, Vec::new(), message.into());
        Self {
            status,
            code,
            message,
            headers,
        }
    }

    fn coded(status: StatusCode, code: &'static str, message: String) -> Self {
        let code = Some(code);
        Self {
            code,
            ..Self::of(status, message)
        }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::of(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::of(StatusCode::NOT_FOUND, message)
    }

    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::of(StatusCode::CONFLICT, message)
    }

    pub(crate) fn too_large(message: impl Into<String>) -> Self {
        Self::of(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::of(StatusCode::FORBIDDEN, message)
    }

    /// No token, or one that nobody has.
    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        let ask = HeaderValue::from_static(
            "Basic realm=\"examen hub: any name, a token as the password\"",
        );
        let headers = vec![(header::WWW_AUTHENTICATE, ask)];
        Self {
            headers,
            ..Self::of(StatusCode::UNAUTHORIZED, message)
        }
    }

    pub(crate) fn busy() -> Self {
        let retry = (header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
        let message = "there is no room for this request now; try again";
        Self {
            headers: vec![retry],
            ..Self::of(StatusCode::SERVICE_UNAVAILABLE, message)
        }
    }

    /// Nothing of that name, or nothing that this client may see: who has no token cannot know which.
    pub(crate) fn no_repository(id: &str, is_known: bool) -> Self {
        let (code, message) = ("RepoNotFound", format!("there is no repository {id} here"));
        match is_known {
            true => Self::coded(StatusCode::NOT_FOUND, code, message),
            false => Self {
                code: Some(code),
                ..Self::unauthorized(format!("{message} for who brings no token"))
            },
        }
    }

    pub(crate) fn no_revision(revision: &str) -> Self {
        let message = format!("there is no revision `{}` here", shown(revision));
        Self::coded(StatusCode::NOT_FOUND, "RevisionNotFound", message)
    }

    pub(crate) fn no_entry(path: &str) -> Self {
        let message = format!("there is no file `{}` in this revision", shown(path));
        Self::coded(StatusCode::NOT_FOUND, "EntryNotFound", message)
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }
}

/// Text of a request as a message may show it: no control characters, not long.
pub(crate) fn shown(text: &str) -> String {
    text.chars()
        .take(LONGEST_SHOWN)
        .flat_map(char::escape_debug)
        .collect()
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Refusal {}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                tracing::error!(%error, "the disk is full");
                Self::of(
                    StatusCode::INSUFFICIENT_STORAGE,
                    "the hub's disk is full; nothing was changed",
                )
            }
            _ => {
                tracing::error!(%error, "a request failed");
                Self::of(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "the hub could not read or write its folder; its log says why",
                )
            }
        }
    }
}

impl From<FilesError> for Refusal {
    fn from(error: FilesError) -> Self {
        let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
        while let Some(reason) = cause {
            if let Some(io) = reason.downcast_ref::<io::Error>() {
                return io::Error::new(io.kind(), error.to_string()).into();
            }
            cause = reason.source();
        }
        io::Error::other(error.to_string()).into()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut answer = (self.status, Json(json!({ "error": self.message }))).into_response();
        let headers = answer.headers_mut();
        if let Some(code) = self.code {
            headers.insert(ERROR_CODE, HeaderValue::from_static(code));
        }
        let visible = |c: &char| c.is_ascii_graphic() || *c == ' ';
        let message: String = self
            .message
            .chars()
            .filter(visible)
            .take(LONGEST_HEADER)
            .collect();
        if let Ok(message) = HeaderValue::from_str(&message) {
            headers.insert(ERROR_MESSAGE, message);
        }
        headers.extend(self.headers);
        answer
    }
}
