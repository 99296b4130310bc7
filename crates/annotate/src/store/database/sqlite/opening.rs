//! Opening a store's file.

use crate::{
    AnnotateError,
    store::database::{
        errors::{is_busy, not_opened},
        limits::{BUSY_TIMEOUT, N_READERS},
        migrations,
    },
};
use sqlx::{
    Connection, Sqlite, SqliteConnection, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous},
};
use std::{path::Path, time::Duration};

/// Opens the file at `path`; returns the connection that writes and those that read.
pub(in crate::store) async fn open(path: &Path) -> Result<[SqlitePool; 2], AnnotateError> {
    prepare(path).await?;
    let failed = |source| not_opened(path, source);
    let pool = || {
        SqlitePoolOptions::new()
            .acquire_timeout(BUSY_TIMEOUT)
            .test_before_acquire(false)
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
    Ok([writer, readers])
}

/// A transaction that may write, begun as a writer.
pub(in crate::store) async fn begin_writing(
    writer: &SqlitePool,
) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
    const BEGIN: &str = "BEGIN IMMEDIATE";
    match writer.begin_with(BEGIN).await {
        // When the disk is full SQLite rolls a transaction back by itself, and sqlx, whose own ROLLBACK then fails, takes the
        // connection to be in a transaction for ever.
        Err(sqlx::Error::InvalidSavePointStatement) => {
            writer.acquire().await?.close().await?;
            writer.begin_with(BEGIN).await
        }
        begun => begun,
    }
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
    // A migration that makes a table anew must not delete what refers to the old one.
    let connecting =
        SqliteConnection::connect_with(&options(path).create_if_missing(true).foreign_keys(false))
            .await;
    let mut connection = connecting.map_err(failed)?;
    migrations::sqlite::run(&mut connection, path).await?;
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
