//! Markdown, kept as it is: models read it, and headings say where to cut.

use super::{Format, bytes, first_letter, plain::plain};
use crate::reading::{ReadError, bulk, decode::noticed};
use examen_core::{Contents, Heading};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A Markdown file.
pub(super) const FORMAT: Format = Format {
    name: "Markdown",
    extensions: &["md", "markdown"],
    begins: |beginning| first_letter(beginning) == Some(b'#'),
    read: |path| Ok(file(&bytes(path)?)?),
    picture: None,
};

/// A file: without its front matter, of which the title heads a text that has none, and without comments.
fn file(bytes: &[u8]) -> Result<Contents, ReadError> {
    let (text, notice) = noticed(bytes)?;
    let (front, body) = front_matter(&text);
    let mut contents = contents(without_comments(body));
    let title = front.and_then(title);
    if let Some(title) = title.filter(|_| contents.headings.iter().all(|heading| heading.level > 1))
    {
        let heading = Heading {
            start: 0,
            level: 1,
            title,
        };
        contents.headings.insert(0, heading);
    }
    contents.notices.extend(notice);
    match contents.text.trim().is_empty() {
        true => Err(ReadError::NoText),
        false => Ok(contents),
    }
}

/// What stands between two lines of `---` (YAML) or `+++` (TOML) at the beginning, and the rest.
fn front_matter(text: &str) -> (Option<&str>, &str) {
    let mut lines = text.split_inclusive('\n');
    let fence = lines.next().map(str::trim_end).unwrap_or_default();
    if !matches!(fence, "---" | "+++") {
        return (None, text);
    }
    let start = text.len() - lines.clone().map(str::len).sum::<usize>();
    let mut end = start;
    for line in lines {
        let is_end = line.trim_end() == fence || (fence == "---" && line.trim_end() == "...");
        let front = &text[start..end];
        let is_field = |line: &str| {
            line.contains([':', '='])
                || line.starts_with([' ', '-', '#', '\t', ']', '}'])
                || line.trim().is_empty()
        };
        end += line.len();
        if is_end && front.lines().all(is_field) {
            return (Some(front), &text[end..]);
        }
        if is_end {
            break;
        }
    }
    (None, text)
}

/// The title that front matter tells.
fn title(front: &str) -> Option<String> {
    let value = front.lines().find_map(|line| {
        let (name, value) = line.split_once([':', '='])?;
        (name.trim() == "title").then(|| value.trim())
    })?;
    let value = value.trim_matches(['"', '\'']).trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// The text without comments of HTML; those in code stay.
fn without_comments(text: &str) -> String {
    let mut left = String::with_capacity(text.len());
    let mut end = 0;
    for (event, range) in Parser::new_ext(text, Options::all()).into_offset_iter() {
        if !matches!(event, Event::Html(_) | Event::InlineHtml(_)) || range.start < end {
            continue;
        }
        let mut from = range.start;
        while let Some(start) = text[from..range.end].find("<!--").map(|start| from + start) {
            let Some(length) = text[start..].find("-->") else {
                break;
            };
            left.push_str(&text[end..start]);
            end = start + length + "-->".len();
            from = end;
            if from >= range.end {
                break;
            }
        }
    }
    left + &text[end..]
}

/// A Markdown text with its headings, without embedded data and what only its source needs.
pub(crate) fn contents(text: String) -> Contents {
    let (text, notice) = bulk::without(text);
    let text = plain(&text);
    let headings = headings(&text);
    Contents {
        text,
        is_markdown: true,
        headings,
        notices: notice.into_iter().collect(),
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

    #[test]
    fn front_matter_and_comments_are_left_out() {
        let text = b"---\ntitle: 'Service manual'\ntags: [a]\n---\n\n<!-- internal:\nno -->\n\nIt <!-- x --> pumps.\n\n```\n<!-- code -->\n```\n";
        let contents = file(text).unwrap();
        assert_eq!(
            contents.text.trim(),
            "It  pumps.\n\n```\n<!-- code -->\n```"
        );
        assert_eq!(contents.headings[0].title, "Service manual");
        let rule = "---\n\nA rule, and no front matter.\n\n---\n";
        assert_eq!(front_matter(rule), (None, rule));
        let toml = "+++\ntitle = \"T\"\n+++\n# H\n";
        assert_eq!(front_matter(toml).1, "# H\n");
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
