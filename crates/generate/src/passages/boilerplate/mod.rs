//! Finds the parts of a document that no exam should be about: the title page, contents, lists of figures, references, indexes,
//! licences. By their headings, whose words are data (one file a language, all are tried on every document), and by
//! their shape where they have none. What would be half of the document or more is left in: then it is what the document
//! is about.

mod shapes;
mod title_page;

use examen_core::{Heading, Span};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// A part of a document that is not asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Where it lies in the document's text.
    pub span: Span,
    /// Why, in a few words: `table of contents`.
    pub reason: String,
}

/// The words of one language, in lower case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    contents: Vec<String>,
    figures: Vec<String>,
    references: Vec<String>,
    index: Vec<String>,
    licence: Vec<String>,
    licence_phrases: Vec<String>,
    title_page: Vec<String>,
}

static WORDS: LazyLock<Vec<Words>> = LazyLock::new(|| {
    let files = [include_str!("en.json"), include_str!("es.json")];
    files
        .map(|file| serde_json::from_str(file).expect("the words are in order"))
        .into()
});

/// Kind of a part that is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    TitlePage,
    Contents,
    Figures,
    References,
    Index,
    Licence,
}

impl Kind {
    fn reason(self) -> &'static str {
        match self {
            Self::TitlePage => "title page",
            Self::Contents => "table of contents",
            Self::Figures => "list of figures or tables",
            Self::References => "references",
            Self::Index => "index",
            Self::Licence => "licence",
        }
    }

    /// True if such a part has headings of its own within.
    fn has_parts(self) -> bool {
        matches!(self, Self::References | Self::Index | Self::Licence)
    }
}

/// Finds the parts of `text` to leave out: by position, without overlap, on borders of lines.
pub(super) fn find(text: &str, headings: &[Heading]) -> Vec<Skipped> {
    let mut found = by_heading(text, headings);
    found.extend(shapes::find(text));
    found.extend(title_page::find(text).map(|span| (span, Kind::TitlePage)));
    found.retain(|(span, _)| (span.end - span.start) * 2 < text.len());
    let skipped = merged(found);
    let n_bytes: usize = skipped
        .iter()
        .map(|skipped| skipped.span.end - skipped.span.start)
        .sum();
    if n_bytes * 10 > text.len() * 9 {
        Vec::new()
    } else {
        skipped
    }
}

/// The parts of a text of so many bytes between what is skipped, in order; none is empty.
pub(super) fn kept(length: usize, skipped: &[Skipped]) -> Vec<Span> {
    let (mut kept, mut start) = (Vec::new(), 0);
    for skipped in skipped {
        kept.push(Span {
            start,
            end: skipped.span.start,
        });
        start = skipped.span.end;
    }
    kept.push(Span { start, end: length });
    kept.retain(|span| span.start < span.end);
    kept
}

fn by_heading(text: &str, headings: &[Heading]) -> Vec<(Span, Kind)> {
    let mut found = Vec::new();
    for (index, heading) in headings.iter().enumerate() {
        let Some(kind) = kind(&heading.title) else {
            continue;
        };
        let ends = |other: &&Heading| !kind.has_parts() || other.level <= heading.level;
        let end = headings[index + 1..]
            .iter()
            .find(ends)
            .map_or(text.len(), |next| next.start);
        // A heading that is not in the text (the title of a row) is no beginning of a part.
        if heading.start < end && text[heading.start..end].contains(first_word(&heading.title)) {
            found.push((
                Span {
                    start: heading.start,
                    end,
                },
                kind,
            ));
        }
    }
    found
}

fn first_word(title: &str) -> &str {
    title.split_whitespace().next().unwrap_or_default()
}

/// Kind of part that a heading announces, by its words without numbers and punctuation around them.
fn kind(title: &str) -> Option<Kind> {
    let title = title.to_lowercase();
    let is_around = |c: char| !c.is_alphabetic();
    let bare = title.trim_matches(is_around);
    // `Appendix A. Licence`, `A Index`: numbered by a letter.
    let after = bare
        .split_once([' ', '.'])
        .filter(|(number, _)| number.chars().count() == 1)
        .map(|(_, rest)| rest);
    let appendix = ["appendix ", "apéndice ", "annex ", "anexo "]
        .iter()
        .find_map(|word| bare.strip_prefix(word));
    let appendix =
        appendix.map(|rest| rest.trim_start_matches(|c: char| !c.is_whitespace() && c != ':'));
    let candidates = [Some(bare), after, appendix]
        .into_iter()
        .flatten()
        .map(|words| words.trim_matches(is_around));
    candidates
        .into_iter()
        .find_map(|words| WORDS.iter().find_map(|language| language.kind(words)))
}

impl Words {
    fn kind(&self, words: &str) -> Option<Kind> {
        let is_among = |list: &[String]| list.iter().any(|known| known == words);
        match self {
            _ if is_among(&self.contents) => Some(Kind::Contents),
            _ if is_among(&self.figures) => Some(Kind::Figures),
            _ if is_among(&self.references) => Some(Kind::References),
            _ if is_among(&self.index) => Some(Kind::Index),
            _ if is_among(&self.licence) => Some(Kind::Licence),
            _ => None,
        }
    }
}

