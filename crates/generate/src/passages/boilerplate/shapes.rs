//! Contents, indexes, references and licence notices by what they look like.

use super::{Kind, WORDS};
use examen_core::Span;

/// So many lines with dot leaders are contents, with so many others between two of them at most.
const MIN_LEADERS: usize = 3;
const MAX_BETWEEN: usize = 2;
/// So many lines in a row that end in page numbers are an index.
const MIN_INDEX_LINES: usize = 8;
/// So many paragraphs in a row with a year and initials are references.
const MIN_ENTRIES: usize = 4;
/// No entry of a bibliography is longer, in bytes.
const MAX_ENTRY: usize = 700;

pub(super) fn find(text: &str) -> Vec<(Span, Kind)> {
    let lines = lines(text);
    let mut found = runs(
        text,
        &lines,
        has_leader,
        MIN_LEADERS,
        MAX_BETWEEN,
        Kind::Contents,
    );
    found.extend(runs(
        text,
        &lines,
        ends_in_pages,
        MIN_INDEX_LINES,
        0,
        Kind::Index,
    ));
    let paragraphs = paragraphs(text, &lines);
    found.extend(runs(
        text,
        &paragraphs,
        is_entry,
        MIN_ENTRIES,
        0,
        Kind::References,
    ));
    found.extend(
        paragraphs
            .iter()
            .filter(|span| is_licence(&text[span.start..span.end]))
            .map(|&span| (span, Kind::Licence)),
    );
    found
}

/// Stretches of parts that `is` such, `min` of them at least, with at most `max_between` others between two.
fn runs(
    text: &str,
    parts: &[Span],
    is: fn(&str) -> bool,
    min: usize,
    max_between: usize,
    kind: Kind,
) -> Vec<(Span, Kind)> {
    let (mut found, mut n, mut first, mut last) = (Vec::new(), 0, 0, 0);
    let mut end = |n: usize, first: usize, last: usize| {
        if n >= min {
            found.push((
                Span {
                    start: parts[first].start,
                    end: parts[last].end,
                },
                kind,
            ));
        }
    };
    for (index, part) in parts.iter().enumerate() {
        if !is(&text[part.start..part.end]) {
            continue;
        }
        if n == 0 || index - last > max_between + 1 {
            end(n, first, last);
            (n, first) = (0, index);
        }
        (n, last) = (n + 1, index);
    }
    end(n, first, last);
    found
}

/// The lines that are not empty, with their ends.
fn lines(text: &str) -> Vec<Span> {
    let mut start = 0;
    let spans = text.split_inclusive('\n').map(|line| {
        start += line.len();
        Span {
            start: start - line.len(),
            end: start,
        }
    });
    spans
        .filter(|span| !text[span.start..span.end].trim().is_empty())
        .collect()
}

/// Lines without an empty one between them.
fn paragraphs(text: &str, lines: &[Span]) -> Vec<Span> {
    let mut paragraphs: Vec<Span> = Vec::new();
    for line in lines {
        match paragraphs.last_mut() {
            Some(last) if last.end == line.start && text[..last.end].ends_with('\n') => {
                last.end = line.end
            }
            _ => paragraphs.push(*line),
        }
    }
    paragraphs
}

/// `1.2 The heart . . . . . 17`
fn has_leader(line: &str) -> bool {
    let line = line.trim_end();
    let before = line.trim_end_matches(|c: char| c.is_ascii_digit() || "ivxlc".contains(c));
    if before.len() == line.len() || before.is_empty() {
        return false;
    }
    let leader = before
        .trim_end()
        .trim_end_matches(['.', '·', '…', '_', ' ', '\u{a0}']);
    let dots = before[leader.len()..].chars().map(|c| {
        if c == '…' {
            3
        } else {
            usize::from(".·_".contains(c))
        }
    });
    dots.sum::<usize>() >= 3 && leader.chars().any(char::is_alphanumeric)
}

/// `heart, 12, 34–36`
fn ends_in_pages(line: &str) -> bool {
    let line = line.trim();
    let words = line.trim_end_matches(|c: char| c.is_ascii_digit() || ", –-".contains(c));
    let pages = &line[words.len()..];
    words.chars().any(char::is_alphabetic)
        && words.len() < 80
        && pages.trim_start().starts_with(',')
        && pages.ends_with(|c: char| c.is_ascii_digit())
}

/// An entry of a bibliography: short, with a year and a name's initial, and often marked or with a title of a journal.
fn is_entry(paragraph: &str) -> bool {
    paragraph.len() <= MAX_ENTRY && has_year(paragraph) && has_initial(paragraph)
}

fn has_year(text: &str) -> bool {
    let numbers = text.split(|c: char| !c.is_alphanumeric());
    numbers
        .filter(|number| number.len() == 4)
        .filter_map(|number| number.parse().ok())
        .any(|year: u16| (1700..2100).contains(&year))
}

/// `Curie, M.` or `M. Curie`: a capital letter and a point beside a name.
fn has_initial(text: &str) -> bool {
    let is_initial = |word: &str| {
        let mut letters = word.trim_start_matches(['(', '[']).chars();
        letters.next().is_some_and(char::is_uppercase) && letters.next() == Some('.')
    };
    let is_name = |word: &str| {
        word.chars().next().is_some_and(char::is_uppercase) && word.chars().count() > 2
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(2).any(|pair| {
        (is_initial(pair[0]) && is_name(pair[1])) || (is_name(pair[0]) && is_initial(pair[1]))
    })
}

fn is_licence(paragraph: &str) -> bool {
    // What is longer is a text that mentions a licence.
    if paragraph.len() > 3_000 {
        return false;
    }
    let words = paragraph
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase();
    WORDS
        .iter()
        .flat_map(|language| &language.licence_phrases)
        .any(|phrase| words.contains(phrase.as_str()))
}
