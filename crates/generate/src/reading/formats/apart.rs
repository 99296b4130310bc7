//! PDF, DOCX and PPTX, which the crate `pdf` reads: too slow to compile to be a part of this one.

use super::Format;
use crate::reading::ReadError;
use examen_core::Contents;

/// A file that only a reader of another program can read, see [`crate::reading::child`].
pub(super) struct Apart;

impl Format for Apart {
    fn extensions(&self) -> &'static [&'static str] {
        &["pdf", "docx", "pptx"]
    }

    fn contents(&self, _: &[u8]) -> Result<Contents, ReadError> {
        Err(ReadError::NoReader)
    }

    fn is_complicated(&self) -> bool {
        true
    }
}
