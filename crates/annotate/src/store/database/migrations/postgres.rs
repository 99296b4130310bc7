//! The format of a PostgreSQL database, step by step: forward only, as for the file.

use crate::{AnnotateError, store::database::limits::BEGIN_WRITING};
use sqlx::{Connection, PgConnection};

/// The steps in order; step n brings the format to version n + 1.
const STEPS: &[&str] = &[
    include_str!("postgres/0001_foundation.sql"),
    include_str!("postgres/0002_deliveries.sql"),
    include_str!("postgres/0003_audit.sql"),
    include_str!("postgres/0004_counts.sql"),
];

/// Brings the tables to the newest format. Refuses a newer one, and tables of other programs, before changing anything.
pub(in crate::store::database) async fn run(
    connection: &mut PgConnection,
    place: &str,
) -> Result<(), AnnotateError> {
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
