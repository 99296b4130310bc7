//! The bodies of refusals. The SDK looks at the status only and shows the body to its user.

use crate::schema::Problem;
use serde_json::{Value, json};

/// 401: no key, a wrong key, a wrong password.
pub fn unauthorized() -> Value {
    coded(
        "UnauthorizedError",
        &json!({"detail": "Could not validate credentials"}),
    )
}

/// 403: not for this role.
pub fn forbidden() -> Value {
    coded(
        "ForbiddenOperationError",
        &json!({"detail": "Operation not allowed"}),
    )
}

/// 422: a body, a path or a query that does not fit its schema.
pub fn validation(problems: &[Problem]) -> Value {
    coded("ValidationError", &json!({ "errors": problems }))
}

/// 500: the server failed; what happened stays in its log.
pub fn internal() -> Value {
    coded(
        "GenericServerError",
        &json!({"type": "examen.ServerError", "message": "the server failed; its log says why"}),
    )
}

/// 404, 405, 409 and 422 by a rule: a sentence.
pub fn detail(sentence: &str) -> Value {
    json!({ "detail": sentence })
}

/// 422: the record that others are compared with has no such vector.
pub fn missing_vector(message: &str) -> Value {
    json!({"code": "missing_vector", "message": message})
}

fn coded(name: &str, params: &Value) -> Value {
    json!({"detail": {"code": format!("argilla.api.errors::{name}"), "params": params}})
}
