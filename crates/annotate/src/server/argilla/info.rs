//! Information on the server, open to anybody.

use axum::Json;
use examen_argilla::VERSION;
use serde_json::{Value, json};

/// The version of the Argilla whose API this is.
#[utoipa::path(get, path = "/version", security(()), responses((status = 200, body = Value)))]
pub(super) async fn version() -> Json<Value> {
    Json(json!({ "version": VERSION }))
}

/// The version. Counts and memory are nobody's business without a key.
#[utoipa::path(get, path = "/status", security(()), responses((status = 200, body = Value)))]
pub(super) async fn status() -> Json<Value> {
    Json(json!({"version": VERSION, "search_engine": {}, "memory": {}}))
}

/// What Argilla's page asks for.
#[utoipa::path(get, path = "/settings", security(()), responses((status = 200, body = Value)))]
pub(super) async fn settings() -> Json<Value> {
    Json(json!({"argilla": {"share_your_progress_enabled": false}}))
}

/// Other ways to log in: there are none.
#[utoipa::path(get, path = "/oauth2/providers", security(()), responses((status = 200, body = Value)))]
pub(super) async fn oauth2_providers() -> Json<Value> {
    Json(json!({ "items": [] }))
}
