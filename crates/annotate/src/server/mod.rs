//! The review server: the JSON API under `/api/review` with the page that uses it, and Argilla's API under `/api/v1`.
//!
//! [`router`] is the whole application, callable without a socket; [`serve`] runs it until told to stop.

mod argilla;
mod audit;
mod auth;
mod clock;
mod connections;
mod error;
mod extract;
mod headers;
mod limits;
mod login;
mod metrics;
mod nul;
mod observe;
mod openapi;
mod operations;
mod page;
mod peer;
mod rate_limit;
mod readiness;
mod routes;
mod settings;
mod tls;
mod webhooks;

pub use auth::{SESSION_COOKIE, SESSION_LENGTH};
pub use clock::{Clock, SystemClock};
pub use page::HAS_PAGE;
pub use peer::{Network, NoNetwork};
pub use settings::{ApiKeys, Settings};
pub use tls::Certificate;
pub use webhooks::send_due;

use crate::{AnnotateError, Store};
use axum::{Extension, Router, extract::DefaultBodyLimit, middleware};
use error::ApiError;
use limits::Capacity;
use metrics::Metrics;
use openapi::Document;
use rate_limit::LoginLimiter;
use readiness::Readiness;
use std::sync::Arc;
use tokio::{net::TcpListener, sync::Semaphore};
use tower_http::compression::CompressionLayer;

/// Most bytes of a request's body: two improved texts of the largest size, escaped, with room to spare.
const MAX_BODY_BYTES: usize = 256 * 1024;
/// Passwords that are verified at once; each takes 19 MiB and a core.
const N_VERIFYING: usize = 2;

/// What every request can reach.
#[derive(Clone)]
pub struct AppState {
    store: Store,
    clock: Arc<dyn Clock>,
    logins: Arc<LoginLimiter>,
    verifying: Arc<Semaphore>,
    settings: Arc<Settings>,
    capacity: Arc<Capacity>,
    metrics: Arc<Metrics>,
    readiness: Arc<Readiness>,
}

impl AppState {
    /// The state of a server over `store`, with the system's clock.
    pub fn new(store: Store) -> Self {
        Self::with_clock(store, Arc::new(SystemClock))
    }

    /// As [`AppState::new`], with another clock.
    pub fn with_clock(store: Store, clock: Arc<dyn Clock>) -> Self {
        let settings = Settings::default();
        Self {
            store,
            clock,
            logins: Arc::default(),
            verifying: Arc::new(Semaphore::new(N_VERIFYING)),
            capacity: Arc::new(Capacity::new(settings.max_requests)),
            settings: Arc::new(settings),
            metrics: Arc::default(),
            readiness: Arc::default(),
        }
    }

    /// Sets the server up otherwise than usual.
    pub fn with_settings(self, settings: Settings) -> Self {
        let capacity = Arc::new(Capacity::new(settings.max_requests));
        Self {
            settings: Arc::new(settings),
            capacity,
            ..self
        }
    }
}

/// The application. Give it connect info ([`axum::extract::ConnectInfo`] of a socket's address), so that failed logins are
/// counted by address; without it they share one count a username.
pub fn router(state: AppState) -> Router {
    let (review, review_document) = routes::router(&state);
    let review = review
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
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
    Router::new()
        .nest(openapi::REVIEW, review)
        .nest(openapi::ARGILLA, argilla)
        .merge(operations)
        .fallback(page::respond)
        .layer(middleware::map_response(headers::secured))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(
            state.clone(),
            observe::observe,
        ))
        .with_state(state)
}

/// Serves until `shutdown` is ready, then lets requests in flight finish (for 10 s at most) and closes the store.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    shutdown: impl Future<Output = ()>,
) -> Result<(), AnnotateError> {
    let (store, certificate) = (state.store.clone(), state.settings.certificate.clone());
    let telling = tokio::spawn(webhooks::run(state.clone()));
    connections::serve(listener, router(state), certificate, shutdown).await;
    // What it was about to send is sent after the next start.
    telling.abort();
    store.close().await;
    Ok(())
}
