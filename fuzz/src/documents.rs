//! Hostile documents: read, and cut into passages. Foreign readers may panic: in use they run in a process of their own.

use crate::{File, tolerating_caught_panics};
use examen_core::{Contents, caught};
use examen_files::{exam, text_rows::TextRows};
use examen_generate::{
    passages::chunk::{ChunkSize, split},
    reading::{documents::Source, formats::Formats},
};

/// Rows that are read of a file.
const MOST_ROWS: usize = 100;

/// Reads a file of this extension.
pub fn read_document(extension: &str, input: &[u8]) {
    tolerating_caught_panics();
    let file = File::with(extension, input);
    let formats = Formats::with(examen_pdf::FORMATS);
    if let Ok(Ok(contents)) = caught(|| formats.contents(file.path())) {
        cut(contents);
    }
}

/// Reads the first rows of a file of rows as documents; and as an exam, if they are one.
pub fn rows(extension: &str, input: &[u8]) {
    tolerating_caught_panics();
    let file = File::with(extension, input);
    let read = || {
        let rows = TextRows::open(file.path(), None).ok()?;
        let first = (0..rows.len().min(MOST_ROWS)).filter_map(|index| rows.read(index).ok());
        Some(first.map(|row| row.text).collect::<Vec<_>>())
    };
    for text in caught(read).ok().flatten().unwrap_or_default() {
        if let Ok(text) = examen_generate::reading::decode::decode(&text) {
            cut(Contents {
                text,
                ..Contents::default()
            });
        }
    }
    let _ = exam::read(file.path());
}

fn cut(contents: Contents) {
    let source = Source::new("a".to_owned(), contents, None);
    let size = ChunkSize {
        max_tokens: 40,
        overlap: 5,
    };
    let text = &source.document.text;
    for chunk in split(&source, &[], size, &|text| text.len().div_ceil(4)) {
        assert_eq!(text[chunk.span.start..chunk.span.end], chunk.text);
        let _ = (
            source.section_at(chunk.span.start),
            source.page_at(chunk.span.start),
        );
    }
}
