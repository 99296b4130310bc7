//! JSON in SQL: the databases look into it differently. (So does the index of words, which has a file of its own.)

use super::{Dialect, Query};
use serde_json::Value;

impl Dialect {
    /// Appends the text of a key of a column of JSON, NULL where there is none.
    pub(in crate::store) fn push_json_text(self, query: &mut Query, column: &str, key: &str) {
        match self {
            Self::Sqlite => query.push(column).push(" ->> ").push_bind(path(key)),
            Self::Postgres => query
                .push("(")
                .push(column)
                .push("::jsonb ->> ")
                .push_bind(key)
                .push(")"),
        };
    }

    /// Appends an item for FROM, `j`: the elements of a list in a column of JSON, or of a key in it, or the value alone.
    /// [`Self::element_columns`] are its columns.
    pub(in crate::store) fn push_elements(
        self,
        query: &mut Query,
        column: &str,
        key: Option<&str>,
    ) {
        match (self, key) {
            (Self::Sqlite, None) => query.push("json_each(").push(column),
            (Self::Sqlite, Some(key)) => query
                .push("json_each(")
                .push(column)
                .push(", ")
                .push_bind(path(key)),
            (Self::Postgres, None) => query.push("LATERAL elements(").push(column).push(", NULL"),
            (Self::Postgres, Some(key)) => query
                .push("LATERAL elements(")
                .push(column)
                .push(", ")
                .push_bind(key),
        };
        query.push(") j");
    }

    /// Columns of [`Self::push_elements`]: `value` as text, `number` where it is one, `quoted` as JSON; all NULL for `null`.
    pub(in crate::store) fn element_columns(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "CASE j.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(j.value AS TEXT) END AS value,
                 CASE WHEN j.type IN ('integer', 'real') THEN j.value END AS number, json_quote(j.value) AS quoted"
            }
            Self::Postgres => "j.value COLLATE \"C\" AS value, j.number, j.quoted COLLATE \"C\" AS quoted",
        }
    }
}

/// The path of a key, as SQLite reads one: the key is quoted as in JSON, so any can be named.
fn path(key: &str) -> String {
    format!("$.{}", Value::from(key))
}
