//! Markdown, kept as it is: models read it, and headings say where to cut.

use super::{Format, bytes, first_letter};
use crate::reading::decode::decode;
use examen_core::{Contents, Heading};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A Markdown file.
pub(super) const FORMAT: Format = Format {
    name: "Markdown",
    extensions: &["md", "markdown"],
    begins: |beginning| first_letter(beginning) == Some(b'#'),
    read: |path| Ok(contents(decode(&bytes(path)?)?)),
};

/// A Markdown text with its headings.
pub(crate) fn contents(text: String) -> Contents {
    let headings = headings(&text);
    Contents {
        text,
        is_markdown: true,
        headings,
        ..Contents::default()
    }
}

/// The headings of a Markdown text, those in code left out. One without words is none.
fn headings(text: &str) -> Vec<Heading> {
    let mut headings: Vec<Heading> = Vec::new();
    let mut is_within = false;
    for (event, range) in Parser::new_ext(text, Options::all()).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                is_within = true;
                headings.push(Heading {
                    start: range.start,
                    level: level as u8,
                    title: String::new(),
                });
            }
            Event::End(TagEnd::Heading(_)) => is_within = false,
            Event::Text(words) | Event::Code(words) if is_within => push(&mut headings, &words),
            Event::SoftBreak | Event::HardBreak if is_within => push(&mut headings, " "),
            _ => {}
        }
    }
    for heading in &mut headings {
        heading.title = heading
            .title
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
    }
    headings.retain(|heading| !heading.title.is_empty());
    headings
}

fn push(headings: &mut [Heading], words: &str) {
    if let Some(heading) = headings.last_mut() {
        heading.title.push_str(words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn headings_are_told_without_markup() {
        let text = "# The *heart* of `it`\n\n```sh\n# no heading\n```\nIts chambers\n------------\n\n### \n";
        let found: Vec<_> = headings(text)
            .into_iter()
            .map(|h| (h.start, h.level, h.title))
            .collect();
        assert_eq!(
            found,
            [
                (0, 1, "The heart of it".to_owned()),
                (46, 2, "Its chambers".to_owned())
            ]
        );
    }

    proptest! {
        #[test]
        fn headings_lie_on_borders_in_order(text in "(#{1,3} |[a-zñ]{1,5}|\n|---|`|\\PC){0,40}") {
            let headings = headings(&text);
            prop_assert!(headings.iter().all(|heading| text.is_char_boundary(heading.start)));
            prop_assert!(headings.is_sorted_by_key(|heading| heading.start));
        }
    }
}