/// Spans that touch or overlap and are of one kind become one; of two kinds that overlap, the first keeps its place.
fn merged(mut found: Vec<(Span, Kind)>) -> Vec<Skipped> {
    found.sort_by_key(|&(span, kind)| (span.start, std::cmp::Reverse(span.end), kind));
    let mut skipped: Vec<Skipped> = Vec::new();
    for (mut span, kind) in found {
        if let Some(last) = skipped.last_mut() {
            if span.start <= last.span.end && last.reason == kind.reason() {
                last.span.end = last.span.end.max(span.end);
                continue;
            }
            span.start = span.start.max(last.span.end);
        }
        if span.start < span.end {
            skipped.push(Skipped {
                span,
                reason: kind.reason().to_owned(),
            });
        }
    }
    skipped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::formats::markdown_contents;
    use proptest::prelude::*;

    fn skipped(text: &str) -> Vec<(String, String)> {
        let contents = markdown_contents(text.to_owned());
        let found = find(&contents.text, &contents.headings);
        let text = |span: Span| {
            contents.text[span.start..span.end]
                .trim()
                .replace('\n', " ")
        };
        found
            .into_iter()
            .map(|skipped| (skipped.reason, text(skipped.span)))
            .collect()
    }

    fn pair(reason: &str, text: &str) -> (String, String) {
        (reason.to_owned(), text.to_owned())
    }

    const BODY: &str =
        "The heart pumps blood. It beats seventy times a minute. It rests between two beats.\n\n";

    #[test]
    fn parts_are_known_by_their_headings() {
        let text = format!(
            "# Contents\n\nOne\n\n# One\n\n{BODY}# 7. References\n\n## Books\n\nA book.\n\n# Apéndice B. Licencia\n\nGPL.\n"
        );
        let expected = [
            pair("table of contents", "# Contents  One"),
            pair("references", "# 7. References  ## Books  A book."),
            pair("licence", "# Apéndice B. Licencia  GPL."),
        ];
        assert_eq!(skipped(&text), expected);
    }

    #[test]
    fn similar_headings_are_left_in() {
        for title in [
            "References in Rust",
            "The contents of a cell",
            "Índice de masa corporal",
            "Licensing doctors",
        ] {
            let text = format!("# {title}\n\n{BODY}");
            assert_eq!(skipped(&(text + &BODY.repeat(3))), [], "{title}");
        }
    }

    #[test]
    fn a_document_about_a_licence_is_about_it() {
        assert_eq!(skipped(&format!("# Licence\n\n{BODY}{BODY}")), []);
    }

    #[test]
    fn dot_leaders_are_contents() {
        let leaders = "1 The heart . . . . . . . . 3\n1.1 Its chambers ........ 4\n2 The lung\n2.1 Air ..... 12\nA Words ...... xiv\n";
        let text = format!("{BODY}\n{leaders}\n{}", BODY.repeat(4));
        assert_eq!(
            skipped(&text),
            [pair(
                "table of contents",
                leaders.trim().replace('\n', " ").as_str()
            )]
        );
        assert_eq!(
            skipped(&format!("{BODY}And then ... 3\n\n{BODY}")),
            [],
            "one line is none"
        );
    }

    #[test]
    fn entries_with_years_and_initials_are_references() {
        let entry = |n: usize| {
            format!(
                "[{n}] Curie, M., Noether E. On matters of weight. J. Chem. {n}, 1{n} (19{n}1).\n\n"
            )
        };
        let entries: String = (2..9).map(entry).collect();
        let text = format!("{}{entries}{}", BODY.repeat(5), BODY.repeat(5));
        let found = skipped(&text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            found[0],
            pair("references", entries.trim().replace('\n', " ").as_str())
        );
    }

    #[test]
    fn licence_notices_are_known_by_their_phrases() {
        let notice = "Permission is granted to copy, distribute and/or modify this document\nunder the terms of the GNU Free Documentation License.";
        let text = format!("{BODY}{notice}\n\n{}", BODY.repeat(5));
        assert_eq!(
            skipped(&text),
            [pair("licence", &notice.replace('\n', " "))]
        );
    }

    proptest! {
        #[test]
        fn what_is_skipped_lies_on_borders_without_overlap(
            text in "(# (Contents|Índice|License|Uno)\n|[a-zñ]{1,9}[ .\n]{1,2}|\n\n|A\\. B\\. 19[0-9][0-9]\n\n|x \\.{4,9} [0-9]\n|\\PC){0,60}"
        ) {
            let contents = markdown_contents(text.clone());
            let mut end = 0;
            for skipped in find(&text, &contents.headings) {
                prop_assert!(text.is_char_boundary(skipped.span.start) && text.is_char_boundary(skipped.span.end));
                prop_assert!(end <= skipped.span.start && skipped.span.start < skipped.span.end);
                end = skipped.span.end;
            }
        }
    }
}
