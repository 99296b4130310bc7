//! Document formats: one file each, and one line in a list. The search for files, the reader in the child process, help
//! and messages read the list.

mod eml;
mod epub;
mod html;
mod html_table;
mod markdown;
mod markup;
mod mathml;
mod plain;
#[cfg(test)]
pub(crate) mod planted;
mod rtf;
mod text;
mod xml;

pub(crate) use markdown::contents as markdown_contents;

use crate::{
    reading::{ReadError, archive},
    settings::Format,
};
use examen_core::Contents;
use examen_files::{
    regular,
    text_rows::{self, TextRows},
};
use std::path::Path;

/// The formats of this crate, in the order of help and messages.
const OWN: &[Format] = &[
    text::FORMAT,
    markdown::FORMAT,
    html::FORMAT,
    epub::FORMAT,
    xml::ODF,
    xml::XML,
    rtf::FORMAT,
    markup::LATEX,
    markup::RST,
    markup::ASCIIDOC,
    eml::FORMAT,
    #[cfg(test)]
    planted::FORMAT,
];

/// Files of rows, for help. They are read besides, a row a document.
const ROWS: &str = "rows of Parquet, JSON Lines and CSV";

/// The borders at which a text is best cut into passages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Borders {
    /// At the document's headings, if it has any; then between paragraphs, sentences and words.
    Sentences,
    /// At Markdown's headings first, then as [`Borders::Sentences`]; lists and tables stay together where they fit.
    Headings,
}

/// Every format that is read: those of this crate, then those that the caller passes in.
#[derive(Debug, Clone, Copy)]
pub struct Formats {
    passed_in: &'static [Format],
}

impl Formats {
    /// This crate's formats and `passed_in`, which are too slow to compile to be a part of this crate.
    pub fn with(passed_in: &'static [Format]) -> Self {
        Self { passed_in }
    }

    fn iter(self) -> impl Iterator<Item = &'static Format> {
        OWN.iter().chain(self.passed_in)
    }

    /// The format of a file, by its extension.
    fn of(self, path: &Path) -> Option<&'static Format> {
        let extension = path.extension()?.to_str()?.to_lowercase();
        self.iter()
            .find(|format| format.extensions.contains(&extension.as_str()))
    }

    /// True for a file that is read, by its extension.
    pub(crate) fn has(self, path: &Path) -> bool {
        self.of(path).is_some() || TextRows::has_extension(path)
    }

    /// Every extension, for messages: `.txt, .md`.
    pub fn extensions(self) -> String {
        let all = self
            .iter()
            .flat_map(|format| format.extensions)
            .chain(&text_rows::EXTENSIONS)
            .chain(&archive::EXTENSIONS);
        all.map(|extension| format!(".{extension}"))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Every name, for help: `text, Markdown, and rows of CSV`.
    pub fn names(self) -> String {
        let names = self.iter().map(|format| format.name);
        names.chain([""]).collect::<Vec<_>>().join(", ") + "and " + ROWS
    }

    /// The extension of a file without a name, by its first bytes; that of plain text where nothing else is recognised.
    pub fn extension_of(self, beginning: &[u8]) -> &'static str {
        let recognised = self.iter().find(|format| (format.begins)(beginning));
        match recognised.and_then(|format| format.extensions.first()) {
            Some(extension) => extension,
            None if beginning.starts_with(b"PAR1") => "parquet",
            None if first_letter(beginning) == Some(b'{') => "jsonl",
            None => "txt",
        }
    }

    /// Reads a file in this process.
    ///
    /// # Errors
    /// If its extension is not read, or it cannot be.
    pub fn contents(self, path: &Path) -> Result<Contents, ReadError> {
        let format = self.of(path).ok_or(ReadError::NoFormat)?;
        regular::check(&std::fs::metadata(path)?)?;
        let contents = (format.read)(path).map_err(ReadError::Format)?;
        match contents.is_markdown && contents.headings.is_empty() {
            true => {
                let mut markdown = markdown_contents(contents.text);
                markdown.notices.extend(contents.notices);
                Ok(Contents {
                    pages: contents.pages,
                    ..markdown
                })
            }
            false => Ok(contents),
        }
    }
}

impl Formats {
    /// Shows a page of a file as a picture.
    ///
    /// # Errors
    /// If the format has no pages, or this one cannot be shown.
    pub(crate) fn picture(self, path: &Path, page: usize) -> Result<Vec<u8>, ReadError> {
        let format = self.of(path).ok_or(ReadError::NoFormat)?;
        let picture = format.picture.ok_or(ReadError::NoFormat)?;
        picture(path, page).map_err(ReadError::Format)
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, ReadError> {
    Ok(regular::read(path)?)
}

/// The first byte of a text, behind white space and the mark of UTF-8.
fn first_letter(beginning: &[u8]) -> Option<u8> {
    let text = beginning.trim_ascii_start();
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    text.first().copied()
}
