//! The review server: the JSON API under `/api/review` with the page that uses it, and Argilla's API under `/api/v1`.
//!
//! [`router`] is the whole application, callable without a socket; [`serve`] runs it until told to stop.

mod argilla;
mod auth;
mod clock;
mod error;
mod extract;
mod headers;
mod login;
mod page;
mod rate_limit;
mod routes;
mod webhooks;

pub use auth::{SESSION_COOKIE, SESSION_LENGTH};
pub use clock::{Clock, SystemClock};
pub use page::HAS_PAGE;
pub use webhooks::send_due;

use crate::{AnnotateError, Store};
use axum::{Router, extract::DefaultBodyLimit, middleware};
use rate_limit::LoginLimiter;
use std::{future::IntoFuture, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::Semaphore, sync::oneshot};
use tower_http::{compression::CompressionLayer, trace::TraceLayer};

/// Most bytes of a request's body: two improved texts of the largest size, escaped, with room to spare.
const MAX_BODY_BYTES: usize = 256 * 1024;
/// Passwords that are verified at once; each takes 19 MiB and a core.
const N_VERIFYING: usize = 2;
/// How long requests in flight may go on after the shutdown was asked for.
const GRACE: Duration = Duration::from_secs(10);

/// What every request can reach.
#[derive(Clone)]
pub struct AppState {
    store: Store,
    clock: Arc<dyn Clock>,
    logins: Arc<LoginLimiter>,
    verifying: Arc<Semaphore>,
    allow_private_webhooks: bool,
}

impl AppState {
    /// The state of a server over `store`, with the system's clock.
    pub fn new(store: Store) -> Self {
        Self::with_clock(store, Arc::new(SystemClock))
    }

    /// As [`AppState::new`], with another clock.
    pub fn with_clock(store: Store, clock: Arc<dyn Clock>) -> Self {
        let verifying = Arc::new(Semaphore::new(N_VERIFYING));
        Self { store, clock, logins: Arc::new(LoginLimiter::default()), verifying, allow_private_webhooks: false }
    }

    /// Lets webhooks go to private addresses, which a server that others can reach must not do unasked.
    pub fn allow_private_webhooks(mut self) -> Self {
        self.allow_private_webhooks = true;
        self
    }
}

/// The application. Give it connect info (`into_make_service_with_connect_info::<SocketAddr>()`), so that failed logins
/// are counted by address; without it they share one count a username.
pub fn router(state: AppState) -> Router {
    let api = routes::router(&state)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn(auth::check_origin))
        .layer(middleware::map_response(headers::never_stored));
    let argilla = argilla::router(&state).layer(middleware::map_response(headers::never_stored));
    Router::new()
        .nest("/api/review", api)
        .nest("/api/v1", argilla)
        .fallback(page::respond)
        .layer(middleware::map_response(headers::secured))
        .layer(CompressionLayer::new())
        .layer(TraceLayer::new_for_http())
        .with_state(state)
}

/// Serves until `shutdown` is ready, then lets requests in flight finish (for 10 s at most) and closes the store.
pub async fn serve(
    listener: TcpListener,
    state: AppState,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), AnnotateError> {
    let store = state.store.clone();
    let telling = tokio::spawn(webhooks::run(state.clone()));
    let application = router(state).into_make_service_with_connect_info::<SocketAddr>();
    let (asked, was_asked) = oneshot::channel();
    let serving = axum::serve(listener, application).with_graceful_shutdown(async move {
        shutdown.await;
        // The receiver is gone only when the server is.
        let _ = asked.send(());
    });
    let result = tokio::select! {
        result = serving.into_future() => result.map_err(AnnotateError::Serve),
        () = out_of_patience(was_asked) => Ok(()),
    };
    // What it was about to send is sent after the next start.
    telling.abort();
    store.close().await;
    result
}

/// Ready when the shutdown was asked for and the time of grace is over.
async fn out_of_patience(was_asked: oneshot::Receiver<()>) {
    match was_asked.await {
        Ok(()) => tokio::time::sleep(GRACE).await,
        Err(_) => std::future::pending().await,
    }
}
