//! EPUB: the chapters in reading order, as Markdown.

use super::{Format, bytes, html, markdown_contents};
use crate::reading::ReadError;
use examen_core::Contents;
use rbook::Epub;
use std::io::Cursor;

/// An EPUB file.
pub(super) const FORMAT: Format = Format {
    name: "EPUB",
    extensions: &["epub"],
    begins,
    read: |path| Ok(contents(bytes(path)?)?),
    picture: None,
};

fn begins(beginning: &[u8]) -> bool {
    const KIND: &[u8] = b"application/epub+zip";
    beginning.starts_with(b"PK\x03\x04") && beginning.windows(KIND.len()).any(|bytes| bytes == KIND)
}

fn contents(bytes: Vec<u8>) -> Result<Contents, ReadError> {
    let book = Epub::read(Cursor::new(bytes)).map_err(ReadError::broken)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>) {
            let _ = contents(bytes);
        }
    }
}
