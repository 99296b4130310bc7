//! Answers to requests that cannot be granted: `{"error":{"message":"…"}}` with a status.

use crate::{
    AnnotateError, Refusal,
    server::state::{Overload, TooLarge},
};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// Message to clients while the store can do nothing: its disk is full, its database is away.
pub(in crate::server) const UNAVAILABLE: &str = "the store is unavailable; try again later";
/// Seconds until they should try again.
pub(in crate::server) const RETRY_UNAVAILABLE: u64 = 5;

/// A refusal, or a failure of the server.
#[derive(Debug)]
pub(in crate::server) enum ApiError {
    /// The request cannot be read (400).
    Malformed(String),
    /// Nobody is logged in (401).
    Unauthorized(&'static str),
    /// The password is right, and a second factor is missing or wrong (401).
    SecondFactor(&'static str),
    /// Not for this user, or not from this page (403).
    Forbidden(&'static str),
    /// Not there (404).
    NotFound(&'static str),
    /// The path is there, the method is not (405).
    Method,
    /// The body is too large (413).
    TooLarge,
    /// Against what is there (409).
    Conflict(String),
    /// Well formed, and against the rules (422).
    Invalid(String),
    /// Too many failed logins (429); seconds to wait.
    TooMany(u64),
    /// Too much at once (503), or too slow (408).
    Overload(Overload),
    /// The store can do nothing for the moment (503). What happened goes to the log, not to the client.
    Unavailable(AnnotateError),
    /// The store failed (500). What happened goes to the log, not to the client.
    Internal(AnnotateError),
}

impl From<AnnotateError> for ApiError {
    fn from(error: AnnotateError) -> Self {
        match error {
            AnnotateError::Refused(Refusal::NotFound { .. }) => Self::NotFound("id"),
            AnnotateError::Refused(refusal @ (Refusal::LastOwner | Refusal::Taken { .. })) => {
                Self::Conflict(refusal.to_string())
            }
            AnnotateError::Refused(Refusal::Value { reason }) => Self::Invalid(reason),
            AnnotateError::KnownPassword { .. } | AnnotateError::SecretLength { .. } => {
                Self::Invalid(error.to_string())
            }
            error if error.is_unavailable() => Self::Unavailable(error),
            error => Self::Internal(error),
        }
    }
}

impl From<TooLarge> for ApiError {
    fn from(_: TooLarge) -> Self {
        Self::TooLarge
    }
}

impl From<Overload> for ApiError {
    fn from(overload: Overload) -> Self {
        Self::Overload(overload)
    }
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) | Self::SecondFactor(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Overload(overload) => overload.status(),
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooMany(seconds) => Some(*seconds),
            Self::Overload(overload) => overload.retry_after(),
            Self::Unavailable(_) => Some(RETRY_UNAVAILABLE),
            _ => None,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Malformed(message) | Self::Conflict(message) | Self::Invalid(message) => {
                message.clone()
            }
            Self::Unauthorized(message)
            | Self::SecondFactor(message)
            | Self::Forbidden(message) => (*message).to_owned(),
            Self::NotFound(what) => format!("there is no such {what}"),
            Self::Method => "this address does not take this method".to_owned(),
            Self::TooLarge => "the request is too large".to_owned(),
            Self::TooMany(seconds) => {
                format!("too many failed logins; try again in {seconds} seconds")
            }
            Self::Overload(overload) => overload.message().to_owned(),
            Self::Unavailable(_) => UNAVAILABLE.to_owned(),
            Self::Internal(_) => "the server failed; its log says why".to_owned(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Internal(error) | Self::Unavailable(error) = &self {
            tracing::error!(error = %error, "a request failed");
        }
        let mut error = json!({ "message": self.message() });
        if matches!(self, Self::SecondFactor(_)) {
            error["needs"] = json!("code");
        }
        let body = json!({ "error": error });
        let mut response = answer(self.status(), body, self.retry_after());
        if let Self::Unavailable(_) = self {
            response.extensions_mut().insert(StoreFailed);
        }
        response
    }
}

/// Mark of an answer that was not given because the store can do nothing for the moment.
#[derive(Debug, Clone, Copy)]
pub(in crate::server) struct StoreFailed;

/// An answer with a body, and the seconds until the client should try again.
pub(in crate::server) fn answer(
    status: StatusCode,
    body: Value,
    retry_after: Option<u64>,
) -> Response {
    let mut response = (status, Json(body)).into_response();
    if let Some(seconds) = retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
