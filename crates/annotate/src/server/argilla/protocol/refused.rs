//! Refusals, as Argilla words them.

use crate::{
    AnnotateError,
    server::{
        answering::{RETRY_UNAVAILABLE, StoreFailed, UNAVAILABLE, answer},
        state::{Overload, TooLarge},
    },
    store::Refusal,
};
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use examen_argilla::{errors, schema::Problem};

/// A request that is not granted, or a failure of the server.
#[derive(Debug)]
pub(in crate::server) enum Refused {
    /// No key, or a wrong one (401).
    Unauthorized,
    /// Not for this role (403).
    Forbidden,
    /// The address is of nothing (404).
    Address,
    /// The address does not take this method (405).
    Method,
    /// The body is too large (413).
    TooLarge,
    /// A body, a path or a query that does not fit its schema (422).
    Schema(Vec<Problem>),
    /// A rule that the change would break (404, 409 or 422).
    Rule(Refusal),
    /// Too many failed logins (429); seconds to wait.
    TooMany(u64),
    /// Too much at once (503), or too slow (408).
    Overload(Overload),
    /// The store can do nothing for the moment (503). What happened goes to the log, not to the client.
    Unavailable(AnnotateError),
    /// The store failed (500). What happened goes to the log, not to the client.
    Internal(AnnotateError),
}

impl From<AnnotateError> for Refused {
    fn from(error: AnnotateError) -> Self {
        match error {
            AnnotateError::Refused(refusal) => Self::Rule(refusal),
            AnnotateError::UserExists { name } => Self::Rule(Refusal::Taken {
                what: "User",
                key: "username",
                value: name,
            }),
            AnnotateError::SearchTime { .. } => Self::Overload(Overload::Search),
            AnnotateError::KnownPassword { .. } => invalid(error.to_string()),
            error if error.is_unavailable() => Self::Unavailable(error),
            error => Self::Internal(error),
        }
    }
}

impl From<TooLarge> for Refused {
    fn from(_: TooLarge) -> Self {
        Self::TooLarge
    }
}

impl From<Overload> for Refused {
    fn from(overload: Overload) -> Self {
        Self::Overload(overload)
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::Rule(refusal)
    }
}

impl From<Vec<Problem>> for Refused {
    fn from(problems: Vec<Problem>) -> Self {
        Self::Schema(problems)
    }
}

/// A value that breaks a rule.
pub(in crate::server) fn invalid(reason: impl Into<String>) -> Refused {
    Refused::Rule(Refusal::Value {
        reason: reason.into(),
    })
}

/// Something that the path names is not there.
pub(in crate::server) fn missing(what: &'static str, id: uuid::Uuid) -> Refused {
    Refused::Rule(Refusal::NotFound { what, id })
}

fn rule_status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::NotFound { .. } | Refusal::NoMember { .. } => StatusCode::NOT_FOUND,
        Refusal::Member { .. }
        | Refusal::Taken { .. }
        | Refusal::LastOwner
        | Refusal::WorkspaceInUse { .. }
        | Refusal::DatasetExists { .. }
        | Refusal::PartExists { .. }
        | Refusal::ResponseExists { .. } => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl Refused {
    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooMany(seconds) => Some(*seconds),
            Self::Overload(overload) => overload.retry_after(),
            Self::Unavailable(_) => Some(RETRY_UNAVAILABLE),
            _ => None,
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, body) = match &self {
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, errors::unauthorized()),
            Self::Forbidden => (StatusCode::FORBIDDEN, errors::forbidden()),
            Self::Address => (StatusCode::NOT_FOUND, errors::detail("Not Found")),
            Self::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                errors::detail("Method Not Allowed"),
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                errors::detail("the request is too large"),
            ),
            Self::Schema(problems) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                errors::validation(problems),
            ),
            Self::Rule(refusal @ Refusal::MissingVector { .. }) => (
                rule_status(refusal),
                errors::missing_vector(&refusal.to_string()),
            ),
            Self::Rule(refusal) => (rule_status(refusal), errors::detail(&refusal.to_string())),
            Self::TooMany(seconds) => {
                let sentence = format!("too many failed logins; try again in {seconds} seconds");
                (StatusCode::TOO_MANY_REQUESTS, errors::detail(&sentence))
            }
            Self::Overload(overload) => (overload.status(), errors::detail(overload.message())),
            Self::Unavailable(error) => {
                tracing::error!(error = %error, "a request failed");
                (StatusCode::SERVICE_UNAVAILABLE, errors::detail(UNAVAILABLE))
            }
            Self::Internal(error) => {
                tracing::error!(error = %error, "a request failed");
                (StatusCode::INTERNAL_SERVER_ERROR, errors::internal())
            }
        };
        let mut response = answer(status, body, self.retry_after());
        if let Self::Unavailable(_) = self {
            response.extensions_mut().insert(StoreFailed);
        }
        response
    }
}
