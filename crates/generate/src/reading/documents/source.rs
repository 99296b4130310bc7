//! A document that was read: its text and what divides it.

use crate::{reading::formats::Borders, text::language};
use examen_core::{Contents, Document, Heading, Language, Notice};

/// A document with what its passages depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The document.
    pub document: Document,
    /// True if its language was told rather than detected: all of it is in it.
    pub is_told: bool,
    /// Where it is best cut.
    pub borders: Borders,
    /// Its headings, by position.
    pub headings: Vec<Heading>,
    /// First byte of each page, the first page's too; empty where the format has no pages.
    pub pages: Vec<usize>,
    /// What of its file is not in its text, or may be wrong in it.
    pub notices: Vec<Notice>,
    /// For each heading, the index of the one that it is below.
    above: Vec<Option<usize>>,
}

impl Source {
    /// Takes a file's contents, in `language` or the one that is detected. Headings and pages that are not on
    /// character borders of the text in ascending order are left out.
    pub fn new(path: String, contents: Contents, language: Option<Language>) -> Self {
        let Contents {
            text,
            is_markdown,
            mut headings,
            mut pages,
            notices,
            ..
        } = contents;
        let mut last = 0;
        headings.retain(|heading| {
            let is_border = text.is_char_boundary(heading.start) && heading.start >= last;
            last = if is_border { heading.start } else { last };
            is_border
        });
        pages.retain(|&page| text.is_char_boundary(page));
        pages.sort_unstable();
        let is_told = language.is_some();
        let language = language.unwrap_or_else(|| language::detect(&text));
        let borders = if is_markdown {
            Borders::Headings
        } else {
            Borders::Sentences
        };
        let document = Document::new(path, text, language);
        Self {
            above: above(&headings),
            document,
            is_told,
            borders,
            headings,
            pages,
            notices,
        }
    }

    /// The language of a passage.
    pub(crate) fn language_of(&self, passage: &str) -> Language {
        match self.is_told {
            true => self.document.language,
            false => language::detect_part(passage, self.document.language),
        }
    }

    /// The headings above a position in the text, outermost first, with ` > ` between them; `None` above the first one.
    pub fn section_at(&self, byte: usize) -> Option<String> {
        let before = self
            .headings
            .partition_point(|heading| heading.start <= byte);
        let mut titles = Vec::new();
        let mut next = before.checked_sub(1);
        while let Some(index) = next {
            titles.push(self.headings[index].title.as_str());
            next = self.above[index];
        }
        titles.reverse();
        (!titles.is_empty()).then(|| titles.join(" > "))
    }

    /// The page that a position in the text is on, from 1; `None` where the format has no pages.
    pub fn page_at(&self, byte: usize) -> Option<u32> {
        let page = self.pages.partition_point(|&start| start <= byte);
        (!self.pages.is_empty()).then(|| u32::try_from(page.max(1)).unwrap_or(u32::MAX))
    }
}

/// For each heading, the index of the last one before it that is of a higher level.
fn above(headings: &[Heading]) -> Vec<Option<usize>> {
    let mut open: Vec<usize> = Vec::new();
    let above = headings.iter().enumerate().map(|(index, heading)| {
        while open
            .last()
            .is_some_and(|&other| headings[other].level >= heading.level)
        {
            open.pop();
        }
        let above = open.last().copied();
        open.push(index);
        above
    });
    above.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_its_section_and_page() {
        let heading = |start, level, title: &str| Heading {
            start,
            level,
            title: title.to_owned(),
        };
        let headings = vec![
            heading(2, 1, "One"),
            heading(4, 3, "Deep"),
            heading(6, 2, "Less"),
            heading(8, 1, "Two"),
        ];
        let contents = Contents {
            text: "a".repeat(10),
            headings,
            pages: vec![0, 5],
            ..Contents::default()
        };
        let source = Source::new("a.pdf".to_owned(), contents, None);
        let sections: Vec<_> = [0, 2, 5, 6, 9]
            .map(|byte| source.section_at(byte).unwrap_or_default())
            .into();
        assert_eq!(sections, ["", "One", "One > Deep", "One > Less", "Two"]);
        assert_eq!(
            [0, 4, 5, 9].map(|byte| source.page_at(byte)),
            [Some(1), Some(1), Some(2), Some(2)]
        );
    }

    #[test]
    fn places_that_are_none_are_left_out() {
        let headings = [1, 2, 0, 99].map(|start| Heading {
            start,
            level: 1,
            title: "T".to_owned(),
        });
        let contents = Contents {
            text: "ñandú".into(),
            headings: headings.into(),
            pages: vec![1, 0],
            ..Contents::default()
        };
        let source = Source::new("a.pdf".to_owned(), contents, None);
        assert_eq!(
            source
                .headings
                .iter()
                .map(|heading| heading.start)
                .collect::<Vec<_>>(),
            [2]
        );
        assert_eq!(source.pages, [0]);
    }
}
