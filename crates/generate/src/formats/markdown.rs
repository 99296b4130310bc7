//! Markdown, kept as it is: models read it, and headings say where to cut.

use super::{Borders, Format};
use crate::decode::{NotText, decode};

/// A Markdown file.
pub(super) struct Markdown;

impl Format for Markdown {
    fn extensions(&self) -> &'static [&'static str] {
        &["md", "markdown"]
    }

    fn text(&self, bytes: &[u8]) -> Result<String, NotText> {
        decode(bytes)
    }

    fn borders(&self) -> Borders {
        Borders::Headings
    }
}
