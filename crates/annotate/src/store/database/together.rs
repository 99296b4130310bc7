//! Several statements that do not depend on each other's results, in one round trip where the database is far away.
//!
//! A PostgreSQL server takes a script of statements, but not with values beside it: they are written into the script, as
//! its manual says literals are written. A file is asked one statement after the other.

use super::{
    connection::{Database, On, Transaction},
    errors::{is_code, is_lost},
    limits::BUSY_TIMEOUT,
    postgres::{self, Lease},
    query::{AnyRow, Query, Rows, Value},
};
use sqlx::error::BoxDynError;
use std::{
    fmt::Write,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Time for which writing at once is not tried again.
const LATER: Duration = Duration::from_secs(60);

/// Time at which writing at once last had to be done otherwise.
#[derive(Debug, Clone, Default)]
pub(in crate::store) struct Otherwise(Arc<Mutex<Option<Instant>>>);

impl Otherwise {
    fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    fn is_due(&self) -> bool {
        let noted = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        noted.is_some_and(|noted| noted.elapsed() < LATER)
    }
}

/// The results of statements, in their order.
pub(in crate::store) struct Results(std::vec::IntoIter<Rows>);

impl Results {
    /// All rows of the next statement.
    pub(in crate::store) fn all<T: AnyRow>(&mut self) -> Result<Vec<T>, sqlx::Error> {
        let rows = self.0.next();
        rows.ok_or(sqlx::Error::RowNotFound)?.read()
    }

    /// Leaves out the results of so many statements.
    pub(in crate::store) fn skip(&mut self, n: usize) {
        for _ in 0..n {
            self.0.next();
        }
    }

    /// The first row of the next statement, if there is one.
    pub(in crate::store) fn optional<T: AnyRow>(&mut self) -> Result<Option<T>, sqlx::Error> {
        Ok(self.all()?.into_iter().next())
    }
}

impl Transaction {
    /// Runs statements, and gives the rows of each.
    pub(in crate::store) async fn together(
        &mut self,
        queries: Vec<Query>,
    ) -> Result<Results, sqlx::Error> {
        if let Self::Postgres(lease) = self {
            return run(lease, &[], queries, &[], Duration::ZERO).await;
        }
        let mut results = Vec::with_capacity(queries.len());
        for query in queries {
            results.push(query.rows(On::from(&mut *self)).await?);
        }
        Ok(Results(results.into_iter()))
    }
}

impl Database {
    /// Runs statements that read, which see one state of the store, and gives the rows of each.
    pub(in crate::store) async fn read_together(
        &self,
        queries: Vec<Query>,
    ) -> Result<Results, sqlx::Error> {
        let Self::Postgres { readers, .. } = self else {
            return self.read().await?.together(queries).await;
        };
        loop {
            let mut lease = readers.lease().await?;
            let read = run(
                &mut lease,
                &[postgres::BEGIN_READING],
                queries.clone(),
                &["COMMIT"],
                Duration::ZERO,
            );
            match read.await {
                Ok(results) => {
                    lease.is_done();
                    return Ok(results);
                }
                Err(error) if lease.is_old() && is_lost(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Database {
    /// Runs statements that write, and may do so twice, and gives the rows of each. The writers' lock is held for no longer
    /// than the server needs for them. `None` where [`Self::write`] is to be used: in a file; where `unless` finds a row; where
    /// it refuses; and where the connection was lost.
    pub(in crate::store) async fn write_at_once(
        &self,
        key: &str,
        unless: &'static str,
        queries: Vec<Query>,
    ) -> Result<Option<Results>, sqlx::Error> {
        let Self::Postgres {
            writers, otherwise, ..
        } = self
        else {
            return Ok(None);
        };
        if otherwise.is_due() {
            return Ok(None);
        }
        let guard = postgres::guard(key, unless);
        let before: Vec<&str> = postgres::BEGIN_WRITING
            .into_iter()
            .chain([guard.as_str()])
            .collect();
        let mut lease = writers.lease().await?;
        match run(&mut lease, &before, queries, &["COMMIT"], BUSY_TIMEOUT).await {
            Ok(results) => {
                lease.is_done();
                Ok(Some(results))
            }
            Err(error) if lease.is_old() && is_lost(&error) => Ok(None),
            Err(error) if is_code(&error, postgres::GUARDED) => {
                otherwise.note();
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// Runs statements between others, whose results nobody needs. They may also be `waiting`, for the writers' lock.
async fn run(
    lease: &mut Lease,
    before: &[&str],
    queries: Vec<Query>,
    after: &[&str],
    waiting: Duration,
) -> Result<Results, sqlx::Error> {
    let limit = queries.iter().map(Query::limit).max().unwrap_or_default() + waiting;
    let n = queries.len();
    let mut script = String::new();
    for sql in before {
        let _ = write!(script, "{sql}; ");
    }
    for query in queries {
        let _ = write!(script, "{}; ", script_of(query)?);
    }
    for sql in after {
        let _ = write!(script, "{sql}; ");
    }
    let results = lease.scripts(&script, limit).await?;
    let results: Vec<Rows> = results
        .into_iter()
        .skip(before.len())
        .take(n)
        .map(Rows::Postgres)
        .collect();
    Ok(Results(results.into_iter()))
}

/// A statement with its values in it.
fn script_of(query: Query) -> Result<String, sqlx::Error> {
    let (sql, values) = query.numbered();
    let mut script = String::with_capacity(sql.len() + 40 * values.len());
    let mut rest = sql.as_ref();
    while let Some(at) = rest.find(['$', '\'']) {
        script.push_str(&rest[..at]);
        let (mark, after) = rest[at..].split_at(1);
        let n_digits = after.bytes().take_while(u8::is_ascii_digit).count();
        rest = if mark == "'" {
            // A text of our own, up to its end.
            let end = after.find('\'').map_or(after.len(), |end| end + 1);
            script.push_str(&rest[at..=at + end]);
            &after[end..]
        } else {
            let number: Option<usize> = after[..n_digits].parse().ok();
            let value = number.and_then(|number| values.get(number.checked_sub(1)?));
            push_literal(&mut script, value.ok_or(sqlx::Error::RowNotFound)?)?;
            &after[n_digits..]
        };
    }
    script.push_str(rest);
    Ok(script)
}

/// Appends a value as PostgreSQL reads it, with its type.
fn push_literal(script: &mut String, value: &Value) -> Result<(), sqlx::Error> {
    let type_name = match value {
        Value::Bool(_) => "bool",
        Value::Int(_) => "int8",
        Value::Float(_) => "float8",
        Value::Text(_) => "text",
        Value::Bytes(_) => "bytea",
        Value::Id(_) => "uuid",
    };
    let text = match value {
        Value::Bool(value) => Some(value.to_string()),
        Value::Int(value) => value.map(|value| value.to_string()),
        Value::Float(value) => value.map(|value| value.to_string()),
        Value::Text(value) => value.clone(),
        Value::Bytes(bytes) => Some(bytes.iter().fold("\\x".to_owned(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })),
        Value::Id(id) => Some(id.to_string()),
    };
    let Some(text) = text else {
        script.push_str("NULL::");
        script.push_str(type_name);
        return Ok(());
    };
    if text.contains('\0') {
        let reason = "a text of the database cannot hold the character NUL";
        return Err(sqlx::Error::Encode(BoxDynError::from(reason)));
    }
    // Backslashes stand for themselves: the connections say standard_conforming_strings = on.
    let _ = write!(script, "'{}'::{type_name}", text.replace('\'', "''"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::database::query;

    #[test]
    fn values_are_written_as_literals() {
        let mut list = query("SELECT 'it''s $1', a FROM t WHERE a = $2 AND b = $1 AND c IN ")
            .bind("O'Neill \\' $2; --")
            .bind(Some(-5_i64));
        list.push_list([true])
            .push(" OR d = ")
            .push_bind(vec![0_u8, 255]);
        list.push(" OR e = ")
            .push_bind(None::<i64>)
            .push(" OR f = ")
            .push_bind(f64::NEG_INFINITY);
        assert_eq!(
            script_of(list).unwrap(),
            "SELECT 'it''s $1', a FROM t WHERE a = '-5'::int8 AND b = 'O''Neill \\'' $2; --'::text AND c IN ('true'::bool) \
             OR d = '\\x00ff'::bytea OR e = NULL::int8 OR f = '-inf'::float8"
        );
        assert!(script_of(query("SELECT $1").bind("a\0b")).is_err());
        assert!(script_of(query("SELECT $2").bind("a")).is_err());
    }
}
