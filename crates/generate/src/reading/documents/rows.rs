//! Rows of datasets as documents: what each says, and why one cannot be read.

use crate::reading::decode::decode;
use examen_core::{Contents, Heading};
use examen_files::{FilesError, text_rows::TextRows};

/// What a row says; its title is the heading above it.
pub(super) fn read(rows: &TextRows, index: usize) -> Result<Contents, String> {
    let row = rows.read(index).map_err(|error| reason(&error))?;
    let text = decode(&row.text).map_err(|error| error.to_string())?;
    let title = row.title.map(|title| {
        String::from_utf8_lossy(&title)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    });
    let headings = title
        .filter(|title| !title.is_empty())
        .map(|title| Heading {
            start: 0,
            level: 1,
            title,
        });
    Ok(Contents {
        text,
        headings: headings.into_iter().collect(),
        ..Contents::default()
    })
}

/// Why a file of rows cannot be opened, without the machine's paths: rows are published.
pub(super) fn reason(error: &FilesError) -> String {
    match error {
        FilesError::Io { source, .. } => format!("cannot be read: {source}"),
        FilesError::Row {
            row,
            column: Some(column),
            message,
            ..
        } => {
            format!("cannot be read: row {row}, column `{column}`: {message}")
        }
        FilesError::Row { row, message, .. } => format!("cannot be read: row {row}: {message}"),
        FilesError::Csv { source, .. } => format!("cannot be read: {source}"),
        FilesError::Parquet { source, .. } => format!("cannot be read: {source}"),
        FilesError::NoTextColumn { path, .. } => {
            let shown = format!("{} ", path.display());
            let message = error.to_string();
            message.strip_prefix(&shown).unwrap_or(&message).to_owned()
        }
        error => format!("cannot be read: {error}"),
    }
}
