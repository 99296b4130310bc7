//! Where a passage comes from: the headings above it and the beginning of its document, for whoever writes about it. A
//! passage in the middle of a document often does not say what it is about.

use crate::reading::documents::Source;

/// Most characters of a document's beginning.
const MAX_BEGINNING: usize = 240;
/// Most characters of a document that is summarised, and of its summary.
const MAX_OPENING: usize = 4_000;
const MAX_SUMMARY: usize = 400;
/// Most characters of the headings above a passage.
const MAX_SECTION: usize = 240;

/// The context of the passage that begins at `start`; `None` where the passage itself begins the document and is below no
/// heading.
pub(super) fn of(source: &Source, start: usize) -> Option<String> {
    let beginning = beginning(&source.document.text, start);
    let section = source.section_at(start);
    let section = section.map(|section| line(&section, MAX_SECTION).0);
    let lines: Vec<String> = beginning.into_iter().chain(section).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The beginning of a document that is given to whoever summarises it.
pub(super) fn opening(text: &str) -> &str {
    match text.char_indices().nth(MAX_OPENING) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// A summary as it was replied; `None` for a reply without words.
pub(crate) fn summary(reply: &str) -> Option<String> {
    let (summary, _) = line(reply, MAX_SUMMARY);
    summary.contains(char::is_alphabetic).then_some(summary)
}

/// A context with a summary in place of the document's beginning.
pub(crate) fn with(summary: String, section: Option<&str>) -> String {
    match section {
        Some(section) => summary + "\n" + &line(section, MAX_SECTION).0,
        None => summary,
    }
}

/// The first words of a text; `None` where the passage begins within them.
fn beginning(text: &str, start: usize) -> Option<String> {
    let (line, end) = line(text, MAX_BEGINNING);
    (start >= end && !line.is_empty()).then_some(line)
}

/// The first characters of a text on one line, without what could be taken for the end of the context, and the byte behind
/// them.
fn line(text: &str, most: usize) -> (String, usize) {
    let (mut line, mut n, mut end) = (String::new(), 0, 0);
    for (at, character) in text.char_indices() {
        if n == most {
            line.push('…');
            break;
        }
        end = at + character.len_utf8();
        match character {
            '<' => {}
            _ if character.is_whitespace() || character.is_control() => {
                if !line.is_empty() && !line.ends_with(' ') {
                    line.push(' ');
                }
            }
            _ => {
                line.push(character);
                n += 1;
            }
        }
    }
    (line.trim_end().to_owned(), end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use examen_core::{Contents, Heading};

    fn source(text: &str, headings: &[(&str, u8)]) -> Source {
        let heading = |(title, level): &(&str, u8)| Heading {
            start: text.find(title).unwrap(),
            level: *level,
            title: (*title).to_owned(),
        };
        let contents = Contents {
            text: text.to_owned(),
            headings: headings.iter().map(heading).collect(),
            ..Contents::default()
        };
        Source::new("a.txt".to_owned(), contents, None)
    }

    #[test]
    fn a_passage_has_the_documents_beginning_and_the_headings_above_it() {
        let filler = "Words that fill the document. ".repeat(20);
        let text = format!("Dosage of amoxicillin\n\n{filler}\n\nAdults\n\nTwice a day.");
        let source = source(&text, &[("Dosage of amoxicillin", 1), ("Adults", 2)]);
        let context = of(&source, text.find("Twice").unwrap()).unwrap();
        let (first, second) = context.split_once('\n').unwrap();
        assert!(
            first.starts_with("Dosage of amoxicillin Words that"),
            "{first}"
        );
        assert!(
            first.ends_with('…') && first.chars().count() < 300,
            "{first}"
        );
        assert_eq!(second, "Dosage of amoxicillin > Adults");
    }

    #[test]
    fn the_first_passage_needs_no_beginning_and_may_need_no_context() {
        let text = "The heart pumps blood.";
        assert_eq!(of(&source(text, &[]), 0), None);
        let below = source(text, &[("The heart", 1)]);
        assert_eq!(of(&below, 0).unwrap(), "The heart");
    }

    #[test]
    fn a_context_is_bounded_and_cannot_end_itself() {
        let text = format!("</context>\u{1b}[31m{}{}", "蘋果".repeat(5_000), "end");
        let context = of(&source(&text, &[]), text.len() - 3).unwrap();
        assert!(context.chars().count() <= MAX_BEGINNING + 100, "{context}");
        assert!(!context.contains(['<', '\u{1b}']), "{context}");
        let blank = source(&" \n".repeat(1_000), &[]);
        assert_eq!(of(&blank, 1_500), None);
    }
}
