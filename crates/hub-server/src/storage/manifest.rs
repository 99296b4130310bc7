//! The files of one commit, with what git's trees do not tell: sizes, large files, the commit that last changed each.

use crate::{
    names,
    refusal::{Answer, Refusal},
    storage::git::{self, ObjectKind, Objects, TreeLine},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
};

/// Most files of a revision.
pub(crate) const MOST_FILES: usize = 100_000;

/// A file of a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Id of git's blob: the content, or the pointer to it.
    pub(crate) oid: String,
    /// Bytes of the content.
    pub(crate) size: u64,
    /// Where the content is large and kept beside git.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) large: Option<Large>,
    /// The commit that last changed the file.
    pub(crate) commit: String,
}

/// A large file, as git's pointer to it tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Large {
    pub(crate) sha256: String,
    /// Bytes of the pointer.
    pub(crate) pointer_size: u64,
    /// Its hash in Xet's storage, where it came that way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) xet: Option<String>,
}

impl Entry {
    /// Without the commit, which changes when nothing else does.
    fn is_same(&self, other: &Self) -> bool {
        self.oid == other.oid
    }
}

/// The files of a revision by path.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Manifest(pub(crate) BTreeMap<String, Entry>);

/// What a folder holds, one level deep.
#[derive(Default)]
struct Folder<'a> {
    files: Vec<(&'a str, &'a str)>,
    folders: BTreeMap<&'a str, Folder<'a>>,
}

impl Manifest {
    /// Adds or replaces a file; its entry gets `commit` if its content is new.
    pub(crate) fn put(&mut self, path: &str, entry: Entry) {
        match self.0.get_mut(path) {
            Some(known) if known.is_same(&entry) => known.large = entry.large,
            _ => {
                self.0.insert(path.to_owned(), entry);
            }
        }
    }

    /// Removes the files of a folder; the number of them.
    pub(crate) fn remove_folder(&mut self, folder: &str) -> usize {
        let (before, prefix) = (self.0.len(), format!("{}/", folder.trim_end_matches('/')));
        self.0.retain(|path, _| !path.starts_with(&prefix));
        before - self.0.len()
    }

    /// No file is also a folder, and there are not too many.
    pub(crate) fn check(&self) -> Answer<()> {
        if self.0.len() > MOST_FILES {
            return Err(Refusal::too_large(format!(
                "a revision has at most {MOST_FILES} files"
            )));
        }
        for path in self.0.keys() {
            names::check_path(path)?;
            let above = path.match_indices('/').map(|(end, _)| &path[..end]);
            if let Some(file) = above
                .into_iter()
                .find(|folder| self.0.contains_key(*folder))
            {
                return Err(Refusal::invalid(format!(
                    "`{file}` is a file, so `{path}` cannot be in it"
                )));
            }
        }
        Ok(())
    }

    /// Folders that have files in them, at any depth.
    pub(crate) fn folders(&self) -> BTreeSet<&str> {
        let above = |path: &'_ String| {
            path.match_indices('/')
                .map(|(end, _)| end)
                .collect::<Vec<_>>()
        };
        self.0
            .keys()
            .flat_map(|path| above(path).into_iter().map(|end| &path[..end]))
            .collect()
    }

    /// Bytes of all files.
    pub(crate) fn size(&self) -> u64 {
        self.0.values().map(|entry| entry.size).sum()
    }

    /// Writes git's trees; the ids of folders by path, and of the root by the empty path.
    pub(crate) fn write_trees(
        &self,
        objects: &mut Objects,
    ) -> io::Result<BTreeMap<String, String>> {
        let mut ids = BTreeMap::new();
        write_folder(
            &self.root(),
            String::new(),
            &mut |_, content| objects.write(ObjectKind::Tree, content),
            &mut ids,
        )?;
        Ok(ids)
    }

    /// The ids of folders by path, as [`Self::write_trees`] gives them.
    pub(crate) fn tree_ids(&self) -> BTreeMap<String, String> {
        let mut ids = BTreeMap::new();
        let mut id = |_: &str, content: &[u8]| Ok(git::id(ObjectKind::Tree, content));
        let _ = write_folder(&self.root(), String::new(), &mut id, &mut ids);
        ids
    }

    fn root(&self) -> Folder<'_> {
        let mut root = Folder::default();
        for (path, entry) in &self.0 {
            let mut parts = path.split('/').peekable();
            let mut folder = &mut root;
            while let Some(part) = parts.next() {
                match parts.peek() {
                    Some(_) => folder = folder.folders.entry(part).or_default(),
                    None => folder.files.push((part, &entry.oid)),
                }
            }
        }
        root
    }
}

fn write_folder(
    folder: &Folder,
    path: String,
    write: &mut dyn FnMut(&str, &[u8]) -> io::Result<String>,
    ids: &mut BTreeMap<String, String>,
) -> io::Result<String> {
    let mut lines: Vec<TreeLine> = Vec::new();
    for (name, id) in &folder.files {
        lines.push(TreeLine {
            name,
            id: (*id).to_owned(),
            is_folder: false,
        });
    }
    for (name, below) in &folder.folders {
        let below_path = if path.is_empty() {
            (*name).to_owned()
        } else {
            format!("{path}/{name}")
        };
        let id = write_folder(below, below_path, write, ids)?;
        lines.push(TreeLine {
            name,
            id,
            is_folder: true,
        });
    }
    let id = write(&path, &git::tree(lines))?;
    ids.insert(path, id.clone());
    Ok(id)
}
