//! An open database of either kind, and its transactions.

use super::{limits::BEGIN_WRITING, postgres, sqlite};
use crate::AnnotateError;
use sqlx::{PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool};
use std::path::Path;

/// What a database speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Dialect {
    /// SQLite, with JSON and FTS5.
    Sqlite,
    /// PostgreSQL, with the function `elements` that the migrations make.
    Postgres,
}

/// An open database. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub(in crate::store) enum Database {
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
pub(in crate::store) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// What a statement runs on.
pub(in crate::store) enum On<'a> {
    SqliteTransaction(&'a mut SqliteConnection),
    SqliteReaders(&'a SqlitePool),
    PostgresTransaction(&'a mut PgConnection),
    PostgresReaders(&'a PgPool),
}

impl Database {
    /// Opens the SQLite file at `path`, making it where it is missing and bringing it to the present format.
    pub(in crate::store) async fn open_file(path: &Path) -> Result<Self, AnnotateError> {
        let [writer, readers] = sqlite::open(path).await?;
        Ok(Self::Sqlite { writer, readers })
    }

    /// Opens the PostgreSQL database at `url`, making the tables where they are missing and bringing them to the present
    /// format.
    pub(in crate::store) async fn open_url(url: &str) -> Result<Self, AnnotateError> {
        let [writer, readers] = postgres::open(url).await?;
        Ok(Self::Postgres { writer, readers })
    }

    /// A transaction that may write: what it read cannot have changed when it writes.
    pub(in crate::store) async fn write(&self) -> Result<Transaction, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { writer, .. } => {
                Transaction::Sqlite(sqlite::begin_writing(writer).await?)
            }
            Self::Postgres { writer, .. } => {
                Transaction::Postgres(writer.begin_with(BEGIN_WRITING).await?)
            }
        })
    }

    /// A transaction that sees one state of the store, whatever others write meanwhile.
    pub(in crate::store) async fn read(&self) -> Result<Transaction, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Transaction::Sqlite(readers.begin().await?),
            Self::Postgres { readers, .. } => {
                Transaction::Postgres(readers.begin_with(postgres::BEGIN_READING).await?)
            }
        })
    }

    /// Closes all connections. Dropping the database loses nothing either.
    pub(in crate::store) async fn close(&self) {
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
    pub(in crate::store) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite { .. } => Dialect::Sqlite,
            Self::Postgres { .. } => Dialect::Postgres,
        }
    }
}

impl Transaction {
    /// Makes what was done last: it is on the disk when this returns.
    pub(in crate::store) async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await,
            Self::Postgres(transaction) => transaction.commit().await,
        }
    }

    /// What its database speaks.
    pub(in crate::store) fn dialect(&self) -> Dialect {
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
