//! Whether the server answers.

use axum::Json;
use serde_json::{Value, json};

/// `GET /health`, open to all.
pub(super) async fn health() -> Json<Value> {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}
