//! Requests at once, and the bytes of their bodies in memory.

use axum::http::StatusCode;
use tokio::sync::{Semaphore, SemaphorePermit};

/// KiB of bodies that are read or worked on at once; further requests wait.
const MAX_BODIES_KIB: usize = 1024 * 1024;

/// An overload, for which a request was not served to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Overload {
    /// Too many requests at once (503).
    Busy,
    /// It took too long (408).
    TooSlow,
}

impl Overload {
    pub(in crate::server) fn status(self) -> StatusCode {
        match self {
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
        }
    }

    /// Seconds until the client should try again.
    pub(in crate::server) fn retry_after(self) -> Option<u64> {
        match self {
            Self::Busy => Some(1),
            Self::TooSlow => None,
        }
    }

    pub(in crate::server) fn message(self) -> &'static str {
        match self {
            Self::Busy => "the server is overloaded; try again soon",
            Self::TooSlow => "the request took too long",
        }
    }
}

/// Capacity that requests share.
#[derive(Debug)]
pub(in crate::server) struct Capacity {
    requests: Semaphore,
    bodies: Semaphore,
}

impl Capacity {
    pub(in crate::server) fn new(max_requests: usize) -> Self {
        Self {
            requests: Semaphore::new(max_requests),
            bodies: Semaphore::new(MAX_BODIES_KIB),
        }
    }

    /// A turn for a request, if there is one now.
    pub(in crate::server) fn request(&self) -> Result<SemaphorePermit<'_>, Overload> {
        self.requests.try_acquire().map_err(|_| Overload::Busy)
    }

    /// Waits until there is memory for a body of so many bytes.
    pub(in crate::server) async fn body(&self, bytes: usize) -> SemaphorePermit<'_> {
        let kib = (bytes / 1024 + 1).min(MAX_BODIES_KIB);
        let kib = u32::try_from(kib).expect("the whole is smaller");
        self.bodies
            .acquire_many(kib)
            .await
            .expect("the semaphore is never closed")
    }
}
