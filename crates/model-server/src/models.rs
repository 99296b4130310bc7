//! `GET /v1/models`.

use crate::{refusal::Refusal, state::Shared};
use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

/// The one model.
pub(crate) async fn list(State(shared): State<Shared>) -> Json<Value> {
    Json(json!({"object": "list", "data": [model(&shared)]}))
}

/// The same by its name.
pub(crate) async fn show(
    State(shared): State<Shared>,
    Path(name): Path<String>,
) -> Result<Json<Value>, Refusal> {
    shared.check_model(Some(&name))?;
    Ok(Json(model(&shared)))
}

fn model(shared: &Shared) -> Value {
    json!({
        "id": shared.model(),
        "object": "model",
        "created": shared.now(),
        "owned_by": "examen",
        "max_model_len": shared.engine.context_length(),
    })
}
