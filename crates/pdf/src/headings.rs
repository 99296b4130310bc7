//! Finds the lines that are headings: those that the file's outline names, else those in larger letters than the text.

use crate::layout::Line;
use std::collections::HashMap;

/// An entry of the outline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) title: String,
    /// From 1 to 6.
    pub(crate) level: u8,
    /// The page that it leads to, from 0.
    pub(crate) page: Option<usize>,
}

/// A heading of one line or a few.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its first line.
    pub(crate) line: usize,
    pub(crate) n_lines: usize,
    pub(crate) level: u8,
    pub(crate) title: String,
}

/// No heading takes more lines, or more characters.
const MAX_LINES: usize = 3;
const MAX_CHARS: usize = 160;
/// Letters of a heading are larger than the text's by so much.
const LARGER: f32 = 1.12;

pub(crate) fn find(lines: &[Line], outline: &[Entry]) -> Vec<Found> {
    let named = by_outline(lines, outline);
    match named.len() >= 3 && named.len() * 2 >= outline.len() {
        true => named,
        false => by_size(lines),
    }
}

/// The lines that say what the outline's entries say, in their order.
fn by_outline(lines: &[Line], outline: &[Entry]) -> Vec<Found> {
    let bare: Vec<String> = lines.iter().map(|line| bare(&line.text)).collect();
    let (mut found, mut start) = (Vec::new(), 0);
    for entry in outline {
        let title = self::bare(&entry.title);
        if title.is_empty() {
            continue;
        }
        let on_page = |line: usize| {
            entry
                .page
                .is_none_or(|page| lines[line].page.abs_diff(page) <= 1)
        };
        let matching = (start..lines.len())
            .filter(|&line| on_page(line))
            .find_map(|line| {
                let mut said = String::new();
                (line..lines.len().min(line + MAX_LINES)).find_map(|last| {
                    said.push_str(&bare[last]);
                    is_same(&said, &title).then_some((line, last + 1 - line))
                })
            });
        if let Some((line, n_lines)) = matching {
            found.push(Found {
                line,
                n_lines,
                level: entry.level,
                title: words(&lines[line..line + n_lines]),
            });
            start = line + n_lines;
        }
    }
    found
}

/// Letters and digits only, in lower case.
fn bare(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// True if a line says a title; either may have a number before it, or `Chapter` with one.
fn is_same(said: &str, title: &str) -> bool {
    let without_number = |text: &str| {
        text.trim_start_matches(|c: char| c.is_ascii_digit())
            .to_owned()
    };
    let is_label = |label: &str| {
        let label = without_number(label);
        [
            "chapter",
            "capítulo",
            "chapitre",
            "appendix",
            "apéndice",
            "annexe",
            "section",
            "",
        ]
        .iter()
        .any(|word| {
            label.strip_prefix(word).is_some_and(|rest| {
                rest.chars().count() <= 2 || rest.bytes().all(|b| b.is_ascii_digit())
            })
        })
    };
    said == title
        || said.strip_suffix(title).is_some_and(is_label)
        || title
            .strip_suffix(said)
            .is_some_and(|label| !said.is_empty() && is_label(label))
}

/// Lines in larger letters; the largest letters are of the first level.
fn by_size(lines: &[Line]) -> Vec<Found> {
    let Some(body) = body_size(lines) else {
        return Vec::new();
    };
    let is_large = |line: &Line| {
        line.size >= body * LARGER
            && !line.is_of_table
            && line.text.chars().count() <= MAX_CHARS
            && line.text.chars().any(char::is_alphabetic)
    };
    let mut sizes: Vec<i32> = lines
        .iter()
        .filter(|line| is_large(line))
        .map(|line| rounded(line.size))
        .collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    sizes.dedup();
    let mut found: Vec<Found> = Vec::new();
    for (index, line) in lines.iter().enumerate().filter(|(_, line)| is_large(line)) {
        let level = sizes
            .iter()
            .position(|&size| size == rounded(line.size))
            .unwrap_or_default()
            .min(5) as u8
            + 1;
        match found.last_mut() {
            Some(last)
                if last.level == level
                    && last.line + last.n_lines == index
                    && last.n_lines < MAX_LINES
                    && !line.is_apart =>
            {
                last.n_lines += 1;
                last.title = words(&lines[last.line..=index]);
            }
            _ => found.push(Found {
                line: index,
                n_lines: 1,
                level,
                title: line.text.clone(),
            }),
        }
    }
    found
}

/// Half points.
fn rounded(size: f32) -> i32 {
    (size * 2.0).round() as i32
}

/// The size of most letters.
fn body_size(lines: &[Line]) -> Option<f32> {
    let mut n_chars: HashMap<i32, usize> = HashMap::new();
    for line in lines {
        *n_chars.entry(rounded(line.size)).or_default() += line.text.chars().count();
    }
    n_chars
        .into_iter()
        .max_by_key(|&(size, n)| (n, size))
        .map(|(size, _)| size as f32 / 2.0)
}

fn words(lines: &[Line]) -> String {
    lines
        .iter()
        .map(|line| line.text.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::tests::page;

    fn found(lines: &[Line], outline: &[Entry]) -> Vec<(usize, u8, String)> {
        find(lines, outline)
            .into_iter()
            .map(|found| (found.line, found.level, found.title))
            .collect()
    }

    #[test]
    fn the_outline_names_headings() {
        let texts = [
            "Contents",
            "1.1 The heart . . . 1",
            "1 The body",
            "1.1 The heart",
            "The heart",
            "of all",
            "Chapter 2",
            "Bones",
        ];
        let entry = |title: &str, level| Entry {
            title: title.to_owned(),
            level,
            page: None,
        };
        let outline = [
            entry("The body", 1),
            entry("The heart", 2),
            entry("Bones", 1),
        ];
        let expected = [
            (2, 1, "1 The body"),
            (3, 2, "1.1 The heart"),
            (6, 1, "Chapter 2 Bones"),
        ];
        assert_eq!(
            found(&page(0, &texts), &outline),
            expected.map(|(line, level, title)| (line, level, title.to_owned()))
        );
    }

    #[test]
    fn without_an_outline_larger_letters_do() {
        let mut lines = page(
            0,
            &[
                "A Book",
                "of two lines",
                "One",
                "About one, at some length.",
                "Two",
                "About two.",
            ],
        );
        for (line, size) in [(0, 20.0), (1, 20.0), (2, 14.0), (4, 14.0)] {
            lines[line].size = size;
        }
        let expected = [(0, 1, "A Book of two lines"), (2, 2, "One"), (4, 2, "Two")];
        assert_eq!(
            found(&lines, &[]),
            expected.map(|(line, level, title)| (line, level, title.to_owned()))
        );
    }
}
