//! A store on a PostgreSQL server.

mod address;
mod foreign;
mod lease;
mod pool;

pub(super) use lease::Lease;
pub(super) use pool::Pool;

use super::together::Otherwise;
use super::{
    connection::{Database, Dialect, On},
    errors::is_lost,
    limits::{ANSWER_TIMEOUT, BUSY_TIMEOUT, CONNECT_TIMEOUT, N_READERS, N_WRITERS, PING_TIMEOUT},
    migrations,
};
use crate::AnnotateError;
use lease::within;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, FromRow, postgres::PgRow};
use std::time::Duration;

/// Connections that one process opens at most.
pub(super) const MOST_CONNECTIONS: u32 = N_READERS + N_WRITERS;

/// Begins a writing transaction. All writers take turns at this advisory lock, in whatever process they are (`Exmn`, as
/// in the file's header). Reads see what was committed before the lock was theirs. Waiting for it is not limited by what
/// the database allows a statement, but by `lock_timeout`.
pub(super) const BEGIN_WRITING: [&str; 4] = [
    "BEGIN",
    "SET LOCAL statement_timeout = 0",
    "SELECT pg_advisory_xact_lock(x'45786d6e'::bigint)",
    "SET LOCAL statement_timeout TO DEFAULT",
];
/// Tells what a server must know of the database, now that nobody else can change it: its format, and the keys that seal
/// its secrets.
const FACTS: &str =
    "SELECT version, (SELECT value FROM facts WHERE name = 'key') FROM store_format";
/// Held, shared, by all connections of servers: whoever wants the database for themselves sees that it is in use.
const PRESENCE: &str = "x'45786d70'::bigint";
/// Begins a transaction that sees one state.
pub(super) const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Opens the PostgreSQL database at `url`, making the tables where they are missing and bringing them to the newest format.
pub(in crate::store) async fn open(url: &str) -> Result<Database, AnnotateError> {
    let options = address::options(url)?;
    let place = address::place(&options);
    let failed = |source| AnnotateError::Connect {
        place: place.clone(),
        source,
    };
    let writers = Pool::new(options.clone(), N_WRITERS, BUSY_TIMEOUT);
    let mut lease = writers.lease().await.map_err(failed)?;
    foreign::check_encoding(&mut lease, &place).await?;
    let begin = format!(
        "{}; SET LOCAL statement_timeout = 0",
        BEGIN_WRITING.join("; ")
    );
    let limit = BUSY_TIMEOUT + PING_TIMEOUT;
    lease.script(&begin, limit).await.map_err(failed)?;
    foreign::check_tables(&mut lease, &place).await?;
    migrations::run(On::PostgresTransaction(&mut lease), &place, failed).await?;
    lease.commit().await.map_err(failed)?;
    let readers = Pool::new(options, N_READERS, CONNECT_TIMEOUT);
    Ok(Database::Postgres {
        writers,
        readers,
        otherwise: Otherwise::default(),
    })
}

/// The error of [`guard`].
pub(super) const GUARDED: &str = "EX001";

/// A statement that fails where a writer of this format and with these keys may not write, and where `unless` finds a row.
pub(super) fn guard(key: &str, unless: &'static str) -> String {
    let format = migrations::newest(Dialect::Postgres);
    format!(
        "DO $guard$ BEGIN
             IF EXISTS ({unless}) OR NOT EXISTS (SELECT 1 FROM store_format s JOIN facts f ON f.name = 'key'
                                                 WHERE s.version = {format} AND f.value = '{key}') THEN
                 RAISE EXCEPTION USING ERRCODE = '{GUARDED}', MESSAGE = 'Examen writes this in another way';
             END IF;
         END $guard$"
    )
}

/// Refuses a database that another process has open.
pub(in crate::store) async fn check_unused(url: &str) -> Result<(), AnnotateError> {
    let options = address::options(url)?;
    let place = address::place(&options);
    let failed = |source| AnnotateError::Connect {
        place: place.clone(),
        source,
    };
    let looking = within(CONNECT_TIMEOUT, async {
        let mut connection = options.connect().await?;
        let sql = AssertSqlSafe(format!("SELECT pg_try_advisory_lock({PRESENCE})"));
        let is_alone: bool = sqlx::query_scalar(sql).fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok(is_alone)
    });
    match looking.await.map_err(failed)? {
        true => Ok(()),
        false => Err(AnnotateError::StoreInUse { place }),
    }
}

impl Pool {
    /// A transaction that may write, begun as a writer. Refuses a database that a newer Examen has migrated meanwhile, and
    /// one whose secrets other keys seal than those of this fingerprint.
    pub(super) async fn begin_writing(&self, key: Option<&str>) -> Result<Lease, sqlx::Error> {
        let begin = format!("{}; {FACTS}", BEGIN_WRITING.join("; "));
        let (lease, rows) = self.begin(&begin, BUSY_TIMEOUT + PING_TIMEOUT).await?;
        let (found, sealed_with): (i64, Option<String>) = match rows.last() {
            Some(row) => FromRow::from_row(row)?,
            None => (0, None),
        };
        migrations::check_unchanged(Dialect::Postgres, found)?;
        if key.is_some() && sealed_with.as_deref() != key {
            let reason = "the store's secrets were sealed with another key file: start the server again with it";
            return Err(std::io::Error::other(reason).into());
        }
        Ok(lease)
    }

    /// A transaction that sees one state.
    pub(super) async fn begin_reading(&self) -> Result<Lease, sqlx::Error> {
        let (lease, _) = self.begin(BEGIN_READING, ANSWER_TIMEOUT).await?;
        Ok(lease)
    }

    /// Runs `sql`, on a new connection where an old one has ended.
    async fn begin(&self, sql: &str, limit: Duration) -> Result<(Lease, Vec<PgRow>), sqlx::Error> {
        loop {
            let mut lease = self.lease().await?;
            match lease.script(sql, limit).await {
                Ok(rows) => return Ok((lease, rows)),
                Err(error) if lease.is_old() && is_lost(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }
}
