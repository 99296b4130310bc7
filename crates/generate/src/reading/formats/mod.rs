//! Document formats: one file each, one list.

mod apart;
mod epub;
mod html;
mod markdown;
mod text;

pub(crate) use markdown::contents as markdown_contents;

use crate::reading::{ReadError, child::Reader};
use examen_core::Contents;
use examen_files::text_rows::{self, TextRows};
use std::path::Path;

/// What can be read, in the order of the guide. Files of rows are read besides.
pub const ALL: &[&dyn Format] = &[
    &text::Text,
    &markdown::Markdown,
    &html::Html,
    &apart::Apart,
    &epub::EpubBook,
];

/// How to read one kind of document.
pub trait Format: Sync {
    /// The extensions of its files, in lower case, without the dot.
    fn extensions(&self) -> &'static [&'static str];

    /// What the bytes of a file say.
    ///
    /// # Errors
    /// If they are not such a file, or hold no text.
    fn contents(&self, bytes: &[u8]) -> Result<Contents, ReadError>;

    /// Whether its files are better read in a process of its own: what is broken in them may take any time or memory.
    fn is_complicated(&self) -> bool {
        false
    }
}

/// Where a text is best cut into passages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Borders {
    /// At the document's headings, if it has any; then between paragraphs, sentences and words.
    Sentences,
    /// At Markdown's headings first, then as [`Borders::Sentences`]; lists and tables stay together where they fit.
    Headings,
}

/// The format of a file, by its extension.
pub fn of(path: &Path) -> Option<&'static dyn Format> {
    let extension = path.extension()?.to_str()?.to_lowercase();
    ALL.iter()
        .copied()
        .find(|format| format.extensions().contains(&extension.as_str()))
}

/// Whether a file is read, by its extension.
pub(crate) fn is_read(path: &Path) -> bool {
    of(path).is_some() || TextRows::has_extension(path)
}

/// Every extension, for messages: `.txt, .md`.
pub fn extensions() -> String {
    let all = ALL
        .iter()
        .flat_map(|format| format.extensions())
        .chain(&text_rows::EXTENSIONS);
    all.map(|extension| format!(".{extension}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// What a file says, read in this process.
///
/// # Errors
/// If its extension is not read, or it cannot be.
pub fn contents(path: &Path) -> Result<Contents, ReadError> {
    let format = of(path).ok_or(ReadError::Format)?;
    format.contents(&std::fs::read(path)?)
}

/// What a file says, read by `reader` where that is better and there is one.
pub(crate) fn read(path: &Path, reader: Option<&Reader>) -> Result<Contents, ReadError> {
    let reader = reader.filter(|_| of(path).is_some_and(Format::is_complicated));
    let contents = match reader {
        None => return contents(path),
        Some(reader) => reader.read(path)?,
    };
    match contents.is_markdown && contents.headings.is_empty() {
        true => Ok(Contents {
            pages: contents.pages,
            ..markdown_contents(contents.text)
        }),
        false => Ok(contents),
    }
}
