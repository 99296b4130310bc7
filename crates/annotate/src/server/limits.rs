//! How much at once: requests, the time of each, and the bytes of bodies in memory.

use super::AppState;
use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::Response,
};
use std::time::Duration;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

/// How long those who do not say who they are may take.
const ANONYMOUS: Duration = Duration::from_secs(20);
/// KiB of bodies that are read or worked on at once; further requests wait.
const MAX_BODIES_KIB: usize = 1024 * 1024;

/// Why a request was not served to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overload {
    /// Too many requests at once (503).
    Busy,
    /// It took too long (408).
    TooSlow,
}

impl Overload {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
        }
    }

    /// Seconds until the client should try again.
    pub(super) fn retry_after(self) -> Option<u64> {
        match self {
            Self::Busy => Some(1),
            Self::TooSlow => None,
        }
    }

    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Busy => "the server has too much to do; try again soon",
            Self::TooSlow => "the request took too long",
        }
    }
}

/// What is there to be shared out among the requests.
#[derive(Debug)]
pub(super) struct Capacity {
    requests: Semaphore,
    bodies: Semaphore,
}

impl Capacity {
    pub(super) fn new(max_requests: usize) -> Self {
        Self {
            requests: Semaphore::new(max_requests),
            bodies: Semaphore::new(MAX_BODIES_KIB),
        }
    }

    /// Waits until there is memory for a body of so many bytes.
    async fn body(&self, bytes: usize) -> SemaphorePermit<'_> {
        let kib = (bytes / 1024 + 1).min(MAX_BODIES_KIB);
        let kib = u32::try_from(kib).expect("the whole is smaller");
        self.bodies
            .acquire_many(kib)
            .await
            .expect("the semaphore is never closed")
    }
}

/// Serves only so many requests at once, and each only so long. `E` is how the API words it.
pub(super) async fn bounded<E: From<Overload>>(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, E> {
    let _turn = state
        .capacity
        .requests
        .try_acquire()
        .map_err(|_| Overload::Busy)?;
    within(state.settings.request_timeout, request, next).await
}

/// Gives those who do not say who they are little time, so that they cannot take all turns by being slow.
pub(super) async fn soon<E: From<Overload>>(request: Request, next: Next) -> Result<Response, E> {
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
pub(super) async fn body_in_memory(
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
