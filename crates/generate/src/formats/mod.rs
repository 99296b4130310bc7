//! Document formats: one file each, one list.

mod markdown;
mod text;

use crate::decode::NotText;
use std::path::Path;

/// What can be read, in the order of the guide.
pub const ALL: &[&dyn Format] = &[&text::Text, &markdown::Markdown];

/// How to read one kind of document.
pub trait Format: Sync {
    /// The extensions of its files, in lower case, without the dot.
    fn extensions(&self) -> &'static [&'static str];

    /// The document's text.
    fn text(&self, bytes: &[u8]) -> Result<String, NotText>;

    /// Where its text is best cut.
    fn borders(&self) -> Borders;
}

/// Where a text is best cut into passages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Borders {
    /// Between paragraphs, then sentences, then words.
    Sentences,
    /// At Markdown's headings first, then as [`Borders::Sentences`]; lists and tables stay together where they fit.
    Headings,
}

/// The format of a file, by its extension.
pub fn of(path: &Path) -> Option<&'static dyn Format> {
    let extension = path.extension()?.to_str()?.to_lowercase();
    ALL.iter().copied().find(|format| format.extensions().contains(&extension.as_str()))
}

/// Every extension, for messages: `.txt, .md`.
pub fn extensions() -> String {
    let all = ALL.iter().flat_map(|format| format.extensions());
    all.map(|extension| format!(".{extension}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_found_by_its_extension() {
        assert_eq!(of(Path::new("a/B.TXT")).map(Format::borders), Some(Borders::Sentences));
        assert_eq!(of(Path::new("README.md")).map(Format::borders), Some(Borders::Headings));
        assert!(of(Path::new("a.png")).is_none() && of(Path::new("md")).is_none());
        assert_eq!(extensions(), ".txt, .text, .md, .markdown");
    }
}
