//! Documents in archives: unpacked to a folder of the run's own, from which they are read like others.
//!
//! The child process unpacks, this one writes. One level: an archive in an archive is not opened.

use super::{
    find::{Found, FoundFile, shown},
    roots::{Filter, Root},
    unreadable::Unreadable,
};
use crate::{
    error::GenerateError,
    reading::{
        archive::{Member, is_archive},
        child::Reader,
        formats::Formats,
    },
};
use std::{
    fs,
    path::{Component, Path, PathBuf},
};
use tempfile::TempDir;

/// Most bytes of all documents in archives together.
const MAX_BYTES: u64 = 1 << 30;

/// Unpacks the documents of the archives that were found, into a new folder that lasts as long as the result.
pub(super) struct Unpacking<'a> {
    pub(super) reader: &'a Reader,
    pub(super) filter: &'a Filter,
    pub(super) formats: Formats,
    /// Bytes that are written.
    n_bytes: u64,
    folder: TempDir,
}

impl<'a> Unpacking<'a> {
    pub(super) fn new(
        reader: &'a Reader,
        filter: &'a Filter,
        formats: Formats,
    ) -> Result<Self, GenerateError> {
        let folder = tempfile::Builder::new()
            .prefix("examen-archives-")
            .tempdir();
        Ok(Self {
            reader,
            filter,
            formats,
            n_bytes: 0,
            folder: folder.map_err(GenerateError::Spool)?,
        })
    }

    /// Adds the documents to what was found; each archive becomes a root.
    pub(super) fn unpack(mut self, found: &mut Found, roots: &mut Vec<Root>) -> TempDir {
        for archive in std::mem::take(&mut found.archives) {
            let path = roots[archive.root].folder.join(&archive.below);
            let name = shown(&roots[archive.root], &archive.below);
            let members = match self.reader.members(&path) {
                Ok(members) => members,
                Err(error) => {
                    found.unlisted.push(unreadable(name, &error));
                    continue;
                }
            };
            let folder = self.folder.path().join(roots.len().to_string());
            let root = Root::of_archive(&folder, name);
            self.unpack_one(&path, members, &root, roots.len(), found);
            roots.push(root);
        }
        found
            .files
            .sort_by_cached_key(|file| shown(&roots[file.root], &file.below));
        found.unlisted.sort_by(|a, b| a.path.cmp(&b.path));
        self.folder
    }

    fn unpack_one(
        &mut self,
        archive: &Path,
        members: Vec<Member>,
        root: &Root,
        index: usize,
        found: &mut Found,
    ) {
        for member in members {
            let below = PathBuf::from(&member.path);
            let path = shown(root, &below);
            let is_hidden = |part: Component<'_>| {
                let name = part.as_os_str().as_encoded_bytes();
                matches!(part, Component::Normal(_)) && name.starts_with(b".")
            };
            if below.components().any(is_hidden) || !self.filter.takes(Path::new(&path)) {
                continue;
            }
            if is_archive(&below) {
                found.unlisted.push(Unreadable {
                    path,
                    reason: "is an archive in an archive: unpack the outer one".to_owned(),
                });
                continue;
            }
            if !found.is_read(&below, self.formats) {
                continue;
            }
            let written = match member.fault {
                Some(fault) => Err(fault),
                None => self.write(archive, member.index, &root.folder.join(&below)),
            };
            match written {
                Ok(()) => found.files.push(FoundFile {
                    root: index,
                    below: below.into(),
                }),
                Err(reason) => found.unlisted.push(Unreadable { path, reason }),
            }
        }
    }

    fn write(&mut self, archive: &Path, index: usize, to: &Path) -> Result<(), String> {
        let bytes = self.reader.member(archive, index);
        let bytes = bytes.map_err(|error| error.to_string())?;
        self.n_bytes += bytes.len() as u64;
        if self.n_bytes > MAX_BYTES {
            self.n_bytes -= bytes.len() as u64;
            return Err(format!(
                "cannot be read: the documents in archives are more than {} MB; unpack them",
                MAX_BYTES >> 20
            ));
        }
        let above = to.parent().unwrap_or(to);
        let written = fs::create_dir_all(above).and_then(|()| fs::write(to, bytes));
        written.map_err(|error| format!("cannot be unpacked: {}", error.kind()))
    }
}

fn unreadable(path: String, error: &crate::reading::ReadError) -> Unreadable {
    Unreadable {
        path,
        reason: error.to_string(),
    }
}
