//! A PDF file: its pages' pieces of text with their places, read by `pdf_oxide`, become lines, paragraphs and headings.

use crate::{
    ExtractError, assemble, glyphs,
    headings::{self, Entry},
    layout::{Drawn, Line, Row, line, lines, rows},
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
    let pages = (0..n_pages).map(|page| words(&document, page));
    let mut pages = pages.collect::<Result<Vec<Page>, _>>()?;
    let running = take_running(&mut pages);
    let pages = pages.into_iter().enumerate();
    let pages = pages
        .map(|(number, page)| page_lines(&document, number, page))
        .collect();
    let outline = document.get_outline().ok().flatten().unwrap_or_default();
    let contents = Contents {
        running,
        ..contents(pages, &entries(&outline))
    };
    match contents.text.trim().is_empty() {
        true if n_pages == 0 => Err(ExtractError::Broken("it has no pages".to_owned())),
        true => Err(ExtractError::Scanned { n_pages }),
        false => Ok(contents),
    }
}

/// A page's rows by their direction, the commonest first.
type Page = Vec<(i32, Vec<Row>)>;

fn words(document: &PdfDocument, page: usize) -> Result<Page, ExtractError> {
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
    let words = glyphs::words(&chars).into_iter();
    Ok(words
        .map(|(direction, words)| (direction, rows(words)))
        .collect())
}

/// Takes headers, footers and page numbers out of the pages' main directions, before they are taken for a row of a
/// table; returns what they say.
fn take_running(pages: &mut [Page]) -> Vec<String> {
    let lines = |(number, page): (usize, &Page)| -> Vec<Line> {
        let rows = page.first().into_iter().flat_map(|(_, rows)| rows);
        rows.map(|row| line(row, number)).collect()
    };
    let lines: Vec<Vec<Line>> = pages.iter().enumerate().map(lines).collect();
    let found = running::find(&lines);
    for &(page, row) in found.iter().rev() {
        pages[page][0].1.remove(row);
    }
    found
        .iter()
        .map(|&(page, row)| lines[page][row].text.clone())
        .collect()
}

fn page_lines(document: &PdfDocument, number: usize, page: Page) -> Vec<Line> {
    let rules = || Rules::of(&document.extract_paths(number).unwrap_or_default());
    let of_direction = |(direction, rows)| {
        let find: &dyn Fn() -> Rules = if direction == 0 {
            &rules
        } else {
            &Rules::default
        };
        lines(rows, &Drawn::new(find), number)
    };
    page.into_iter().flat_map(of_direction).collect()
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
pub(crate) fn contents(pages: Vec<Vec<Line>>, outline: &[Entry]) -> Contents {
    let n_pages = pages.len();
    let mut lines: Vec<Line> = pages.into_iter().flatten().collect();
    let letters = Letters::of(lines.iter().map(|line| line.text.as_str()));
    for line in &mut lines {
        line.text = letters.mend(&line.text);
    }
    lines.retain(|line| !line.text.is_empty());
    let headings = headings::find(&lines, outline);
    assemble::text(&lines, &headings, n_pages)
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
            page(0, &["The heart pumps blood. It is a mus-"]),
            page(1, &["cle of four chambers."]),
            page(2, &["Blood comes back."]),
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
    }
}
