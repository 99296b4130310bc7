//! The format of the file, step by step: forward only, each step in one transaction with the version it reaches.

use crate::{AnnotateError, store::database::errors::not_opened};
use sqlx::{Connection, Row, SqliteConnection};
use std::path::Path;

/// The steps in order; step n brings the format to version n + 1.
const STEPS: &[&str] = &[
    include_str!("sqlite/0001_foundation.sql"),
    include_str!("sqlite/0002_argilla.sql"),
    include_str!("sqlite/0003_facts.sql"),
    include_str!("sqlite/0004_deliveries.sql"),
    include_str!("sqlite/0005_audit.sql"),
    include_str!("sqlite/0006_counts.sql"),
];

/// `Exmn`: tells a store of Examen from another program's database.
const APPLICATION_ID: i64 = 0x4578_6d6e;

/// Brings the file to the newest format. Refuses a newer file and other programs' files before changing anything.
pub(in crate::store::database) async fn run(
    connection: &mut SqliteConnection,
    path: &Path,
) -> Result<(), AnnotateError> {
    let failed = |source| not_opened(path, source);
    // Immediate, so that of two processes that open a new file one waits and then finds the work done.
    let mut transaction = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(failed)?;
    let version = checked_version(&mut transaction, path).await?;
    for (step, sql) in STEPS.iter().enumerate().skip(version) {
        sqlx::raw_sql(*sql)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        let stamp = format!(
            "PRAGMA user_version = {}; PRAGMA application_id = {APPLICATION_ID}",
            step + 1
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(stamp))
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)
}

/// Refuses a newer file and other programs' files.
pub(in crate::store::database) async fn check_format(
    connection: &mut SqliteConnection,
    path: &Path,
) -> Result<(), AnnotateError> {
    checked_version(connection, path).await.map(drop)
}

/// How many steps the file has behind it.
async fn checked_version(
    connection: &mut SqliteConnection,
    path: &Path,
) -> Result<usize, AnnotateError> {
    let version = pragma(connection, path, "PRAGMA user_version").await?;
    let application = pragma(connection, path, "PRAGMA application_id").await?;
    let tables = pragma(connection, path, "SELECT COUNT(*) FROM sqlite_schema").await?;
    let place = path.display().to_string();
    if application != APPLICATION_ID && (application, version, tables) != (0, 0, 0) {
        return Err(AnnotateError::NotAStore { place });
    }
    let known = STEPS.len();
    match usize::try_from(version) {
        Ok(steps) if steps <= known => Ok(steps),
        _ => Err(AnnotateError::NewerStore {
            place,
            found: version,
            known: known as i64,
        }),
    }
}

async fn pragma(
    connection: &mut SqliteConnection,
    path: &Path,
    sql: &'static str,
) -> Result<i64, AnnotateError> {
    let failed = |source| not_opened(path, source);
    let row = sqlx::query(sql)
        .fetch_one(connection)
        .await
        .map_err(failed)?;
    row.try_get(0).map_err(failed)
}
