//! Limits: requests at once, the time of each, and the bytes of bodies in memory.

use crate::server::{AppState, state::Overload};
use axum::{
    extract::{Request, State},
    http::header,
    middleware::Next,
    response::Response,
};
use std::time::Duration;
use tokio::time::timeout;

/// Longest time for a request of somebody who is not known.
const ANONYMOUS: Duration = Duration::from_secs(20);

/// Serves only so many requests at once, and each only so long. `E` is how the API words it.
pub(in crate::server) async fn bounded<E: From<Overload>>(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, E> {
    let _turn = state.capacity.request()?;
    within(state.settings.request_timeout, request, next).await
}

/// Gives those who do not say who they are little time, so that they cannot take all turns by being slow.
pub(in crate::server) async fn soon<E: From<Overload>>(
    request: Request,
    next: Next,
) -> Result<Response, E> {
    within(ANONYMOUS, request, next).await
}

async fn within<E: From<Overload>>(
    time: Duration,
    request: Request,
    next: Next,
) -> Result<Response, E> {
    timeout(time, next.run(request))
        .await
        .map_err(|_| Overload::TooSlow.into())
}

/// Lets bodies into memory only while there is room for them. One whose size is not told counts as the largest.
pub(in crate::server) async fn body_in_memory(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let told = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    let chunked = || {
        if request.headers().contains_key(header::TRANSFER_ENCODING) {
            state.settings.max_bulk_bytes
        } else {
            0
        }
    };
    let _room = state.capacity.body(told.unwrap_or_else(chunked)).await;
    next.run(request).await
}
