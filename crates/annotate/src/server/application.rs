//! The application: every route, and what stands before and after each.

use super::{
    AppState,
    answering::{ApiError, headers},
    argilla,
    guarding::{auth, limits},
    listening::{self, Origin},
    observe,
    openapi::{self, Document},
    operations, page, routes,
};
use crate::{AnnotateError, store::Actor};
use axum::{Extension, Router, middleware};
use std::{sync::Arc, time::Duration};
use tokio::{net::TcpListener, time::timeout};
use tower_http::compression::CompressionLayer;

/// Longest time to close the store; nothing that was acknowledged depends on it.
const CLOSING: Duration = Duration::from_millis(1500);

/// The application. Give it connect info ([`axum::extract::ConnectInfo`] of a socket's address), so that failed logins are
/// counted by address; without it they share one count a username.
pub fn router(state: AppState) -> Router {
    let (review, review_document) = routes::router(&state);
    let review = review
        .layer(middleware::from_fn(auth::check_origin))
        .layer(middleware::from_fn_with_state(
            state.clone(),
            limits::bounded::<ApiError>,
        ))
        .layer(middleware::map_response(headers::never_stored));
    let (argilla, argilla_document) = argilla::router(&state);
    let argilla = argilla
        .layer(Extension(Document::new(argilla_document, review_document)))
        .layer(middleware::map_response(headers::never_stored));
    let operations = operations::router().layer(middleware::map_response(headers::never_stored));
    let base_path = state.settings.base_path.clone();
    let frame_ancestors: Arc<[Origin]> = state.settings.frame_ancestors.as_slice().into();
    let application = Router::new()
        .nest(openapi::REVIEW, review)
        .nest(openapi::ARGILLA, argilla)
        .merge(operations)
        .fallback(page::respond)
        .layer(middleware::from_fn_with_state(
            frame_ancestors,
            headers::secured,
        ))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(
            state.clone(),
            observe::observe,
        ))
        .with_state(state);
    base_path.lay(application)
}

/// Serves until `shutdown` is ready, then lets requests in flight finish and closes the store, all within 10 s.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    shutdown: impl Future<Output = ()>,
) -> Result<(), AnnotateError> {
    let (store, settings) = (state.store.clone(), state.settings.clone());
    let telling = tokio::spawn(argilla::webhooks::run(state.clone()));
    let shortening = tokio::spawn(shorten_audit_log(state.clone()));
    let (certificate, trusted) = (&settings.certificate, &settings.trusted_proxies);
    listening::serve(
        listener,
        router(state),
        certificate.clone(),
        trusted.clone(),
        shutdown,
    )
    .await;
    // Events that are not sent yet are sent after the next start.
    telling.abort();
    shortening.abort();
    if timeout(CLOSING, store.close()).await.is_err() {
        tracing::warn!("the store is still in use by requests that were broken off");
    }
    Ok(())
}

/// Forgets, at the start and then every hour, what is older in the audit log than it is to be kept.
async fn shorten_audit_log(state: AppState) {
    let Some(kept) = state.settings.keep_audit else {
        return;
    };
    let mut hours = tokio::time::interval(Duration::from_secs(3600));
    loop {
        hours.tick().await;
        let now = state.clock.now();
        let actor = Actor {
            name: "server".to_owned(),
            ..Actor::command_line(now)
        };
        if let Err(error) = state.store.by(actor).forget_acts(now - kept).await {
            tracing::error!(%error, "the audit log was not shortened");
        }
    }
}
