//! PDF, DOCX and PPTX, which the crate `pdf` reads: too slow to compile to be a part of this one.

use super::Format;
use examen_core::Contents;

/// A file that only a reader of another program can read, see [`crate::reading::child`].
pub(super) struct Apart;

impl Format for Apart {
    fn extensions(&self) -> &'static [&'static str] {
        &["pdf", "docx", "pptx"]
    }

    fn contents(&self, _: &[u8]) -> Result<Contents, String> {
        Err("cannot be read: no program is set that reads it".to_owned())
    }

    fn is_complicated(&self) -> bool {
        true
    }
}
