//! A PDF file: its pages' pieces of text with their places, read by `pdf_oxide`, become lines, paragraphs and headings.

use crate::{
    ExtractError, assemble, glyphs,
    headings::{self, Entry},
    layout::{Drawn, Line, lines},
    letters::Letters,
    rules::Rules,
    running,
};
use examen_core::{Contents, Format};
use pdf_oxide::{
    PdfDocument,
    layout::TextChar,
    outline::{Destination, OutlineItem},
};
use std::{collections::HashSet, path::Path};

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
        pages.push(page_lines(&document, page)?);
    }
    let outline = document.get_outline().ok().flatten().unwrap_or_default();
    let contents = contents(pages, &entries(&outline));
    match contents.text.trim().is_empty() {
        true if n_pages == 0 => Err(ExtractError::Broken("it has no pages".to_owned())),
        true => Err(ExtractError::Scanned { n_pages }),
        false => Ok(contents),
    }
}

/// The lines of a page: first those in the commonest direction, then what is turned otherwise.
fn page_lines(document: &PdfDocument, page: usize) -> Result<Vec<Line>, ExtractError> {
    let broken = |error: pdf_oxide::error::Error| {
        ExtractError::Broken(format!("page {}: {error}", page + 1))
    };
    // Unlike `extract_chars`, this keeps no copy for the next call.
    let mut chars = document
        .extract_chars_filtered(page, HashSet::new(), HashSet::new())
        .map_err(broken)?;
    if let Ok(visible) = document.get_page_visible_box(page) {
        chars.retain(|char| is_within(char, visible));
    }
    let rules = || Rules::of(&document.extract_paths(page).unwrap_or_default());
    let mut found = Vec::new();
    for (direction, words) in glyphs::words(&chars) {
        let find: &dyn Fn() -> Rules = if direction == 0 {
            &rules
        } else {
            &Rules::default
        };
        found.extend(lines(words, &Drawn::new(find), page));
    }
    Ok(found)
}

/// True for what begins on the page as it is seen, or near it.
fn is_within(char: &TextChar, (left, bottom, right, top): (f32, f32, f32, f32)) -> bool {
    const NEAR: f32 = 2.0;
    let (x, y) = (char.origin_x, char.origin_y);
    x > left - NEAR && x < right + NEAR && y > bottom - NEAR && y < top + NEAR
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
