//! One small layer over SQLite and PostgreSQL, so that the store's SQL is written once.
//!
//! [`query`] makes a statement with `$1` for its first value; both databases read that. Where they differ, [`Dialect`]
//! has the words. On both, one writer writes at a time, whatever process it is in: what a writing transaction has read
//! cannot change before it commits.

mod dialect;
mod postgres;
mod query;
mod sqlite;
mod sqlite_backup;
mod sqlite_migrations;

pub use sqlite_backup::Contents;
pub(crate) use sqlite_backup::{
    copy as copy_file, fold_if_unused as fold_file_if_unused, verify as verify_file,
};

pub(super) use query::Value;

pub(super) use dialect::Dialect;
pub(super) use query::{AnyRow, Query, query, row};

use crate::AnnotateError;
use sqlx::{PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool};
use std::{path::Path, time::Duration};

/// How long a writer waits for another that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(60);
/// Connections that read at once.
const N_READERS: u32 = 4;

/// An open database. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub(super) enum Database {
    /// One file. One connection writes: writers of this process queue for it in order, those of other processes wait for
    /// the file's lock (`BEGIN IMMEDIATE` with a busy timeout), so nobody ever sees "database is locked".
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    /// A server. One connection writes here too; those of other processes wait for an advisory lock.
    Postgres { writer: PgPool, readers: PgPool },
}

/// A transaction; what it did is undone when it is dropped without [`Transaction::commit`].
pub(super) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// What a statement runs on.
pub(super) enum On<'a> {
    SqliteTransaction(&'a mut SqliteConnection),
    SqliteReaders(&'a SqlitePool),
    PostgresTransaction(&'a mut PgConnection),
    PostgresReaders(&'a PgPool),
}

impl Database {
    /// Opens the SQLite file at `path`, making it where it is missing and bringing it to the present format.
    pub(super) async fn open_file(path: &Path) -> Result<Self, AnnotateError> {
        sqlite::open(path).await
    }

    /// Opens the PostgreSQL database at `url`, making the tables where they are missing and bringing them to the present
    /// format.
    pub(super) async fn open_url(url: &str) -> Result<Self, AnnotateError> {
        postgres::open(url).await
    }

    /// A transaction that may write: what it read cannot have changed when it writes.
    pub(super) async fn write(&self) -> Result<Transaction, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { writer, .. } => {
                Transaction::Sqlite(sqlite::begin_writing(writer).await?)
            }
            Self::Postgres { writer, .. } => {
                Transaction::Postgres(writer.begin_with(postgres::BEGIN_WRITING).await?)
            }
        })
    }

    /// A transaction that sees one state of the store, whatever others write meanwhile.
    pub(super) async fn read(&self) -> Result<Transaction, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Transaction::Sqlite(readers.begin().await?),
            Self::Postgres { readers, .. } => {
                Transaction::Postgres(readers.begin_with(postgres::BEGIN_READING).await?)
            }
        })
    }

    /// Closes all connections. Dropping the database loses nothing either.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
        }
    }

    /// What it speaks.
    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite { .. } => Dialect::Sqlite,
            Self::Postgres { .. } => Dialect::Postgres,
        }
    }
}

impl Transaction {
    /// Makes what was done last: it is on the disk when this returns.
    pub(super) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await,
            Self::Postgres(transaction) => transaction.commit().await,
        }
    }

    /// What its database speaks.
    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }
}

impl<'a> From<&'a mut Transaction> for On<'a> {
    fn from(transaction: &'a mut Transaction) -> Self {
        match transaction {
            Transaction::Sqlite(transaction) => Self::SqliteTransaction(transaction),
            Transaction::Postgres(transaction) => Self::PostgresTransaction(transaction),
        }
    }
}

impl<'a> From<&'a Database> for On<'a> {
    fn from(database: &'a Database) -> Self {
        match database {
            Database::Sqlite { readers, .. } => Self::SqliteReaders(readers),
            Database::Postgres { readers, .. } => Self::PostgresReaders(readers),
        }
    }
}

/// Whether another row has the same value in a unique `column` (`table.column`). SQLite names the columns in its
/// message; in PostgreSQL the constraints have such names.
pub(super) fn is_duplicate(error: &sqlx::Error, column: &str) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.is_unique_violation() && error.message().contains(column))
}
