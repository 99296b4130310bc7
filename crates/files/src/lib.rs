//! The formats that stages exchange, read and write: Distiset folders, Parquet, JSON lines ([`distiset`], [`table`],
//! [`exam`], [`text_rows`]) and [`journal`]s; files and folders that are replaced as a whole ([`atomic`]); temporary files
//! for collections that could outgrow the memory ([`scratch`]); small files that are read as a whole ([`bounded`]); programs that look at hostile input ([`child`]).
//!
//! The only crate that knows Arrow and Parquet. Callers hand over rows (structs that serde can write and read) and get
//! rows back; a column is named as the struct's field. What is written is what Python's `datasets` writes: nullable
//! columns, `string` rather than `large_string`, the schema's `huggingface` metadata. The same rows give the same bytes.
//! Whole files are held in memory: an exam has thousands of rows, not billions. Only documents ([`text_rows`]) are read
//! one row at a time.

pub mod atomic;
pub mod bounded;
pub mod child;
mod error;
mod formats;
pub mod journal;
pub mod regular;
mod rows;
pub mod scratch;

pub use error::{FilesError, Result};
pub use formats::{distiset, exam, table, text_rows, yaml};
pub use rows::{Row, features};
