//! Git's objects: what `git clone` reads. Each is a file of its own, as git keeps new ones ("loose").

use crate::refusal::{Answer, Refusal};
use examen_files::atomic;
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use sha1::{Digest, Sha1};
use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

/// Longest head of an object: its kind and its length.
const LONGEST_HEAD: usize = 32;
/// From how many files on all of the disk is synced at once rather than one file after the other.
const SYNC_ALL_FROM: usize = 32;

/// A kind of object.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ObjectKind {
    Blob,
    Tree,
    Commit,
}

impl ObjectKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::Tree => "tree",
            Self::Commit => "commit",
        }
    }
}

/// The id that git gives an object.
pub(crate) fn id(kind: ObjectKind, content: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(head(kind, content.len()));
    hash.update(content);
    hex(&hash.finalize())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn head(kind: ObjectKind, length: usize) -> Vec<u8> {
    format!("{} {length}\0", kind.name()).into_bytes()
}

/// The objects of one repository, and those of them that are not on the disk for sure.
pub(crate) struct Objects {
    folder: PathBuf,
    unsynced: Vec<PathBuf>,
}

impl Objects {
    pub(crate) fn of(repository: &Path) -> Self {
        Self {
            folder: repository.join("objects"),
            unsynced: Vec::new(),
        }
    }

    fn path(&self, id: &str) -> PathBuf {
        let (folder, file) = id.split_at(2);
        self.folder.join(folder).join(file)
    }

    /// Writes an object, unless it is there, and gives its id. [`Self::sync`] brings it to the disk.
    pub(crate) fn write(&mut self, kind: ObjectKind, content: &[u8]) -> io::Result<String> {
        let id = id(kind, content);
        let path = self.path(&id);
        if path.exists() {
            return Ok(id);
        }
        let folder = path.parent().unwrap_or(&self.folder);
        atomic::create_private_folders(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        let mut zlib = ZlibEncoder::new(&mut file, Compression::fast());
        zlib.write_all(&head(kind, content.len()))?;
        zlib.write_all(content)?;
        zlib.finish()?;
        file.persist(&path).map_err(|error| error.error)?;
        self.unsynced.push(path);
        Ok(id)
    }

    /// What was written is on the disk when this returns.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        let written = std::mem::take(&mut self.unsynced);
        if written.len() >= SYNC_ALL_FROM && sync_all(&self.folder)? {
            return Ok(());
        }
        for path in &written {
            File::open(path)?.sync_all()?;
            if let Some(folder) = path.parent() {
                File::open(folder)?.sync_all()?;
            }
        }
        File::open(&self.folder)?.sync_all()
    }

    /// The content of an object of at most `most` bytes.
    pub(crate) fn read(&self, id: &str, most: u64) -> Answer<Vec<u8>> {
        let file = fs::File::open(self.path(id))?;
        let mut bytes = Vec::new();
        let limit = most + LONGEST_HEAD as u64;
        ZlibDecoder::new(file).take(limit).read_to_end(&mut bytes)?;
        let end = bytes.iter().take(LONGEST_HEAD).position(|byte| *byte == 0);
        let end =
            end.ok_or_else(|| Refusal::from(io::Error::other(format!("object {id} is damaged"))))?;
        Ok(bytes.split_off(end + 1))
    }
}

/// Syncs all of the disk that `folder` is on, where the system can.
#[cfg(target_os = "linux")]
fn sync_all(folder: &Path) -> io::Result<bool> {
    rustix::fs::syncfs(File::open(folder)?)?;
    Ok(true)
}

#[cfg(not(target_os = "linux"))]
fn sync_all(_folder: &Path) -> io::Result<bool> {
    Ok(false)
}

/// One line of a tree: a file or a folder in it.
pub(crate) struct TreeLine<'a> {
    pub(crate) name: &'a str,
    pub(crate) id: String,
    pub(crate) is_folder: bool,
}

/// A tree's content; git sorts folders as if their names ended in a slash.
pub(crate) fn tree(mut lines: Vec<TreeLine>) -> Vec<u8> {
    let sorted_as =
        |line: &TreeLine| format!("{}{}", line.name, if line.is_folder { "/" } else { "" });
    lines.sort_by_cached_key(sorted_as);
    let mut content = Vec::new();
    for line in &lines {
        let mode = if line.is_folder { "40000" } else { "100644" };
        content.extend_from_slice(format!("{mode} {}\0", line.name).as_bytes());
        content.extend_from_slice(&bytes_of(&line.id));
    }
    content
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let pair = |at| u8::from_str_radix(hex.get(at..at + 2).unwrap_or("00"), 16).unwrap_or(0);
    (0..hex.len()).step_by(2).map(pair).collect()
}
