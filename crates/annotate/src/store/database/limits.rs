//! Connections at once, and the time they wait.

use std::time::Duration;

/// All writers take turns at this advisory lock, in whatever process they are (`Exmn`, as in the file's header).
/// Reads see what was committed before the lock was theirs.
pub(super) const BEGIN_WRITING: &str = "BEGIN; SELECT pg_advisory_xact_lock(x'45786d6e'::bigint)";
/// Time that a writer waits for another that writes.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(60);
/// Connections that read at once.
pub(super) const N_READERS: u32 = 4;
