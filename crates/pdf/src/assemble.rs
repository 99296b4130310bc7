//! Lines to one text that knows where its pages and headings begin.

use crate::{
    headings::Found,
    layout::Line,
    letters::{Letters, SOFT_HYPHEN},
};
use examen_core::{Contents, Heading};

/// The text of all lines: one line each, an empty one between paragraphs and around headings. A word that is broken
/// over two lines, or two pages, is at the end of the first.
pub(crate) fn text(lines: &[Line], headings: &[Found], n_pages: usize) -> Contents {
    let letters = Letters::of(lines.iter().map(|line| line.text.as_str()));
    let mut contents = Contents::default();
    let (mut next_heading, mut taken) = (headings.iter().peekable(), 0);
    let mut heading_end = 0;
    for (index, line) in lines.iter().enumerate() {
        let heading = next_heading.next_if(|heading| heading.line == index);
        let is_apart = match index.checked_sub(1).map(|before| &lines[before]) {
            None => false,
            Some(before) if before.page != line.page => {
                heading.is_some() || !goes_on(&contents.text, line, taken)
            }
            Some(_) => {
                heading.is_some() || (line.is_apart && index >= heading_end) || index == heading_end
            }
        };
        if index > 0 && is_apart && taken == 0 {
            contents.text.push('\n');
        }
        begin_pages(&mut contents, line.page);
        if let Some(heading) = heading {
            heading_end = index + heading.n_lines;
            let title = heading.title.clone();
            contents.headings.push(Heading {
                start: contents.text.len(),
                level: heading.level,
                title,
            });
        }
        taken = push(
            &mut contents.text,
            &letters,
            &line.text[taken..],
            lines.get(index + 1),
        );
    }
    begin_pages(&mut contents, n_pages.saturating_sub(1));
    contents
}

/// Pages up to this one begin here.
fn begin_pages(contents: &mut Contents, page: usize) {
    while contents.pages.len() <= page {
        contents.pages.push(contents.text.len());
    }
}

/// Adds a line, with the rest of its last word; returns how much of the next line that was.
fn push(text: &mut String, letters: &Letters, line: &str, next: Option<&Line>) -> usize {
    let broken = next.and_then(|next| {
        letters
            .broken_word(line, &next.text)
            .map(|broken| (broken, next))
    });
    let Some(((word, from_line, from_next), next)) = broken else {
        text.push_str(line.trim_end_matches(SOFT_HYPHEN));
        if !line.is_empty() {
            text.push('\n');
        }
        return 0;
    };
    text.push_str(&line[..line.len() - from_line]);
    text.push_str(&word);
    text.push('\n');
    from_next + next.text[from_next..].len() - next.text[from_next..].trim_start().len()
}

/// True if the first line of a page goes on with the last paragraph of the one before.
fn goes_on(text: &str, line: &Line, taken: usize) -> bool {
    let is_within = !text
        .trim_end()
        .ends_with(['.', '!', '?', ':', '»', '"', '”']);
    taken > 0 || (is_within && line.text.starts_with(char::is_lowercase))
}
