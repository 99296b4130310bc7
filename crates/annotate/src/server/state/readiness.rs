//! Readiness: the store takes writes. Asked often and by anybody, so the answer is kept for a moment.

use crate::Store;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};
use tokio::{sync::Mutex, time::timeout};

/// Time that an answer is kept.
const KEPT: Duration = Duration::from_secs(1);
/// Longest time for the store to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Bytes that are written to find out whether the store takes a write.
const SMALL: usize = 1;
/// The same, after a request found the store unavailable: a disk may be so full that small writes pass and others do not.
const LARGE: usize = 512 * 1024;

/// The last answer and when it was given.
#[derive(Debug, Default)]
pub(in crate::server) struct Readiness {
    last: Mutex<Option<(Instant, bool)>>,
    in_doubt: AtomicBool,
}

impl Readiness {
    /// True where the store takes a write. Those who ask at once share one attempt.
    pub(in crate::server) async fn check(&self, store: &Store) -> bool {
        let mut last = self.last.lock().await;
        let in_doubt = self.in_doubt.load(Ordering::Relaxed);
        match *last {
            Some((when, is_ready)) if when.elapsed() < KEPT && !(is_ready && in_doubt) => is_ready,
            _ => {
                let size = if in_doubt { LARGE } else { SMALL };
                let is_ready = attempt(store, size).await;
                if is_ready {
                    self.in_doubt.store(false, Ordering::Relaxed);
                }
                *last = Some((Instant::now(), is_ready));
                is_ready
            }
        }
    }

    /// Says that a request found the store unavailable.
    pub(in crate::server) fn doubt(&self) {
        self.in_doubt.store(true, Ordering::Relaxed);
    }
}

async fn attempt(store: &Store, size: usize) -> bool {
    match timeout(PATIENCE, store.check_writable(size)).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::error!(%error, "not ready");
            false
        }
        Err(_) => {
            tracing::error!("not ready: the store does not answer");
            false
        }
    }
}
