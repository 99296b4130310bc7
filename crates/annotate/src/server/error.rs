//! Answers to requests that cannot be granted: `{"error":{"message":"…"}}` with a status.

use crate::AnnotateError;
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// A refusal, or a failure of the server.
#[derive(Debug)]
pub(super) enum ApiError {
    /// The request cannot be read (400).
    Malformed(String),
    /// Nobody is logged in (401).
    Unauthorized(&'static str),
    /// Not for this user, or not from this page (403).
    Forbidden(&'static str),
    /// Not there (404).
    NotFound(&'static str),
    /// The path is there, the method is not (405).
    Method,
    /// The body is too large (413).
    TooLarge,
    /// Well formed, and against the rules (422).
    Invalid(String),
    /// Too many failed logins (429); seconds to wait.
    TooMany(u64),
    /// The store failed (500). What happened goes to the log, not to the client.
    Internal(AnnotateError),
}

impl From<AnnotateError> for ApiError {
    fn from(error: AnnotateError) -> Self {
        Self::Internal(error)
    }
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Malformed(message) | Self::Invalid(message) => message.clone(),
            Self::Unauthorized(message) | Self::Forbidden(message) => (*message).to_owned(),
            Self::NotFound(what) => format!("there is no such {what}"),
            Self::Method => "this address does not take this method".to_owned(),
            Self::TooLarge => "the request is too large".to_owned(),
            Self::TooMany(seconds) => format!("too many failed logins; try again in {seconds} seconds"),
            Self::Internal(_) => "the server failed; its log says why".to_owned(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Internal(error) = &self {
            tracing::error!(error = %error, "a request failed");
        }
        let mut response = (self.status(), Json(json!({ "error": { "message": self.message() } }))).into_response();
        if let Self::TooMany(seconds) = self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
