//! An open database of either kind, and its transactions.

use super::{
    limits::LARGE_TIMEOUT,
    migrations,
    postgres::{Lease, Pool},
    together::Otherwise,
};
use sqlx::{AssertSqlSafe, Sqlite, SqliteConnection, SqlitePool};

/// Begins a writing transaction on SQLite: the file's lock is taken at once.
pub(super) const BEGIN_SQLITE: &str = "BEGIN IMMEDIATE";

/// Dialect of SQL.
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
    /// A server. One connection writes here too; the others, of whatever process, wait for an advisory lock.
    Postgres {
        writers: Pool,
        readers: Pool,
        otherwise: Otherwise,
    },
}

/// A transaction; what it did is undone when it is dropped without [`Transaction::commit`].
pub(in crate::store) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(Lease),
}

/// Connection that a statement runs on.
pub(in crate::store) enum On<'a> {
    SqliteTransaction(&'a mut SqliteConnection),
    SqliteReaders(&'a SqlitePool),
    PostgresTransaction(&'a mut Lease),
    PostgresReaders(&'a Pool),
}

impl Database {
    /// A transaction that may write: what it read cannot have changed when it writes. Refuses a database that a newer
    /// Examen has migrated meanwhile, and one whose secrets other keys seal than those of this fingerprint.
    pub(in crate::store) async fn write(
        &self,
        key: Option<&str>,
    ) -> Result<Transaction, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Transaction::Sqlite(begin_writing(writer).await?),
            Self::Postgres { writers, .. } => {
                Transaction::Postgres(writers.begin_writing(key).await?)
            }
        })
    }

    /// A transaction that sees one state of the store, whatever others write meanwhile.
    pub(in crate::store) async fn read(&self) -> Result<Transaction, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Transaction::Sqlite(readers.begin().await?),
            Self::Postgres { readers, .. } => Transaction::Postgres(readers.begin_reading().await?),
        })
    }

    /// Closes all connections. Dropping the database loses nothing either.
    pub(in crate::store) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres {
                writers, readers, ..
            } => {
                readers.close().await;
                writers.close().await;
            }
        }
    }

    /// Its dialect of SQL.
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

    /// The dialect of its database.
    pub(in crate::store) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }
}

impl On<'_> {
    /// The same, for one statement of several.
    pub(super) fn again(&mut self) -> On<'_> {
        match self {
            Self::SqliteTransaction(on) => On::SqliteTransaction(on),
            Self::SqliteReaders(on) => On::SqliteReaders(on),
            Self::PostgresTransaction(on) => On::PostgresTransaction(on),
            Self::PostgresReaders(on) => On::PostgresReaders(on),
        }
    }

    /// The dialect of its database.
    pub(super) fn dialect(&self) -> Dialect {
        match self {
            Self::SqliteTransaction(_) | Self::SqliteReaders(_) => Dialect::Sqlite,
            Self::PostgresTransaction(_) | Self::PostgresReaders(_) => Dialect::Postgres,
        }
    }

    /// Runs statements of our own that take no values.
    pub(super) async fn run_script(&mut self, sql: String) -> Result<(), sqlx::Error> {
        let script = |sql| sqlx::raw_sql(AssertSqlSafe(sql));
        match self {
            Self::SqliteTransaction(on) => script(sql).execute(&mut **on).await.map(drop),
            Self::SqliteReaders(on) => script(sql).execute(*on).await.map(drop),
            Self::PostgresTransaction(on) => on.script(&sql, LARGE_TIMEOUT).await.map(drop),
            Self::PostgresReaders(on) => {
                let mut lease = on.lease().await?;
                lease.script(&sql, LARGE_TIMEOUT).await?;
                lease.is_done();
                Ok(())
            }
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

/// A transaction that may write, begun as a writer. Refuses a file that a newer Examen has migrated meanwhile.
async fn begin_writing(
    writer: &SqlitePool,
) -> Result<sqlx::Transaction<'static, Sqlite>, sqlx::Error> {
    let mut transaction = match writer.begin_with(BEGIN_SQLITE).await {
        // When the disk is full SQLite rolls a transaction back by itself, and sqlx, whose own ROLLBACK then fails, takes the
        // connection to be in a transaction for ever.
        Err(sqlx::Error::InvalidSavePointStatement) => {
            writer.acquire().await?.close().await?;
            writer.begin_with(BEGIN_SQLITE).await
        }
        begun => begun,
    }?;
    let found = sqlx::query_scalar("PRAGMA user_version")
        .fetch_one(&mut *transaction)
        .await?;
    migrations::check_unchanged(Dialect::Sqlite, found)?;
    Ok(transaction)
}
