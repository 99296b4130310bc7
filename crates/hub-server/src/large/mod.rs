//! Large files: kept once, whichever repositories have them, and whichever way they came.
//!
//! ```text
//! DATA/large/plain/SHA256     as they came by git-lfs
//! DATA/large/xorbs/HASH       pieces that came by Xet, many to a file, with where each begins ("xorb")
//! DATA/large/files/HASH       a file that came by Xet: which pieces of which xorbs, one after the other
//! DATA/large/sha256/SHA256    that file's hash, by the SHA-256 of its content
//! DATA/large/chunks/HASH      the xorb that has a piece which clients ask for, to send nothing twice
//! ```
//! Formats and hashes of Xet are those of `xet-core-structures`, which the clients use as well.

mod cleaning;
mod content;
mod files;
mod plain;
mod reconstruction;
mod xorbs;

pub use cleaning::Cleaned;
pub(crate) use content::{Content, read_file};
pub(crate) use plain::Receiving;
pub(crate) use reconstruction::{Fetch, Reconstruction};
pub(crate) use xorbs::LARGEST_XORB;

use examen_files::atomic;
use std::{
    io,
    path::{Path, PathBuf},
};
use xet_core_structures::merklehash::MerkleHash;

/// The folder of large files.
#[derive(Debug, Clone)]
pub(crate) struct LargeFiles {
    root: PathBuf,
}

/// Groups of files by hash.
const PLAIN: &str = "plain";
const XORBS: &str = "xorbs";
const FILES: &str = "files";
const SHA256: &str = "sha256";
const CHUNKS: &str = "chunks";

impl LargeFiles {
    pub(crate) fn open(data: &Path) -> io::Result<Self> {
        let root = data.join("large");
        for group in [PLAIN, XORBS, FILES, SHA256, CHUNKS] {
            atomic::create_private_folders(&root.join(group))?;
        }
        Ok(Self { root })
    }

    /// Where a group keeps what has this hash, in hexadecimal digits.
    fn path(&self, group: &str, hash: &str) -> PathBuf {
        let folder = hash.get(..2).unwrap_or("00");
        self.root.join(group).join(folder).join(hash)
    }
}

/// A hash of Xet in a path.
pub(crate) fn hash(text: &str) -> Option<MerkleHash> {
    MerkleHash::from_hex(text)
        .ok()
        .filter(|_| crate::names::is_hex(text))
}
