//! A PDF file: its pages' pieces of text with their places, read by `pdf_oxide`, become lines, paragraphs and headings.

use crate::{
    ExtractError, assemble,
    headings::{self, Entry},
    layout::{Line, Piece, lines},
    letters::Letters,
    running,
};
use examen_core::{Contents, Format};
use pdf_oxide::{
    PdfDocument,
    layout::{FontWeight, TextSpan},
    outline::{Destination, OutlineItem},
};
use std::path::Path;

/// A PDF file.
pub(crate) const FORMAT: Format = Format {
    name: "PDF",
    extensions: &["pdf"],
    begins: |beginning| beginning.starts_with(b"%PDF"),
    read: |path| Ok(extract(path)?),
};

fn extract(path: &Path) -> Result<Contents, ExtractError> {
    let broken = |error: pdf_oxide::error::Error| ExtractError::Broken(error.to_string());
    let document = PdfDocument::open(path).map_err(broken)?;
    if document.is_encrypted()
        && !document.is_authenticated()
        && !document.authenticate(b"").unwrap_or(false)
    {
        return Err(ExtractError::Protected);
    }
    let n_pages = document.page_count().map_err(broken)?;
    let mut pages = Vec::with_capacity(n_pages);
    for page in 0..n_pages {
        let spans = document
            .extract_spans(page)
            .map_err(|error| ExtractError::Broken(format!("page {}: {error}", page + 1)))?;
        pages.push(lines(spans.iter().map(piece).collect(), page));
    }
    let outline = document.get_outline().ok().flatten().unwrap_or_default();
    let contents = contents(pages, &entries(&outline));
    match contents.text.trim().is_empty() {
        true if n_pages == 0 => Err(ExtractError::Broken("it has no pages".to_owned())),
        true => Err(ExtractError::Scanned { n_pages }),
        false => Ok(contents),
    }
}

fn piece(span: &TextSpan) -> Piece {
    Piece {
        text: span.text.clone(),
        x: span.bbox.x,
        y: span.bbox.y,
        width: span.bbox.width,
        size: span.font_size.abs().max(1.0),
        is_bold: span.font_weight >= FontWeight::SemiBold,
        is_monospaced: span.is_monospace,
        is_turned: span.rotation_degrees.abs() > 1.0,
    }
}

/// The outline's entries in order, with their depth from 1.
fn entries(outline: &[OutlineItem]) -> Vec<Entry> {
    fn add(items: &[OutlineItem], level: u8, entries: &mut Vec<Entry>) {
        for item in items {
            let page = match item.dest {
                Some(Destination::PageIndex(page)) => Some(page),
                _ => None,
            };
            entries.push(Entry {
                title: item.title.clone(),
                level,
                page,
            });
            if level < 6 {
                add(&item.children, level + 1, entries);
            }
        }
    }
    let mut entries = Vec::new();
    add(outline, 1, &mut entries);
    entries
}

/// Joins the lines of all pages.
pub(crate) fn contents(mut pages: Vec<Vec<Line>>, outline: &[Entry]) -> Contents {
    let running = running::take_out(&mut pages);
    let n_pages = pages.len();
    let mut lines: Vec<Line> = pages.into_iter().flatten().collect();
    let letters = Letters::of(lines.iter().map(|line| line.text.as_str()));
    for line in &mut lines {
        line.text = letters.mend(&line.text);
    }
    lines.retain(|line| !line.text.is_empty());
    let headings = headings::find(&lines, outline);
    Contents {
        running,
        ..assemble::text(&lines, &headings, n_pages)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A page of lines from its top to its bottom, in letters of ten points.
    pub(crate) fn page(number: usize, texts: &[&str]) -> Vec<Line> {
        let line = |(index, text): (usize, &&str)| Line {
            text: (*text).to_owned(),
            page: number,
            y: 700.0 - 12.0 * index as f32,
            size: 10.0,
            ..Line::default()
        };
        texts.iter().enumerate().map(line).collect()
    }

    #[test]
    fn pages_become_a_text_that_knows_its_pages() {
        let pages = vec![
            page(0, &["The Heart 1", "The heart pumps blood. It is a mus-"]),
            page(1, &["The Heart 2", "cle of four chambers."]),
            page(2, &["The Heart 3", "Blood comes back."]),
        ];
        let contents = contents(pages, &[]);
        assert_eq!(
            contents.text,
            "The heart pumps blood. It is a muscle\nof four chambers.\n\nBlood comes back.\n"
        );
        assert_eq!(
            contents
                .pages
                .iter()
                .map(|&page| &contents.text[page..page + 5])
                .collect::<Vec<_>>(),
            ["The h", "of fo", "Blood"]
        );
        assert_eq!(
            contents.running,
            ["The Heart 1", "The Heart 2", "The Heart 3"]
        );
    }
}
