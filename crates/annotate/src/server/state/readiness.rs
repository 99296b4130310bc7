//! Readiness: the store takes writes. Asked often and by anybody, so the answer is kept for a moment.

use crate::Store;
use std::time::{Duration, Instant};
use tokio::{sync::Mutex, time::timeout};

/// Time that an answer is kept.
const KEPT: Duration = Duration::from_secs(1);
/// Longest time for the store to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The last answer and when it was given.
#[derive(Debug, Default)]
pub(in crate::server) struct Readiness(Mutex<Option<(Instant, bool)>>);

impl Readiness {
    /// True where the store takes a write. Those who ask at once share one attempt.
    pub(in crate::server) async fn check(&self, store: &Store) -> bool {
        let mut last = self.0.lock().await;
        match *last {
            Some((when, is_ready)) if when.elapsed() < KEPT => is_ready,
            _ => {
                let is_ready = attempt(store).await;
                *last = Some((Instant::now(), is_ready));
                is_ready
            }
        }
    }
}

async fn attempt(store: &Store) -> bool {
    match timeout(PATIENCE, store.check_writable()).await {
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
