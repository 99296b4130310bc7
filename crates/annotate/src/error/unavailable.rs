//! Failures of a database that pass once somebody has made room or the database is back.

use sqlx::Error;

/// True where the database can do nothing for the moment.
pub(crate) fn is(error: &Error) -> bool {
    match error {
        Error::Io(_) | Error::Tls(_) | Error::PoolTimedOut | Error::WorkerCrashed => true,
        Error::Database(error) => error.code().is_some_and(|code| is_code(&code)),
        _ => false,
    }
}

/// SQLite's result codes (<https://www.sqlite.org/rescode.html>) are numbers of up to four digits, whose low byte says the
/// kind; PostgreSQL's SQLSTATEs have five characters, whose first two say the class
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
fn is_code(code: &str) -> bool {
    const SQLSTATE_LENGTH: usize = 5;
    match code.parse::<u32>() {
        Ok(number) if code.len() < SQLSTATE_LENGTH => {
            // BUSY, READONLY, IOERR, FULL, CANTOPEN, PROTOCOL.
            matches!(number & 0xff, 5 | 8 | 10 | 13 | 14 | 15)
        }
        _ => CLASSES.iter().any(|class| code.starts_with(class)) || CODES.contains(&code),
    }
}

/// Classes of SQLSTATEs: connection, authorization, rollback (deadlock, serialization), resources, operator (shutdown,
/// statement timeout), system.
const CLASSES: [&str; 6] = ["08", "28", "40", "53", "57", "58"];
/// Single SQLSTATEs: a database that has become a read-only copy, or is gone; a transaction that rested too long; a lock
/// that was waited for too long.
const CODES: [&str; 4] = ["25006", "3D000", "25P03", "55P03"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        // BUSY, FULL, IOERR_WRITE, CANTOPEN, READONLY_DBMOVED; disk full, shutdown, connection lost, read-only, lock timeout,
        // wrong password, no such database, deadlock, statement timeout.
        for code in [
            "5", "13", "778", "14", "1032", "53100", "57P01", "08006", "25006", "55P03", "28P01",
            "3D000", "40P01", "57014",
        ] {
            assert!(is_code(code), "{code}");
        }
        // CORRUPT, CONSTRAINT_UNIQUE, NOTADB, ERROR; unique violation, syntax error, division by zero.
        for code in ["11", "2067", "26", "1", "23505", "42601", "22012", ""] {
            assert!(!is_code(code), "{code}");
        }
        assert!(is(&Error::PoolTimedOut) && !is(&Error::RowNotFound));
    }
}
