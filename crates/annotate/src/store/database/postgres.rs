//! Opening a database on a PostgreSQL server.

use super::{
    connection::{BEGIN_POSTGRES, Database, On},
    limits::{BUSY_TIMEOUT, N_READERS},
    migrations,
};
use crate::AnnotateError;
use sqlx::{
    ConnectOptions, Connection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::time::Duration;

/// Longest time that readers wait for a server that does not answer.
const LOST_TIMEOUT: Duration = Duration::from_secs(10);

/// Opens the PostgreSQL database at `url`, making the tables where they are missing and bringing them to the newest format.
pub(in crate::store) async fn open(url: &str) -> Result<Database, AnnotateError> {
    let options = options(url)?;
    let place = place(&options);
    let failed = |source| AnnotateError::Connect {
        place: place.clone(),
        source,
    };
    let mut connection = options.connect().await.map_err(failed)?;
    let mut transaction = connection
        .begin_with(BEGIN_POSTGRES)
        .await
        .map_err(failed)?;
    migrations::run(On::PostgresTransaction(&mut transaction), &place, failed).await?;
    transaction.commit().await.map_err(failed)?;
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
    Ok(Database::Postgres { writer, readers })
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
