//! The application: the routes, what stands before them, and the server that runs it.

use crate::{
    people::People, refusal::Refusal, routes, settings::Settings, state::Shared, storage::Storage,
};
use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use examen_listening::{Certificate, Peer, Spare, until_sent};
use std::sync::Arc;
use tokio::net::TcpListener;

/// The application. Give it connect info ([`axum::extract::ConnectInfo`] of a socket's address).
pub fn router(storage: Storage, people: Arc<dyn People>, settings: Settings) -> Router {
    let shared = Shared::new(storage, people, settings);
    let layer = middleware::from_fn_with_state(shared.clone(), guard);
    routes::all().layer(layer).with_state(shared)
}

/// Serves until `shutdown` is ready, then lets requests in flight finish for a few seconds.
pub async fn serve(
    listener: TcpListener,
    application: Router,
    certificate: Option<Certificate>,
    shutdown: impl Future<Output = ()>,
) {
    examen_listening::serve(listener, application, certificate, Vec::new(), shutdown).await;
}

/// Lets a request through while there is room; it keeps its room until its answer is sent.
async fn guard(State(shared): State<Shared>, mut request: Request, next: Next) -> Response {
    let peer = Peer::of(&request, &shared.settings.trusted_proxies);
    request.extensions_mut().insert(peer);
    let is_spare = request.extensions().get::<Spare>().is_some();
    let turn = Arc::clone(&shared.requests).try_acquire_owned();
    let answer = match turn {
        Ok(turn) if !is_spare => next.run(request).await.map(|body| until_sent(body, turn)),
        _ => Refusal::busy().into_response(),
    };
    shared.count(answer.status().as_u16());
    answer
}
