//! Opening a database on a PostgreSQL server.

use super::{
    limits::{BUSY_TIMEOUT, N_READERS},
    migrations,
};
use crate::AnnotateError;
use sqlx::{
    ConnectOptions, Connection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::time::Duration;

/// How long those who read wait for a server that does not answer.
const LOST_TIMEOUT: Duration = Duration::from_secs(10);

/// Begins a transaction that sees one state.
pub(super) const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Opens the database at `url`; returns the connection that writes and those that read.
pub(super) async fn open(url: &str) -> Result<[PgPool; 2], AnnotateError> {
    let options = options(url)?;
    let place = place(&options);
    let failed = |source| AnnotateError::Connect {
        place: place.clone(),
        source,
    };
    let mut connection = options.connect().await.map_err(failed)?;
    migrations::postgres::run(&mut connection, &place).await?;
    connection.close().await.map_err(failed)?;
    let pool = |most, patience| {
        PgPoolOptions::new()
            .max_connections(most)
            .acquire_timeout(patience)
    };
    let writer = pool(1, BUSY_TIMEOUT)
        .connect_with(options.clone())
        .await
        .map_err(failed)?;
    let readers = pool(N_READERS, LOST_TIMEOUT)
        .connect_with(options)
        .await
        .map_err(failed)?;
    Ok([writer, readers])
}

fn options(url: &str) -> Result<PgConnectOptions, AnnotateError> {
    // The URL may hold a password, so that no message repeats it.
    let options: PgConnectOptions = url.parse().map_err(|_| AnnotateError::DatabaseUrl)?;
    let lock_timeout = format!("{}s", BUSY_TIMEOUT.as_secs());
    Ok(options.options([
        ("lock_timeout", lock_timeout.as_str()),
        ("client_min_messages", "warning"),
    ]))
}

/// The database's name and host, without secrets.
fn place(options: &PgConnectOptions) -> String {
    let database = options
        .get_database()
        .unwrap_or_else(|| options.get_username());
    format!(
        "the PostgreSQL database `{database}` on {}",
        options.get_host()
    )
}
