//! Refusals in OpenAI's form.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use examen_engine::{EngineError, WriteError};
use serde_json::{Value, json};

/// Reason why a request is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    status: StatusCode,
    message: String,
    /// Name of the parameter that is at fault.
    parameter: Option<String>,
}

impl Refusal {
    /// A request that cannot be served.
    pub(crate) fn request(message: impl Into<String>) -> Self {
        Self::of(StatusCode::BAD_REQUEST, message)
    }

    /// The same for one of its parameters.
    pub(crate) fn parameter(name: &str, fault: impl AsRef<str>) -> Self {
        Self {
            parameter: Some(name.to_owned()),
            ..Self::request(format!("`{name}`: {}", fault.as_ref()))
        }
    }

    /// The model failed.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::of(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    /// Too many requests for the moment.
    pub(crate) fn busy() -> Self {
        Self::of(
            StatusCode::SERVICE_UNAVAILABLE,
            "too many requests at a time; try again in a second",
        )
    }

    pub(crate) fn of(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            parameter: None,
        }
    }

    /// The body of the answer.
    pub(crate) fn body(&self) -> Value {
        let kind = match self.status.is_server_error() {
            true => "server_error",
            false => "invalid_request_error",
        };
        json!({"error": {
            "message": self.message,
            "type": kind,
            "param": self.parameter,
            "code": self.status.as_u16(),
        }})
    }
}

impl From<EngineError> for Refusal {
    fn from(error: EngineError) -> Self {
        Self::request(error.to_string())
    }
}

impl From<WriteError> for Refusal {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Refused(_) => Self::request(error.to_string()),
            WriteError::Failed(_) => Self::failed(error.to_string()),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body())).into_response();
        let named = match self.status {
            StatusCode::UNAUTHORIZED => Some((header::WWW_AUTHENTICATE, "Bearer")),
            StatusCode::SERVICE_UNAVAILABLE => Some((header::RETRY_AFTER, "1")),
            _ => None,
        };
        if let Some((name, value)) = named {
            response
                .headers_mut()
                .insert(name, HeaderValue::from_static(value));
        }
        response
    }
}
