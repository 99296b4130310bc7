//! Reads PDF, and the documents of Office: what they say, with headings and pages. Slow to compile and made for files that nobody vouches
//! for, so callers run it in a process of its own; nothing here limits time or memory. Knows nothing of chunks, languages
//! or models.
//!
//! ```text
//! pages ─▶ glyphs (words) ─▶ layout (columns, tables, lines) ─▶ running (headers and footers out) ─▶ headings ─▶ letters (accents, hyphens) ─▶ text
//! ```

mod assemble;
mod bidi;
mod boxes;
mod docx;
mod glyphs;
mod headings;
mod layout;
mod letters;
mod office;
mod pdf;
mod pieces;
mod rules;
mod running;
mod strips;
mod tables;
mod unreadable;

use examen_core::{Contents, Format};
use std::{error::Error, path::Path};

/// Every format: one file each, and one line here.
pub const FORMATS: &[Format] = &[
    pdf::FORMAT,
    office::DOCX,
    office::PPTX,
    office::XLSX,
    office::OLD,
];

/// A reason for which a file cannot be read; it follows the file's name in a sentence.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// Its extension is none of those in [`FORMATS`].
    #[error("is in no format that is read")]
    Format,
    /// The file is broken, or not what its name says.
    #[error("cannot be read: {0}")]
    Broken(String),
    /// Its text cannot be had without a password.
    #[error("is protected by a password")]
    Protected,
    /// Nothing in it.
    #[error("is empty")]
    Empty,
}

/// Reads a file, by its extension.
///
/// # Errors
/// An [`ExtractError`] if it is broken, protected or holds no text.
pub fn extract(path: &Path) -> Result<Contents, Box<dyn Error + Send + Sync>> {
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .map(str::to_lowercase);
    let has = |format: &&Format| {
        extension
            .as_deref()
            .is_some_and(|extension| format.extensions.contains(&extension))
    };
    let format = FORMATS.iter().find(has).ok_or(ExtractError::Format)?;
    (format.read)(path)
}
