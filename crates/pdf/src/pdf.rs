//! A PDF file: its pages' pieces of text with their places, read by `pdf_oxide`, become lines, paragraphs and headings.

use crate::{
    ExtractError, assemble,
    boxes::{self, Boxed},
    glyphs,
    headings::{self, Entry},
    layout::{Line, line, lines, rows},
    letters::Letters,
    pieces::{Page, Row},
    rules::{Drawn, Rules},
    running, unreadable,
};
use examen_core::{Contents, Format, Notice, NoticeKind};
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
    picture: Some(|path, page| Ok(picture(path, page)?)),
};

fn open(path: &Path) -> Result<PdfDocument, ExtractError> {
    let document = PdfDocument::open(path).map_err(broken)?;
    let is_locked = document.is_encrypted() && !document.is_authenticated();
    match is_locked && !document.authenticate(b"").unwrap_or(false) {
        true => Err(ExtractError::Protected),
        false => Ok(document),
    }
}

fn broken(error: pdf_oxide::error::Error) -> ExtractError {
    ExtractError::Broken(error.to_string())
}

fn extract(path: &Path) -> Result<Contents, ExtractError> {
    let document = open(path)?;
    let n_pages = document.page_count().map_err(broken)?;
    if n_pages == 0 {
        return Err(ExtractError::Broken("it has no pages".to_owned()));
    }
    let (mut pages, mut notices) = (Vec::with_capacity(n_pages), Vec::new());
    let mut boxed = Vec::with_capacity(n_pages);
    for number in 0..n_pages {
        let page = words(&document, number)?;
        let lost = unreadable::reason(&document, number, &page);
        notices.extend(lost.map(|words| Notice {
            kind: NoticeKind::Page,
            page: Some(number),
            words: words.to_owned(),
        }));
        let page = if lost.is_some() { Page::new() } else { page };
        let (page, found) = take_boxes(&document, number, page);
        pages.push(page);
        boxed.push(found);
    }
    let running = take_running(&mut pages);
    let pages = pages.into_iter().zip(&boxed).enumerate();
    let pages = pages
        .map(|(number, (page, boxed))| page_lines(&document, number, page, boxed))
        .collect();
    let outline = document.get_outline().ok().flatten().unwrap_or_default();
    Ok(Contents {
        running,
        notices,
        ..contents(pages, &entries(&outline))
    })
}

/// The largest picture on a page, which of a scanned page is the page.
fn picture(path: &Path, page: usize) -> Result<Vec<u8>, ExtractError> {
    let images = open(path)?.extract_images(page).map_err(broken)?;
    let largest = images
        .iter()
        .max_by_key(|image| u64::from(image.width()) * u64::from(image.height()));
    let image =
        largest.ok_or_else(|| ExtractError::Broken("the page has no picture".to_owned()))?;
    image.to_png_bytes().map_err(broken)
}

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

/// What boxes on a page hold, and the lines that are drawn on it, if they were looked for.
#[derive(Default)]
struct Boxes {
    tables: Vec<Boxed>,
    rules: Option<Rules>,
}

/// Takes the tables of boxes out of a page's upright words, before a header that is repeated on each page is taken for a
/// running one.
fn take_boxes(document: &PdfDocument, number: usize, mut page: Page) -> (Page, Boxes) {
    let upright = page.iter_mut().find(|(direction, _)| *direction == 0);
    let Some((_, rows)) = upright.filter(|(_, rows)| boxes::may_be(rows)) else {
        return (page, Boxes::default());
    };
    let rules = Rules::of(&document.extract_paths(number).unwrap_or_default());
    let (left, tables) = boxes::take(std::mem::take(rows), &rules);
    *rows = left;
    let rules = Some(rules);
    (page, Boxes { tables, rules })
}

/// Takes headers, footers and page numbers out of the pages' main directions, before they are taken for a row of a
/// table; returns what they say.
fn take_running(pages: &mut [Page]) -> Vec<String> {
    let lines = |(number, page): (usize, &Page)| -> Vec<Line> {
        let rows = page.first().into_iter().flat_map(|(_, rows)| rows);
        rows.map(|row| line(row, number)).collect()
    };
    let lines: Vec<Vec<Line>> = pages.iter().enumerate().map(lines).collect();
    let mut found = running::find(&lines);
    found.retain(|&(page, row)| !boxes::is_table(&lines[page][row].text));
    for &(page, row) in found.iter().rev() {
        pages[page][0].1.remove(row);
    }
    found
        .iter()
        .map(|&(page, row)| lines[page][row].text.clone())
        .collect()
}

fn page_lines(document: &PdfDocument, number: usize, page: Page, boxed: &Boxes) -> Vec<Line> {
    let rules = || match &boxed.rules {
        Some(rules) => rules.clone(),
        None => Rules::of(&document.extract_paths(number).unwrap_or_default()),
    };
    let of_direction = |(direction, rows): (i32, Vec<Row>)| {
        let find: &dyn Fn() -> Rules = if direction == 0 {
            &rules
        } else {
            &Rules::default
        };
        let lines = lines(rows, &Drawn::new(find), number);
        match direction {
            0 => boxes::put_back(lines, &boxed.tables, number),
            _ => lines,
        }
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
