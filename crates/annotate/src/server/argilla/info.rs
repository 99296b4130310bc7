//! What the server says of itself, to anybody.

use axum::Json;
use examen_argilla::VERSION;
use serde_json::{Value, json};

/// `GET /version`: of the Argilla whose API this is.
pub(super) async fn version() -> Json<Value> {
    Json(json!({ "version": VERSION }))
}

/// `GET /status`. Counts and memory are nobody's business without a key.
pub(super) async fn status() -> Json<Value> {
    Json(json!({"version": VERSION, "search_engine": {}, "memory": {}}))
}

/// `GET /settings`.
pub(super) async fn settings() -> Json<Value> {
    Json(json!({"argilla": {"share_your_progress_enabled": false}}))
}

/// `GET /oauth2/providers`: there are none.
pub(super) async fn oauth2_providers() -> Json<Value> {
    Json(json!({ "items": [] }))
}
