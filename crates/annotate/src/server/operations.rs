//! For those who run the server: whether it lives, whether it is ready, and what it counts.

use super::{AppState, answering::ApiError, guarding::auth, listening::Peer, state::metrics};
use crate::{AnnotateError, Role, store::User};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};

/// `/health`, `/ready` and `/metrics`.
pub(super) fn router() -> Router<AppState> {
    Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/metrics", get(counts))
        .method_not_allowed_fallback(async || ApiError::Method)
}

/// Whether the process answers. Open to all.
#[utoipa::path(get, path = "/health", responses((status = 200, body = Value)), security(()))]
pub(super) async fn health() -> Json<Value> {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// `GET /ready`, open to all: the store answers and takes a write.
async fn ready(State(state): State<AppState>) -> Response {
    match state.readiness.check(&state.store).await {
        true => Json(json!({ "status": "ready" })).into_response(),
        false => (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(json!({ "status": "the store takes no writes" })),
        )
            .into_response(),
    }
}

/// `GET /metrics`, for programs on this machine, and for owners, whose API key may also come as a bearer token.
async fn counts(
    State(state): State<AppState>,
    peer: Peer,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if !peer.is_local() {
        match caller(&state, &headers).await? {
            Some(user) if user.role == Role::Owner => {}
            Some(_) => return Err(ApiError::Forbidden("metrics are for owners")),
            None => {
                return Err(ApiError::Unauthorized(
                    "metrics need the API key of an owner",
                ));
            }
        }
    }
    let kind = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    let mut text = state.metrics.text();
    metrics::total(
        &mut text,
        "examen_request_memory_bytes",
        "Memory held for bodies of requests and for records in answers.",
        state.memory.in_use(),
    );
    // The other counts are useful while the store is unavailable, too.
    if let Ok((records, responses)) = state.store.totals().await {
        metrics::total(
            &mut text,
            "examen_records",
            "Records in the store.",
            records,
        );
        metrics::total(
            &mut text,
            "examen_responses",
            "Responses in the store.",
            responses,
        );
    }
    Ok((kind, text).into_response())
}

async fn caller(state: &AppState, headers: &HeaderMap) -> Result<Option<User>, AnnotateError> {
    let found = match (
        auth::user_of_key(state, headers).await?,
        auth::bearer(headers),
    ) {
        (None, Some(key)) => auth::user_of_key_text(state, key).await?,
        (found, _) => found,
    };
    Ok(found.map(|(user, _)| user))
}
