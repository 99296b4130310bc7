//! Plain text.

use super::Format;
use crate::reading::{ReadError, decode::decode};
use examen_core::Contents;

/// A file that is its text.
pub(super) struct Text;

impl Format for Text {
    fn extensions(&self) -> &'static [&'static str] {
        &["txt", "text"]
    }

    fn contents(&self, bytes: &[u8]) -> Result<Contents, ReadError> {
        Ok(Contents {
            text: decode(bytes)?,
            ..Contents::default()
        })
    }
}
