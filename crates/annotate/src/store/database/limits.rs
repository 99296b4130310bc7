//! Connections at once, and the time they wait.

use std::time::Duration;

/// Time that a writer waits for another that writes.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(60);
/// Connections that read at once.
pub(super) const N_READERS: u32 = 4;
/// Connections to a PostgreSQL server that write. One of them writes at a time; the others wait for their turn, or
/// come back from it.
pub(super) const N_WRITERS: u32 = 4;
/// Longest time without an answer of a PostgreSQL server to a statement.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// The same, for statements that change as many rows as there are.
pub(super) const LARGE_TIMEOUT: Duration = Duration::from_secs(600);
/// Longest time to connect to a PostgreSQL server, and for readers to wait for a connection.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest time for a PostgreSQL server to say that it is there, and to end a transaction that was given up.
pub(super) const PING_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest time that a transaction rests between two statements; then the server ends it.
pub(super) const IDLE_TRANSACTION_TIMEOUT: Duration = Duration::from_secs(20);
