//! A statement and its values, run on either database.

use super::{
    connection::{On, Transaction},
    errors::is_lost,
    limits::{ANSWER_TIMEOUT, LARGE_TIMEOUT},
    postgres::{Lease, Pool},
};
use futures::TryStreamExt;
use sqlx::{
    Arguments, AssertSqlSafe, Encode, FromRow, Postgres, SqlSafeStr, SqlStr, Sqlite, Type,
    postgres::{PgArguments, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
};
use std::{borrow::Cow, time::Duration};
use uuid::Uuid;

/// A type that a row of either database can be read as.
pub trait AnyRow:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> AnyRow for T {}

/// Reads a struct from a row of either database: `from_row!(Row { column, field = "column"; rest })`, where `rest` is
/// read from the same row. sqlx's derive does the same, but compiles both databases a second time for the compiler.
macro_rules! from_row {
    ($row:ident $(<$part:ident>)? { $($fields:tt)* }) => {
        $crate::store::database::from_row!(@of sqlx::sqlite::SqliteRow, $row $(<$part>)? { $($fields)* });
        $crate::store::database::from_row!(@of sqlx::postgres::PgRow, $row $(<$part>)? { $($fields)* });
    };
    (@of $source:ty, $row:ident $(<$part:ident>)? {
        $($field:ident $(= $column:literal)?),* $(; $rest:ident)?
    }) => {
        impl<'r $(, $part: sqlx::FromRow<'r, $source>)?> sqlx::FromRow<'r, $source>
            for $row $(<$part>)?
        {
            fn from_row(row: &'r $source) -> sqlx::Result<Self> {
                Ok(Self {
                    $($field: sqlx::Row::try_get(
                        row,
                        $crate::store::database::from_row!(@name $field $($column)?),
                    )?,)*
                    $($rest: sqlx::FromRow::from_row(row)?,)?
                })
            }
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $column:literal) => { $column };
}
pub(in crate::store) use from_row;

/// A value for a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// A number; times are microseconds since 1970 in UTC.
    Int(Option<i64>),
    /// A number with a fraction.
    Float(Option<f64>),
    /// A text.
    Text(Option<String>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// An id.
    Id(Uuid),
}

/// Makes a statement of SQL, with `$1` where the first value goes.
pub(in crate::store) fn query(sql: impl Into<Cow<'static, str>>) -> Query {
    Query {
        sql: sql.into(),
        values: Vec::new(),
        limit: ANSWER_TIMEOUT,
        pushed: Vec::new(),
    }
}

/// A statement and its values.
#[derive(Clone)]
pub(in crate::store) struct Query {
    sql: Cow<'static, str>,
    values: Vec<Value>,
    /// Longest time for a server to answer.
    limit: Duration,
    /// Positions in the text, and indexes, of the values that were pushed. There they are `?`: SQLite finds a
    /// parameter with a name by walking through all, which for the thousands of an insert takes longer than the insert.
    pushed: Vec<(usize, usize)>,
}

/// Runs a statement on SQLite, inside a transaction or not.
macro_rules! on_sqlite {
    ($query:expr, $on:expr, $method:ident) => {{
        let query = $query;
        let query = sqlx::query_with::<Sqlite, _>(
            sql_str(query.sql),
            arguments::<SqliteArguments>(query.values)?,
        );
        query.$method($on).await
    }};
}

/// Rows of either database. They are fetched before their type matters, so that the compiler does that work once.
pub(super) enum Rows {
    Sqlite(Vec<SqliteRow>),
    Postgres(Vec<PgRow>),
}

impl Rows {
    pub(super) fn read<T: AnyRow>(self) -> Result<Vec<T>, sqlx::Error> {
        match self {
            Self::Sqlite(rows) => rows.iter().map(T::from_row).collect(),
            Self::Postgres(rows) => rows.iter().map(T::from_row).collect(),
        }
    }
}

impl From<Vec<SqliteRow>> for Rows {
    fn from(rows: Vec<SqliteRow>) -> Self {
        Self::Sqlite(rows)
    }
}

impl From<Vec<PgRow>> for Rows {
    fn from(rows: Vec<PgRow>) -> Self {
        Self::Postgres(rows)
    }
}

impl Query {
    /// Gives the server as long as it needs for as many rows as there may be.
    pub(in crate::store) fn large(mut self) -> Self {
        self.limit = LARGE_TIMEOUT;
        self
    }

    /// Gives the next value.
    pub(in crate::store) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Gives the next values.
    pub(in crate::store) fn bind_all(mut self, values: impl IntoIterator<Item = Value>) -> Self {
        self.values.extend(values);
        self
    }

    /// Appends SQL.
    pub(in crate::store) fn push(&mut self, sql: &str) -> &mut Self {
        self.sql.to_mut().push_str(sql);
        self
    }

    /// Appends a value.
    pub(in crate::store) fn push_bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.pushed.push((self.sql.len(), self.values.len()));
        self.push("?")
    }

    /// Appends `(a, b, …)`; a list of nothing is one that holds nothing.
    pub(in crate::store) fn push_list<T: Into<Value>>(
        &mut self,
        items: impl IntoIterator<Item = T>,
    ) -> &mut Self {
        self.push("(");
        let mut is_empty = true;
        for item in items {
            self.push(if is_empty { "" } else { ", " }).push_bind(item);
            is_empty = false;
        }
        self.push(if is_empty { "NULL)" } else { ")" })
    }

    /// Appends `VALUES (…), (…)`, a tuple of `width` values for each row.
    pub(in crate::store) fn push_rows<const N: usize>(
        &mut self,
        rows: impl IntoIterator<Item = [Value; N]>,
    ) -> &mut Self {
        self.push("VALUES ");
        for (index, row) in rows.into_iter().enumerate() {
            self.push(if index == 0 { "" } else { ", " }).push_list(row);
        }
        self
    }

    /// Runs it; returns how many rows it changed.
    pub(in crate::store) async fn execute(self, on: impl Into<On<'_>>) -> Result<u64, sqlx::Error> {
        self.changed(on.into()).await
    }

    /// All rows.
    pub(in crate::store) async fn fetch_all<T: AnyRow>(
        self,
        on: impl Into<On<'_>>,
    ) -> Result<Vec<T>, sqlx::Error> {
        self.rows(on.into()).await?.read()
    }

    /// The first row; an error where there is none.
    pub(in crate::store) async fn fetch_one<T: AnyRow>(
        self,
        on: impl Into<On<'_>>,
    ) -> Result<T, sqlx::Error> {
        self.fetch_optional(on)
            .await?
            .ok_or(sqlx::Error::RowNotFound)
    }

    /// The first row, if there is one.
    pub(in crate::store) async fn fetch_optional<T: AnyRow>(
        self,
        on: impl Into<On<'_>>,
    ) -> Result<Option<T>, sqlx::Error> {
        Ok(self.first_row(on.into()).await?.read()?.into_iter().next())
    }

    /// The only column of all rows.
    pub(in crate::store) async fn scalars<T>(
        self,
        on: impl Into<On<'_>>,
    ) -> Result<Vec<T>, sqlx::Error>
    where
        (T,): AnyRow,
    {
        Ok(self
            .fetch_all::<(T,)>(on)
            .await?
            .into_iter()
            .map(|(value,)| value)
            .collect())
    }

    /// The only column of the first row; an error where there is none.
    pub(in crate::store) async fn scalar<T>(self, on: impl Into<On<'_>>) -> Result<T, sqlx::Error>
    where
        (T,): AnyRow,
    {
        Ok(self.fetch_one::<(T,)>(on).await?.0)
    }

    /// The only column of the first row, if there is one.
    pub(in crate::store) async fn optional_scalar<T>(
        self,
        on: impl Into<On<'_>>,
    ) -> Result<Option<T>, sqlx::Error>
    where
        (T,): AnyRow,
    {
        Ok(self.fetch_optional::<(T,)>(on).await?.map(|(value,)| value))
    }

    /// Each row as it comes, for results that are larger than what is kept of them.
    pub(in crate::store) async fn for_each<T: AnyRow>(
        self,
        transaction: &mut Transaction,
        mut each: impl FnMut(T),
    ) -> Result<(), sqlx::Error> {
        match transaction {
            Transaction::Sqlite(transaction) => {
                let values = arguments::<SqliteArguments>(self.values)?;
                let query = sqlx::query_with::<Sqlite, _>(sql_str(self.sql), values);
                let mut rows = query.fetch(&mut **transaction);
                while let Some(row) = rows.try_next().await? {
                    each(T::from_row(&row)?);
                }
            }
            Transaction::Postgres(lease) => {
                let read = |row: PgRow| T::from_row(&row).map(&mut each);
                self.on_postgres(lease, read).await?;
            }
        }
        Ok(())
    }

    /// Longest time for a server to answer.
    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// Its text as PostgreSQL reads it, and its values.
    pub(super) fn numbered(self) -> (Cow<'static, str>, Vec<Value>) {
        (numbered(self.sql, &self.pushed), self.values)
    }

    async fn changed(self, on: On<'_>) -> Result<u64, sqlx::Error> {
        let changed = match on {
            On::SqliteTransaction(on) => on_sqlite!(self, on, execute)?.rows_affected(),
            On::SqliteReaders(on) => on_sqlite!(self, on, execute)?.rows_affected(),
            On::PostgresTransaction(on) => self.on_postgres(on, |_| Ok(())).await?,
            On::PostgresReaders(on) => self.read_postgres(on).await?.1,
        };
        Ok(changed)
    }

    pub(super) async fn rows(self, on: On<'_>) -> Result<Rows, sqlx::Error> {
        let rows = match on {
            On::SqliteTransaction(on) => Rows::Sqlite(on_sqlite!(self, on, fetch_all)?),
            On::SqliteReaders(on) => Rows::Sqlite(on_sqlite!(self, on, fetch_all)?),
            On::PostgresTransaction(on) => {
                let mut rows = Vec::new();
                let keep = |row| {
                    rows.push(row);
                    Ok(())
                };
                self.on_postgres(on, keep).await?;
                Rows::Postgres(rows)
            }
            On::PostgresReaders(on) => Rows::Postgres(self.read_postgres(on).await?.0),
        };
        Ok(rows)
    }

    /// The first row alone, where there are any. (A PostgreSQL server sends all anyway.)
    async fn first_row(self, on: On<'_>) -> Result<Rows, sqlx::Error> {
        let row = match on {
            On::SqliteTransaction(on) => on_sqlite!(self, on, fetch_optional)?,
            On::SqliteReaders(on) => on_sqlite!(self, on, fetch_optional)?,
            on => return self.rows(on).await,
        };
        Ok(Rows::Sqlite(Vec::from_iter(row)))
    }

    /// Runs it in a transaction of PostgreSQL.
    async fn on_postgres(
        self,
        lease: &mut Lease,
        each: impl FnMut(PgRow) -> Result<(), sqlx::Error>,
    ) -> Result<u64, sqlx::Error> {
        let sql = sql_str(numbered(self.sql, &self.pushed));
        let query = sqlx::query_with::<Postgres, _>(sql, arguments::<PgArguments>(self.values)?);
        lease.run(query, self.limit, each).await
    }

    /// Runs it by itself, on a new connection where an old one has ended. Returns its rows, and how many it changed.
    async fn read_postgres(self, pool: &Pool) -> Result<(Vec<PgRow>, u64), sqlx::Error> {
        loop {
            let mut lease = pool.lease().await?;
            let mut rows = Vec::new();
            let keep = |row| {
                rows.push(row);
                Ok(())
            };
            match self.clone().on_postgres(&mut lease, keep).await {
                Ok(changed) => {
                    lease.is_done();
                    return Ok((rows, changed));
                }
                Err(error) if lease.is_old() && is_lost(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// The text as PostgreSQL reads it: `$1`, `$2` … where values were pushed.
fn numbered(sql: Cow<'static, str>, pushed: &[(usize, usize)]) -> Cow<'static, str> {
    if pushed.is_empty() {
        return sql;
    }
    let mut text = String::with_capacity(sql.len() + 4 * pushed.len());
    let mut done = 0;
    for (position, number) in pushed {
        text.push_str(&sql[done..*position]);
        text.push('$');
        text.push_str(&number.to_string());
        done = position + 1;
    }
    text.push_str(&sql[done..]);
    Cow::Owned(text)
}

/// The texts are the store's own: what comes from outside is always a value.
fn sql_str(sql: Cow<'static, str>) -> SqlStr {
    match sql {
        Cow::Borrowed(sql) => sql.into_sql_str(),
        Cow::Owned(sql) => AssertSqlSafe(sql).into_sql_str(),
    }
}

/// The values as a database takes them.
fn arguments<A: Arguments>(values: Vec<Value>) -> Result<A, sqlx::Error>
where
    for<'v> bool: Encode<'v, A::Database> + Type<A::Database>,
    for<'v> Option<i64>: Encode<'v, A::Database> + Type<A::Database>,
    for<'v> Option<f64>: Encode<'v, A::Database> + Type<A::Database>,
    for<'v> Option<String>: Encode<'v, A::Database> + Type<A::Database>,
    for<'v> Vec<u8>: Encode<'v, A::Database> + Type<A::Database>,
    for<'v> Uuid: Encode<'v, A::Database> + Type<A::Database>,
{
    let mut arguments = A::default();
    for value in values {
        let added = match value {
            Value::Bool(value) => arguments.add(value),
            Value::Int(value) => arguments.add(value),
            Value::Float(value) => arguments.add(value),
            Value::Text(value) => arguments.add(value),
            Value::Bytes(value) => arguments.add(value),
            Value::Id(value) => arguments.add(value),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// `From` for what is kept as a kind of value.
macro_rules! values {
    ($($source:ty => |$value:ident| $made:expr;)*) => {
        $(impl From<$source> for Value {
            fn from($value: $source) -> Self {
                $made
            }
        })*
    };
}

values! {
    bool => |value| Self::Bool(value);
    i64 => |value| Self::Int(Some(value));
    u32 => |value| Self::Int(Some(value.into()));
    Option<i64> => |value| Self::Int(value);
    f64 => |value| Self::Float(Some(value));
    Option<f64> => |value| Self::Float(value);
    &str => |value| Self::Text(Some(value.to_owned()));
    String => |value| Self::Text(Some(value));
    &String => |value| Self::Text(Some(value.clone()));
    Option<&str> => |value| Self::Text(value.map(str::to_owned));
    Option<String> => |value| Self::Text(value);
    &Option<String> => |value| Self::Text(value.clone());
    Vec<u8> => |value| Self::Bytes(value);
    Uuid => |value| Self::Id(value);
}

/// A row of values for [`Query::push_rows`].
macro_rules! row {
    ($($value:expr),* $(,)?) => {
        [$($crate::store::database::Value::from($value)),*]
    };
}
pub(in crate::store) use row;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pushed_values_are_numbered_for_postgresql() {
        let mut list = query("SELECT '?' WHERE a = $1 AND b IN ").bind(1_i64);
        list.push_list([2_i64, 3]).push(" OR c = ").push_bind("?");
        assert_eq!(list.sql, "SELECT '?' WHERE a = $1 AND b IN (?, ?) OR c = ?");
        assert_eq!(
            numbered(list.sql, &list.pushed),
            "SELECT '?' WHERE a = $1 AND b IN ($2, $3) OR c = $4"
        );
    }

    #[test]
    fn a_list_of_nothing_holds_nothing() {
        let mut list = query("SELECT 1 WHERE 1 IN ");
        list.push_list(Vec::<i64>::new());
        assert_eq!(list.sql, "SELECT 1 WHERE 1 IN (NULL)");
    }
}
