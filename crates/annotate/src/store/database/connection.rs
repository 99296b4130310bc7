//! An open database of either kind, and its transactions.

use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool};

/// Begins a writing transaction on PostgreSQL. All writers take turns at this advisory lock, in whatever process they are
/// (`Exmn`, as in the file's header). Reads see what was committed before the lock was theirs.
pub(super) const BEGIN_POSTGRES: &str = "BEGIN; SELECT pg_advisory_xact_lock(x'45786d6e'::bigint)";
/// Begins a writing transaction on SQLite: the file's lock is taken at once.
pub(super) const BEGIN_SQLITE: &str = "BEGIN IMMEDIATE";
/// Begins a transaction on PostgreSQL that sees one state.
const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

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
    /// A server. One connection writes here too; those of other processes wait for an advisory lock.
    Postgres { writer: PgPool, readers: PgPool },
}

/// A transaction; what it did is undone when it is dropped without [`Transaction::commit`].
pub(in crate::store) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// Connection that a statement runs on.
pub(in crate::store) enum On<'a> {
    SqliteTransaction(&'a mut SqliteConnection),
    SqliteReaders(&'a SqlitePool),
    PostgresTransaction(&'a mut PgConnection),
    PostgresReaders(&'a PgPool),
}

impl Database {
    /// A transaction that may write: what it read cannot have changed when it writes.
    pub(in crate::store) async fn write(&self) -> Result<Transaction, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Transaction::Sqlite(begin_writing(writer).await?),
            Self::Postgres { writer, .. } => {
                Transaction::Postgres(writer.begin_with(BEGIN_POSTGRES).await?)
            }
        })
    }

    /// A transaction that sees one state of the store, whatever others write meanwhile.
    pub(in crate::store) async fn read(&self) -> Result<Transaction, sqlx::Error> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Transaction::Sqlite(readers.begin().await?),
            Self::Postgres { readers, .. } => {
                Transaction::Postgres(readers.begin_with(BEGIN_READING).await?)
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
        let script = sqlx::raw_sql(AssertSqlSafe(sql));
        match self {
            Self::SqliteTransaction(on) => script.execute(&mut **on).await.map(drop),
            Self::SqliteReaders(on) => script.execute(*on).await.map(drop),
            Self::PostgresTransaction(on) => script.execute(&mut **on).await.map(drop),
            Self::PostgresReaders(on) => script.execute(*on).await.map(drop),
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

/// A transaction that may write, begun as a writer.
async fn begin_writing(
    writer: &SqlitePool,
) -> Result<sqlx::Transaction<'static, Sqlite>, sqlx::Error> {
    match writer.begin_with(BEGIN_SQLITE).await {
        // When the disk is full SQLite rolls a transaction back by itself, and sqlx, whose own ROLLBACK then fails, takes the
        // connection to be in a transaction for ever.
        Err(sqlx::Error::InvalidSavePointStatement) => {
            writer.acquire().await?.close().await?;
            writer.begin_with(BEGIN_SQLITE).await
        }
        begun => begun,
    }
}
