//! Opening a store's file.

use crate::{
    AnnotateError, files,
    store::database::{
        connection::{BEGIN_SQLITE, Database, On},
        errors::{is_busy, not_opened},
        limits::{BUSY_TIMEOUT, N_READERS},
        migrations,
    },
};
use sqlx::{
    Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous},
};
use std::{path::Path, time::Duration};

/// Opens the SQLite file at `path`, making it where it is missing and bringing it to the newest format.
pub(in crate::store) async fn open(path: &Path) -> Result<Database, AnnotateError> {
    prepare(path).await?;
    let failed = |source| not_opened(path, source);
    let pool = || {
        SqlitePoolOptions::new()
            .acquire_timeout(BUSY_TIMEOUT)
            .test_before_acquire(false)
            // Whoever wants the file for themselves sees that it is in use.
            .idle_timeout(None)
            .max_lifetime(None)
    };
    // Ids are random, so that a large insertion touches every page of their indexes again and again (32 MiB of pages).
    let writing = options(path).pragma("cache_size", "-32768");
    let writer = pool()
        .max_connections(1)
        .connect_with(writing)
        .await
        .map_err(failed)?;
    let reading = options(path).pragma("query_only", "ON");
    let readers = pool()
        .max_connections(N_READERS)
        .connect_with(reading)
        .await
        .map_err(failed)?;
    Ok(Database::Sqlite { writer, readers })
}

pub(in crate::store) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        // An acknowledged answer survives a power cut: reviewing is slow and precious, so a sync a commit is cheap.
        .synchronous(SqliteSynchronous::Full)
}

/// Makes the file and migrates it; then, the file being ours, turns its write-ahead log on, which is kept in the file.
async fn prepare(path: &Path) -> Result<(), AnnotateError> {
    let failed = |source| not_opened(path, source);
    // SQLite gives the files beside it the same mode.
    files::private_file(path).map_err(|error| failed(error.into()))?;
    // A migration that recreates a table must not delete what refers to the old one.
    let connecting =
        SqliteConnection::connect_with(&options(path).create_if_missing(true).foreign_keys(false))
            .await;
    let mut connection = connecting.map_err(failed)?;
    let mut transaction = connection.begin_with(BEGIN_SQLITE).await.map_err(failed)?;
    let on = On::SqliteTransaction(&mut transaction);
    migrations::run(on, &path.display().to_string(), failed).await?;
    transaction.commit().await.map_err(failed)?;
    turn_log_on(&mut connection).await.map_err(failed)?;
    connection.close().await.map_err(failed)
}

async fn turn_log_on(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    const ATTEMPTS: u32 = 100;
    let mut attempt = 0;
    loop {
        attempt += 1;
        // Does not wait for the lock as other statements do, so two processes that open a new file at once can meet here.
        match sqlx::query("PRAGMA journal_mode = WAL")
            .execute(&mut *connection)
            .await
        {
            Err(error) if is_busy(&error) && attempt < ATTEMPTS => {
                tokio::time::sleep(Duration::from_millis(20)).await
            }
            done => return done.map(drop),
        }
    }
}
