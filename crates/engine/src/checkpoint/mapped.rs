//! A file mapped into memory.

use crate::error::EngineError;
use memmap2::Mmap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The bytes of a file, read by the system when they are touched.
pub(crate) struct MappedFile {
    pub(crate) path: PathBuf,
    map: Mmap,
}

impl MappedFile {
    pub(crate) fn open(path: &Path) -> Result<Self, EngineError> {
        let failed = |source| EngineError::Read {
            path: path.to_owned(),
            source,
        };
        let file = std::fs::File::open(path).map_err(failed)?;
        #[expect(unsafe_code, reason = "mapping is the only way not to copy gigabytes")]
        // SAFETY: the map is read-only. Another process that cuts or rewrites the file while it is mapped breaks
        // this, as for every program that maps model files; we never write to model files ourselves.
        let map = unsafe { Mmap::map(&file) }.map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            map,
        })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Lets the system take back the memory of a range; it is read again when it is touched.
    pub(crate) fn release(&self, range: Range<usize>) {
        #[cfg(unix)]
        {
            #[expect(
                unsafe_code,
                reason = "the advice is unsafe for maps that are written to"
            )]
            // SAFETY: the map is read-only and backed by the file, so that a page that is dropped comes back the same.
            let advised = unsafe {
                self.map.unchecked_advise_range(
                    memmap2::UncheckedAdvice::DontNeed,
                    range.start,
                    range.len(),
                )
            };
            // Advice that is not taken costs memory, not correctness.
            drop(advised);
        }
    }

    pub(crate) fn damaged(&self, reason: impl Into<String>) -> EngineError {
        EngineError::Damaged {
            path: self.path.clone(),
            reason: reason.into(),
        }
    }
}
