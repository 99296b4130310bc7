//! The format of a store, step by step: forward only, and the same runner for both databases.
//!
//! Each database notes how many steps it has behind it: SQLite in the header of the file (`user_version`, beside an
//! `application_id`), PostgreSQL in the table `store_format`. Note 0016 says why sqlx's migrator does not do this.

use super::{
    connection::{Dialect, On},
    query::query,
};
use crate::AnnotateError;
use std::io;

/// The steps of a file in order; step n brings the format to version n + 1.
const SQLITE: &[&str] = &[
    include_str!("sqlite/0001_foundation.sql"),
    include_str!("sqlite/0002_argilla.sql"),
    include_str!("sqlite/0003_facts.sql"),
    include_str!("sqlite/0004_deliveries.sql"),
    include_str!("sqlite/0005_audit.sql"),
    include_str!("sqlite/0006_counts.sql"),
    include_str!("sqlite/0007_people.sql"),
    include_str!("sqlite/0008_sessions.sql"),
    include_str!("sqlite/0009_keys.sql"),
];

/// The steps of a PostgreSQL database; its first is the file's first three.
const POSTGRES: &[&str] = &[
    include_str!("postgres/0001_foundation.sql"),
    include_str!("postgres/0002_deliveries.sql"),
    include_str!("postgres/0003_audit.sql"),
    include_str!("postgres/0004_counts.sql"),
    include_str!("postgres/0005_people.sql"),
    include_str!("postgres/0006_sessions.sql"),
    include_str!("postgres/0007_keys.sql"),
];

/// `Exmn` in the header of a file: tells a store of Examen from another program's database.
const APPLICATION_ID: i64 = 0x4578_6d6e;

/// Brings a database to the newest format. Refuses a newer one, and another program's, before changing anything. `on` is a
/// transaction that holds the writers' lock: of two processes that open a new store, one waits and finds the work done.
pub(super) async fn run(
    mut on: On<'_>,
    place: &str,
    failed: impl Fn(sqlx::Error) -> AnnotateError,
) -> Result<(), AnnotateError> {
    let done = check(on.again(), place, &failed).await?;
    let dialect = on.dialect();
    for (index, sql) in steps(dialect).iter().enumerate().skip(done) {
        on.run_script((*sql).to_owned()).await.map_err(&failed)?;
        let stamp = stamp(dialect, index + 1);
        on.run_script(stamp).await.map_err(&failed)?;
    }
    Ok(())
}

/// Number of steps that a database has behind it. Refuses a newer database and another program's.
pub(super) async fn check(
    on: On<'_>,
    place: &str,
    failed: impl Fn(sqlx::Error) -> AnnotateError,
) -> Result<usize, AnnotateError> {
    let dialect = on.dialect();
    let found = match dialect {
        Dialect::Sqlite => version_of_file(on).await,
        Dialect::Postgres => version_of_tables(on).await,
    };
    let place = place.to_owned();
    let Some(found) = found.map_err(failed)? else {
        return Err(AnnotateError::NotAStore { place });
    };
    let known = steps(dialect).len();
    match usize::try_from(found) {
        Ok(done) if done <= known => Ok(done),
        _ => Err(AnnotateError::NewerStore {
            place,
            found,
            known: known as i64,
        }),
    }
}

/// Refuses to go on where a newer Examen has brought the database to its format since it was opened here.
pub(super) fn check_unchanged(dialect: Dialect, found: i64) -> Result<(), sqlx::Error> {
    let known = steps(dialect).len() as i64;
    match found == known {
        true => Ok(()),
        false => Err(sqlx::Error::Io(io::Error::other(format!(
            "another Examen has brought the store to format {found}, this one knows {known}: start the newer one"
        )))),
    }
}

/// The newest format.
pub(super) fn newest(dialect: Dialect) -> usize {
    steps(dialect).len()
}

fn steps(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Sqlite => SQLITE,
        Dialect::Postgres => POSTGRES,
    }
}

/// The statements that note a version.
fn stamp(dialect: Dialect, version: usize) -> String {
    match dialect {
        Dialect::Sqlite => {
            format!("PRAGMA user_version = {version}; PRAGMA application_id = {APPLICATION_ID}")
        }
        Dialect::Postgres => format!("UPDATE store_format SET version = {version}"),
    }
}

/// The version in a file's header; 0 for an empty file, none for another program's.
async fn version_of_file(mut on: On<'_>) -> Result<Option<i64>, sqlx::Error> {
    let version: i64 = query("PRAGMA user_version").scalar(on.again()).await?;
    let application: i64 = query("PRAGMA application_id").scalar(on.again()).await?;
    let tables: i64 = query("SELECT COUNT(*) FROM sqlite_schema")
        .scalar(on)
        .await?;
    let is_ours = application == APPLICATION_ID || (application, version, tables) == (0, 0, 0);
    Ok(is_ours.then_some(version))
}

/// The version in the table; 0 where there are no tables, none where there are another program's.
async fn version_of_tables(mut on: On<'_>) -> Result<Option<i64>, sqlx::Error> {
    let (is_ours, is_others): (bool, bool) = query(
        "SELECT to_regclass('store_format') IS NOT NULL,
                to_regclass('records') IS NOT NULL OR to_regclass('users') IS NOT NULL",
    )
    .fetch_one(on.again())
    .await?;
    match (is_ours, is_others) {
        (true, _) => query("SELECT version FROM store_format")
            .scalar(on)
            .await
            .map(Some),
        (false, true) => Ok(None),
        (false, false) => Ok(Some(0)),
    }
}
