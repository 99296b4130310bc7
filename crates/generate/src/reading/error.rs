//! Why one document cannot be read.

use super::decode::NotText;
use examen_files::{FilesError, child::Silence};
use std::{error::Error, fmt, io};

/// Why a document cannot be read, as what follows its path in a sentence. Without the machine's paths: it is published.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Its name has no extension that is read.
    #[error("is in no format that is read")]
    NoFormat,
    /// The system does not give its bytes.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// Its bytes are not text.
    #[error(transparent)]
    NotText(#[from] NotText),
    /// Its format's reader refuses it.
    #[error(transparent)]
    Format(Box<dyn Error + Send + Sync>),
    /// It is broken, or not what its name says.
    #[error("cannot be read: {0}")]
    Broken(String),
    /// No letter is in it.
    #[error("holds no text")]
    NoText,
    /// Nothing is in it.
    #[error("is empty")]
    Empty,
    /// A row or a file of rows.
    #[error("{}", rows(.0))]
    Rows(#[from] FilesError),
    /// The program that reads it in a process of its own cannot be started.
    #[error("cannot be read: its reader cannot be started: {0}")]
    Start(io::Error),
    /// The process did not answer within its limits.
    #[error("cannot be read: {0}")]
    Silent(Silence),
    /// The process said something else.
    #[error("cannot be read: the reader gave no answer")]
    NoAnswer,
    /// A file of rows has fewer than it had.
    #[error("cannot be read: the file was changed meanwhile")]
    Changed,
    /// The process answered why.
    #[error("{0}")]
    Answered(String),
}

impl ReadError {
    /// The error of a format's parser.
    pub(crate) fn broken(error: impl fmt::Display) -> Self {
        Self::Broken(error.to_string())
    }
}

/// An error of a file of rows without its path.
fn rows(error: &FilesError) -> String {
    match error {
        FilesError::Row {
            row,
            column: Some(column),
            message,
            ..
        } => {
            format!("cannot be read: row {row}, column `{column}`: {message}")
        }
        FilesError::Row { row, message, .. } => format!("cannot be read: row {row}: {message}"),
        FilesError::Io { source, .. } => format!("cannot be read: {source}"),
        FilesError::Csv { source, .. } => format!("cannot be read: {source}"),
        FilesError::Damaged { message, .. } => format!("cannot be read: {message}"),
        FilesError::Parquet { source, .. } => format!("cannot be read: {source}"),
        FilesError::NoTextColumn { path, .. } => {
            let shown = format!("{} ", path.display());
            let message = error.to_string();
            message.strip_prefix(&shown).unwrap_or(&message).to_owned()
        }
        error => format!("cannot be read: {error}"),
    }
}
