//! Traces of every request: its id in the answer and in the log, a line in the log, and the counts of the
//! metrics. Never a secret, an id in a path, a query or a body: routes are named by their templates.

use super::{AppState, answering::StoreFailed, listening::Peer, state::metrics::Route};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, Method},
    middleware::Next,
    response::Response,
};
use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};
use tracing::Instrument;
use uuid::Uuid;

/// The header with the id of a request.
const REQUEST_ID: &str = "x-request-id";
/// Whatever no route takes: files of the page, and addresses of nothing.
const NO_ROUTE: &str = "other";

/// The user of a request, set by authentication and read by the log.
#[derive(Debug, Clone, Default)]
pub(super) struct Who(Arc<OnceLock<String>>);

impl Who {
    /// The username, once it is known.
    pub(super) fn username(&self) -> Option<String> {
        self.0.get().cloned()
    }

    /// Says whose request it is.
    pub(super) fn is(request: &Request, username: &str) {
        if let Some(Self(who)) = request.extensions().get() {
            let _ = who.set(username.to_owned());
        }
    }
}

/// Finds out who is at the other end, and logs and counts the request once it is answered.
pub(super) async fn observe(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let settings = &state.settings;
    let mut peer = Peer::of(&request, &settings.trusted_proxies);
    peer.is_framed = !settings.frame_ancestors.is_empty();
    peer.cookie_path = settings.base_path.to_string();
    let who = Who::default();
    let id = request_id(request.headers());
    let route = route(&request);
    request.extensions_mut().insert(peer.clone());
    request.extensions_mut().insert(who.clone());
    // At the level of errors, so that these can be found in the log by the id that the client has.
    let span = tracing::error_span!("request", id);
    let in_flight = state.metrics.begin();
    let mut response = next.run(request).instrument(span.clone()).await;
    drop(in_flight);
    if response.extensions().get::<StoreFailed>().is_some() {
        state.readiness.doubt();
    }
    let took = started.elapsed();
    span.in_scope(|| log(&route, response.status().as_u16(), took, who.0.get(), &peer));
    state
        .metrics
        .answered(route, response.status().as_u16(), took);
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

fn log(route: &Route, status: u16, took: Duration, who: Option<&String>, peer: &Peer) {
    let Route { method, template } = route;
    let ms = took.as_secs_f64() * 1000.0;
    let ms = (ms * 10.0).round() / 10.0;
    let (user, client) = (
        who.map_or("-", String::as_str),
        peer.address.map(|address| address.to_string()),
    );
    let client = client.as_deref().unwrap_or("-");
    tracing::info!(method, route = %template, status, ms, user, client, "answered");
}

fn route(request: &Request) -> Route {
    let template = request
        .extensions()
        .get::<MatchedPath>()
        .map_or(NO_ROUTE, MatchedPath::as_str);
    let known = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::HEAD,
        Method::OPTIONS,
    ];
    let names = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    let position = known.iter().position(|method| method == request.method());
    Route {
        method: position.map_or("OTHER", |position| names[position]),
        template: template.to_owned(),
    }
}

/// The id that a proxy gave, if it is one, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    const MAX: usize = 64;
    let is_id = |id: &&str| {
        (1..=MAX).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let given = headers
        .get(REQUEST_ID)
        .and_then(|id| id.to_str().ok())
        .filter(is_id);
    given.map_or_else(|| Uuid::new_v4().simple().to_string(), str::to_owned)
}
