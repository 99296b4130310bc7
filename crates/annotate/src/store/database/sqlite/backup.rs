//! Copies of a store's file, made while others use it, and whether one is whole.

use super::opening::options;
use crate::{
    AnnotateError,
    secrets::Keyring,
    store::{
        Act,
        database::{
            connection::On,
            errors::{is_busy, not_opened, primary_code},
            migrations,
        },
    },
};
use sqlx::{Connection, SqliteConnection};
use std::{path::Path, time::Duration};

/// The first format that tells which keys it was sealed with.
const WITH_FACTS: usize = 3;
/// The first format with an audit log.
const WITH_AUDIT_LOG: usize = 5;

/// Contents of a store, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Contents {
    /// People.
    pub users: u64,
    /// Datasets.
    pub datasets: u64,
    /// Records.
    pub records: u64,
    /// Responses.
    pub responses: u64,
}

/// Copies the file at `path`, as it is at this moment, to `copy`, which does not exist or is empty.
pub(crate) async fn copy(path: &Path, copy: &Path) -> Result<(), AnnotateError> {
    let failed = |source| AnnotateError::Store {
        doing: "copying the store",
        source,
    };
    let connecting = SqliteConnection::connect_with(&options(path)).await;
    let mut connection = connecting.map_err(|source| not_opened(path, source))?;
    let name = copy.to_string_lossy().into_owned();
    sqlx::query("VACUUM INTO ?1")
        .bind(name)
        .execute(&mut connection)
        .await
        .map_err(failed)?;
    connection.close().await.map_err(failed)
}

/// Notes an act in the audit log of the store at `path`, which others may be using. Its format stays as it is: a store that is
/// too old for an audit log gets no note.
pub(crate) async fn note(path: &Path, act: &Act) -> Result<(), AnnotateError> {
    let failed = |source| AnnotateError::Store {
        doing: "noting an act",
        source,
    };
    let connecting = SqliteConnection::connect_with(&options(path)).await;
    let mut connection = connecting.map_err(|source| not_opened(path, source))?;
    let opened = |source| not_opened(path, source);
    let on = On::SqliteTransaction(&mut connection);
    let version = migrations::check(on, &path.display().to_string(), opened).await?;
    if version >= WITH_AUDIT_LOG {
        sqlx::query("INSERT INTO audit_log (at, actor, act, subject) VALUES (?1, ?2, ?3, ?4)")
            .bind(act.at.as_microsecond())
            .bind(&act.actor)
            .bind(&act.act)
            .bind(&act.subject)
            .execute(&mut connection)
            .await
            .map_err(failed)?;
    }
    connection.close().await.map_err(failed)
}

/// Looks through the whole file at `path`, and counts. Refuses one that is damaged, of a newer Examen or of another
/// program, and one whose secrets other keys than `keyring` have sealed.
pub(crate) async fn verify(path: &Path, keyring: &Keyring) -> Result<Contents, AnnotateError> {
    let failed = |source: sqlx::Error| match primary_code(&source) {
        // SQLITE_CORRUPT: too damaged to be looked through.
        Some(11) => AnnotateError::DamagedCopy {
            path: path.to_owned(),
            reason: source.to_string(),
        },
        _ => AnnotateError::Store {
            doing: "looking through a copy of the store",
            source,
        },
    };
    let opening =
        SqliteConnection::connect_with(&options(path).immutable(true).read_only(true)).await;
    let mut connection = opening.map_err(|source| not_opened(path, source))?;
    let on = On::SqliteTransaction(&mut connection);
    let opened = |source| not_opened(path, source);
    let version = migrations::check(on, &path.display().to_string(), opened).await?;
    let found: String = sqlx::query_scalar("PRAGMA integrity_check(1)")
        .fetch_one(&mut connection)
        .await
        .map_err(failed)?;
    let orphans = sqlx::query("PRAGMA foreign_key_check")
        .fetch_optional(&mut connection)
        .await
        .map_err(failed)?;
    if found != "ok" || orphans.is_some() {
        let reason = if found == "ok" {
            "a row refers to one that is not there".to_owned()
        } else {
            found
        };
        return Err(AnnotateError::DamagedCopy {
            path: path.to_owned(),
            reason,
        });
    }
    if version >= WITH_FACTS {
        check_key(&mut connection, keyring).await?;
    }
    let contents = count(&mut connection).await.map_err(failed)?;
    connection.close().await.map_err(failed)?;
    Ok(contents)
}

/// Refuses a store whose secrets other keys have sealed.
async fn check_key(
    connection: &mut SqliteConnection,
    keyring: &Keyring,
) -> Result<(), AnnotateError> {
    let sealed_with: Result<Option<String>, _> =
        sqlx::query_scalar("SELECT value FROM facts WHERE name = 'key'")
            .fetch_optional(connection)
            .await;
    let sealed_with = sealed_with.map_err(|source| AnnotateError::Store {
        doing: "looking through a copy of the store",
        source,
    })?;
    match sealed_with {
        Some(known) if known != keyring.fingerprint() => Err(AnnotateError::Sealed),
        _ => Ok(()),
    }
}

async fn count(connection: &mut SqliteConnection) -> Result<Contents, sqlx::Error> {
    let counts = "SELECT (SELECT COUNT(*) FROM users), (SELECT COUNT(*) FROM datasets), (SELECT COUNT(*) FROM records),
                         (SELECT COUNT(*) FROM responses)";
    let (users, datasets, records, responses): (i64, i64, i64, i64) =
        sqlx::query_as(counts).fetch_one(connection).await?;
    let [users, datasets, records, responses] =
        [users, datasets, records, responses].map(i64::unsigned_abs);
    Ok(Contents {
        users,
        datasets,
        records,
        responses,
    })
}

/// Folds the log of the file at `path` into it, if nobody else has it open; refuses if somebody has. A file that cannot be
/// read stays as it is.
pub(crate) async fn fold_if_unused(path: &Path) -> Result<(), AnnotateError> {
    let patience = Duration::from_secs(1);
    let Ok(mut connection) =
        SqliteConnection::connect_with(&options(path).busy_timeout(patience)).await
    else {
        return Ok(());
    };
    // Leaving the write-ahead log needs exclusive access to the file.
    let left: Result<String, _> = sqlx::query_scalar("PRAGMA journal_mode = DELETE")
        .fetch_one(&mut connection)
        .await;
    let _ = connection.close().await;
    match left {
        Ok(mode) if mode == "delete" => Ok(()),
        Err(error) if !is_busy(&error) => Ok(()),
        _ => Err(AnnotateError::StoreInUse {
            place: format!("the store {}", path.display()),
        }),
    }
}
