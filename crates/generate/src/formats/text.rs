//! Plain text.

use super::{Borders, Format};
use crate::decode::{NotText, decode};

/// A file that is its text.
pub(super) struct Text;

impl Format for Text {
    fn extensions(&self) -> &'static [&'static str] {
        &["txt", "text"]
    }

    fn text(&self, bytes: &[u8]) -> Result<String, NotText> {
        decode(bytes)
    }

    fn borders(&self) -> Borders {
        Borders::Sentences
    }
}
