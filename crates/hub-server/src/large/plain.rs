//! Large files that come by git-lfs: as they are, checked while they come.

use crate::{
    large::{LargeFiles, PLAIN},
    refusal::{Answer, Refusal},
    storage::git::hex,
};
use examen_files::atomic;
use sha2::{Digest, Sha256};
use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

/// A large file that is being received.
pub(crate) struct Receiving {
    file: tempfile::NamedTempFile,
    hash: Sha256,
    length: u64,
}

impl Receiving {
    pub(crate) fn begin(incoming: &Path) -> io::Result<Self> {
        let file = tempfile::NamedTempFile::new_in(incoming)?;
        Ok(Self {
            file,
            hash: Sha256::new(),
            length: 0,
        })
    }

    pub(crate) fn take(mut self, bytes: &[u8]) -> io::Result<Self> {
        self.file.write_all(bytes)?;
        self.hash.update(bytes);
        self.length += bytes.len() as u64;
        Ok(self)
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }
}

impl LargeFiles {
    pub(super) fn plain_path(&self, sha256: &str) -> PathBuf {
        self.path(PLAIN, sha256)
    }

    /// Keeps what was received, if it is what was announced.
    pub(crate) fn keep(&self, received: Receiving, sha256: &str, size: u64) -> Answer<()> {
        if received.length != size || hex(&received.hash.finalize()) != sha256 {
            return Err(Refusal::invalid(
                "the bytes that came are not those that were announced; send them again",
            ));
        }
        let path = self.plain_path(sha256);
        atomic::create_private_folders(path.parent().unwrap_or(&self.root))?;
        Ok(atomic::rename(
            &received
                .file
                .into_temp_path()
                .keep()
                .map_err(|error| error.error)?,
            &path,
        )?)
    }
}
