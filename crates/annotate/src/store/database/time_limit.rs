//! A time for the statements of a transaction, after which the database ends them itself: a client that is gone, or a
//! request that was given up, leaves no statement behind.

use super::{
    connection::Transaction,
    limits::{ANSWER_TIMEOUT, PING_TIMEOUT},
};
use std::time::{Duration, Instant};

/// Instructions of SQLite's machine between two looks at the clock; fewer than it does in a millisecond.
const OFTEN: i32 = 1_000;

/// Limits the statements from now on. PostgreSQL counts the time of each; the limit goes with the transaction.
pub(in crate::store) async fn start(
    transaction: &mut Transaction,
    time: Duration,
) -> Result<(), sqlx::Error> {
    match transaction {
        Transaction::Sqlite(transaction) => {
            let deadline = Instant::now() + time;
            let mut handle = transaction.lock_handle().await?;
            handle.set_progress_handler(OFTEN, move || Instant::now() < deadline);
            Ok(())
        }
        Transaction::Postgres(lease) => {
            // It is the server that ends a statement; one that does not answer at all is given up later.
            lease.be_patient(time + PING_TIMEOUT);
            let limit = format!("SET LOCAL statement_timeout = {}", time.as_millis().max(1));
            lease.script(&limit, ANSWER_TIMEOUT).await.map(drop)
        }
    }
}

/// Lifts the limit. To be called whatever became of the statements: SQLite's limit is one of the connection.
pub(in crate::store) async fn stop(transaction: &mut Transaction) -> Result<(), sqlx::Error> {
    if let Transaction::Sqlite(transaction) = transaction {
        transaction.lock_handle().await?.remove_progress_handler();
    }
    Ok(())
}

/// True for the error of a statement whose time was up: SQLITE_INTERRUPT, or PostgreSQL's query_canceled.
pub(in crate::store) fn is_up(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| matches!(code.as_ref(), "9" | "57014"))
}
