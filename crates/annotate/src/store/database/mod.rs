//! One small layer over SQLite and PostgreSQL, so that the store's SQL is written once.
//!
//! [`query`] makes a statement with `$1` for its first value; both databases read that. Where they differ, [`Dialect`]
//! has the words. On both, one writer writes at a time, whatever process it is in: what a writing transaction has read
//! cannot change before it commits.

mod connection;
mod errors;
mod json;
mod limits;
mod migrations;
pub(super) mod postgres;
mod query;
pub(super) mod sqlite;
pub(in crate::store) mod time_limit;
mod together;
pub(in crate::store) mod words_index;

pub(in crate::store) use connection::{Database, Dialect, On, Transaction};
pub(in crate::store) use errors::{failed, is_duplicate};
pub(in crate::store) use query::{AnyRow, Query, Value, from_row, query, row};
pub use sqlite::Contents;
pub(crate) use sqlite::{copy_file, fold_file_if_unused, note_in_file, verify_file};
pub(in crate::store) use together::Results;
