//! Opening a database on a PostgreSQL server, and its format step by step: forward only, as for the file.

use super::{BUSY_TIMEOUT, Database, N_READERS};
use crate::AnnotateError;
use sqlx::{
    ConnectOptions, Connection, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::time::Duration;

/// The steps in order; step n brings the format to version n + 1.
const STEPS: &[&str] = &[
    include_str!("migrations/postgres/0001_foundation.sql"),
    include_str!("migrations/postgres/0002_deliveries.sql"),
    include_str!("migrations/postgres/0003_audit.sql"),
    include_str!("migrations/postgres/0004_counts.sql"),
];

/// How long those who read wait for a server that does not answer.
const LOST_TIMEOUT: Duration = Duration::from_secs(10);

/// All writers take turns at this advisory lock, in whatever process they are (`Exmn`, as in the file's header).
/// Reads see what was committed before the lock was theirs.
pub(super) const BEGIN_WRITING: &str = "BEGIN; SELECT pg_advisory_xact_lock(x'45786d6e'::bigint)";
pub(super) const BEGIN_READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

pub(super) async fn open(url: &str) -> Result<Database, AnnotateError> {
    let options = options(url)?;
    let place = place(&options);
    let failed = |source| AnnotateError::Connect {
        place: place.clone(),
        source,
    };
    let mut connection = options.connect().await.map_err(failed)?;
    migrate(&mut connection, &place).await?;
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

/// Brings the tables to the newest format. Refuses a newer one, and tables of other programs, before changing anything.
async fn migrate(connection: &mut PgConnection, place: &str) -> Result<(), AnnotateError> {
    let failed = |source| AnnotateError::Connect {
        place: place.to_owned(),
        source,
    };
    let mut transaction = connection.begin_with(BEGIN_WRITING).await.map_err(failed)?;
    let done = version(&mut transaction, place).await?;
    for (step, sql) in STEPS.iter().enumerate().skip(done) {
        sqlx::raw_sql(*sql)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        let stamp = sqlx::query("UPDATE store_format SET version = $1").bind(step as i64 + 1);
        stamp.execute(&mut *transaction).await.map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)
}

/// How many steps the database has behind it.
async fn version(connection: &mut PgConnection, place: &str) -> Result<usize, AnnotateError> {
    let failed = |source| AnnotateError::Connect {
        place: place.to_owned(),
        source,
    };
    let (is_ours, is_others): (bool, bool) = sqlx::query_as(
        "SELECT to_regclass('store_format') IS NOT NULL, to_regclass('records') IS NOT NULL OR to_regclass('users') IS NOT NULL",
    )
    .fetch_one(&mut *connection)
    .await
    .map_err(failed)?;
    match (is_ours, is_others) {
        (false, false) => return Ok(0),
        (false, true) => {
            return Err(AnnotateError::NotAStore {
                place: place.to_owned(),
            });
        }
        (true, _) => {}
    }
    let version: i64 = sqlx::query_scalar("SELECT version FROM store_format")
        .fetch_one(connection)
        .await
        .map_err(failed)?;
    match usize::try_from(version) {
        Ok(steps) if steps <= STEPS.len() => Ok(steps),
        _ => {
            let known = STEPS.len() as i64;
            Err(AnnotateError::NewerStore {
                place: place.to_owned(),
                found: version,
                known,
            })
        }
    }
}
