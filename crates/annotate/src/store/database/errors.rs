//! Errors of the databases, told apart.

use crate::AnnotateError;
use std::{io::ErrorKind, path::Path};

/// Says what was being done when the database failed.
pub(in crate::store) fn failed(doing: &'static str) -> impl Fn(sqlx::Error) -> AnnotateError {
    move |source| AnnotateError::Store { doing, source }
}

/// True where another row has the same value in a unique `column` (`table.column`). SQLite names the columns in its
/// message; in PostgreSQL the constraints have such names.
pub(in crate::store) fn is_duplicate(error: &sqlx::Error, column: &str) -> bool {
    error
        .as_database_error()
        .is_some_and(|error| error.is_unique_violation() && error.message().contains(column))
}

/// The error of a file that could not be opened: it is not a database (SQLITE_NOTADB), or something else.
pub(in crate::store) fn not_opened(path: &Path, source: sqlx::Error) -> AnnotateError {
    match primary_code(&source) {
        Some(26) => AnnotateError::NotAStore {
            place: path.display().to_string(),
        },
        _ => AnnotateError::Open {
            path: path.to_owned(),
            source,
        },
    }
}

/// True for this SQLSTATE.
pub(in crate::store) fn is_code(error: &sqlx::Error, code: &str) -> bool {
    let found = error.as_database_error().and_then(|error| error.code());
    found.as_deref() == Some(code)
}

/// True where a connection to a server has ended, and another one may do better: it broke, or the server ended it
/// (classes 08, connection, and 57P, shutdown; 25P03, a transaction that rested too long).
pub(in crate::store) fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() != ErrorKind::TimedOut,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| {
            code.starts_with("08") || code.starts_with("57P") || code == "25P03"
        }),
        _ => false,
    }
}

/// SQLITE_BUSY, in any of its extended forms.
pub(in crate::store) fn is_busy(error: &sqlx::Error) -> bool {
    primary_code(error) == Some(5)
}

/// The low byte of SQLite's result code names the kind of error (https://www.sqlite.org/rescode.html).
pub(in crate::store) fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let code: u32 = error.as_database_error()?.code()?.parse().ok()?;
    Some(code & 0xff)
}
