//! The application: every route, and the server that runs it.

use crate::{
    chats, completions, guard, models, refusal::Refusal, settings::Settings, state::Shared,
    tokenizer,
};
use axum::{
    Router,
    http::StatusCode,
    middleware,
    routing::{get, post},
};
use examen_engine::Engine;
use std::sync::Arc;
use tokio::net::TcpListener;

/// The application. Give it connect info ([`axum::extract::ConnectInfo`] of a socket's address): without a key it serves only
/// clients on this machine.
pub fn router(engine: Arc<Engine>, settings: Settings) -> Router {
    let shared = Shared::new(engine, settings);
    let guarded = Router::new()
        .route("/v1/completions", post(completions::answer))
        .route("/v1/chat/completions", post(chats::answer))
        .route("/v1/models", get(models::list))
        .route("/v1/models/{*name}", get(models::show))
        .route("/tokenize", post(tokenizer::tokenize))
        .route("/detokenize", post(tokenizer::detokenize))
        .route("/tokenizer_info", get(tokenizer::info))
        .method_not_allowed_fallback(|| async { not_found(StatusCode::METHOD_NOT_ALLOWED) })
        .fallback(|| async { not_found(StatusCode::NOT_FOUND) })
        .layer(middleware::from_fn_with_state(shared.clone(), guard::guard));
    Router::new()
        .route("/health", get(|| async { "ok" }))
        .merge(guarded)
        .with_state(shared)
}

fn not_found(status: StatusCode) -> Refusal {
    Refusal::of(
        status,
        "there are POST /v1/completions, /v1/chat/completions, /tokenize, /detokenize and GET /v1/models, /tokenizer_info, /health",
    )
}

/// Serves until `shutdown` is ready, then lets requests in flight finish for a few seconds.
pub async fn serve(
    listener: TcpListener,
    engine: Arc<Engine>,
    settings: Settings,
    shutdown: impl Future<Output = ()>,
) {
    let application = router(engine, settings);
    examen_listening::serve(listener, application, None, Vec::new(), shutdown).await;
}
