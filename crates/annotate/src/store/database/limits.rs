//! Connections at once, and the time they wait.

use std::time::Duration;

/// Time that a writer waits for another that writes.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(60);
/// Connections that read at once.
pub(super) const N_READERS: u32 = 4;
