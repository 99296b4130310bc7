//! Rows of datasets as documents.

use crate::reading::{ReadError, decode::decode};
use examen_core::{Contents, Heading};
use examen_files::text_rows::TextRows;

/// Reads the contents of a row; its title is the heading above it.
pub(super) fn read(rows: &TextRows, index: usize) -> Result<Contents, ReadError> {
    let row = rows.read(index)?;
    let text = decode(&row.text)?;
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
