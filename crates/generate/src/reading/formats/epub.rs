//! EPUB: the chapters in reading order, as Markdown.

use super::{Format, html, markdown_contents};
use crate::reading::ReadError;
use examen_core::Contents;
use rbook::Epub;
use std::io::Cursor;

/// An EPUB file.
pub(super) struct EpubBook;

impl Format for EpubBook {
    fn extensions(&self) -> &'static [&'static str] {
        &["epub"]
    }

    fn contents(&self, bytes: &[u8]) -> Result<Contents, ReadError> {
        let book = Epub::read(Cursor::new(bytes.to_vec())).map_err(ReadError::broken)?;
        let mut text = String::new();
        for chapter in book.reader() {
            let chapter = chapter.map_err(ReadError::broken)?;
            let markdown = html::markdown(&html::with_ends(chapter.content()))?.markdown;
            if !markdown.trim().is_empty() {
                text.push_str(markdown.trim());
                text.push_str("\n\n");
            }
        }
        match text.is_empty() {
            true => Err(ReadError::NoText),
            false => Ok(markdown_contents(text)),
        }
    }

    fn is_complicated(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>) {
            let _ = EpubBook.contents(&bytes);
        }
    }
}
