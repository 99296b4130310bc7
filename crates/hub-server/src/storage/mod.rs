//! The hub's folder: repositories, large files, the key that signs addresses. One process has it at a time.
//!
//! ```text
//! DATA/lock  key  tokens.json
//! DATA/repositories/datasets/ORG/NAME/   a bare git repository, with packed-refs, commits/ID.json and manifests/ID.json
//! DATA/large/                            see `crate::large`
//! DATA/incoming/                         what is being received
//! DATA/trash/                            what is being deleted
//! ```

pub(crate) mod git;
mod importing;
pub(crate) mod manifest;
mod pushing;
pub(crate) mod references;
pub(crate) mod repository;

pub use importing::Imported;
pub(crate) use pushing::{Change, large, large_patterns, small};

use crate::{
    large::LargeFiles,
    names::{Kind, RepositoryName},
    refusal::{Answer, Refusal},
    storage::{
        manifest::{Large, Manifest},
        references::References,
        repository::{Facts, Repository},
    },
};
use examen_files::atomic;
use jiff::Timestamp;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

const REPOSITORIES: &str = "repositories";
const INCOMING: &str = "incoming";
const TRASH: &str = "trash";
const KEY: &str = "key";
const LOCK: &str = "lock";
/// Manifests that are kept in memory.
const CACHED: usize = 32;
/// Most repositories of a hub.
const MOST_REPOSITORIES: usize = 100_000;

/// The hub's folder.
pub struct Storage {
    root: PathBuf,
    /// Signs tokens and addresses.
    pub(crate) key: [u8; 32],
    pub(crate) large: LargeFiles,
    /// One writer a repository.
    writers: Mutex<HashMap<RepositoryName, Arc<Mutex<()>>>>,
    manifests: Mutex<VecDeque<(String, Arc<Manifest>)>>,
    /// Held while this process has the folder.
    _lock: File,
}

impl Storage {
    /// Opens the folder, which is made where it is not there.
    ///
    /// # Errors
    /// If it cannot be written, or another process has it.
    pub fn open(root: &Path) -> io::Result<Self> {
        atomic::create_private_folders(root)?;
        let lock = File::create(root.join(LOCK))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::Error::new(
                io::ErrorKind::WouldBlock,
                "another process has this folder: stop that hub first",
            ),
            TryLockError::Error(error) => error,
        })?;
        for folder in [REPOSITORIES, INCOMING, TRASH] {
            atomic::create_private_folders(&root.join(folder))?;
        }
        for leftover in [INCOMING, TRASH] {
            empty(&root.join(leftover))?;
        }
        Ok(Self {
            key: key(&root.join(KEY))?,
            large: LargeFiles::open(root)?,
            root: root.to_owned(),
            writers: Mutex::default(),
            manifests: Mutex::default(),
            _lock: lock,
        })
    }

    /// Where bodies are received.
    pub(crate) fn incoming(&self) -> PathBuf {
        self.root.join(INCOMING)
    }

    fn folder(&self, name: &RepositoryName) -> PathBuf {
        let kind = self.root.join(REPOSITORIES).join(name.kind.plural());
        kind.join(&name.namespace).join(&name.name)
    }

    /// The repository, if it is there.
    pub(crate) fn repository(&self, name: &RepositoryName) -> Answer<Option<Repository>> {
        Ok(Repository::open(name.clone(), self.folder(name))?)
    }

    /// All repositories of a kind, by name.
    pub(crate) fn repositories(&self, kind: Kind) -> io::Result<Vec<Repository>> {
        let mut found = Vec::new();
        let root = self.root.join(REPOSITORIES).join(kind.plural());
        for namespace in folders(&root)? {
            for name in folders(&root.join(&namespace))? {
                let Ok(named) = RepositoryName::new(kind, &namespace, &name) else {
                    continue;
                };
                let folder = self.folder(&named);
                found.extend(Repository::open(named, folder)?);
            }
        }
        Ok(found)
    }

    /// Only one has a repository's writer at a time.
    fn writer(&self, name: &RepositoryName) -> Arc<Mutex<()>> {
        let mut writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(writers.entry(name.clone()).or_default())
    }

    /// Makes a repository with one commit, so that it has a branch.
    pub(crate) fn create(
        &self,
        name: &RepositoryName,
        is_private: bool,
        author: &str,
        now: Timestamp,
    ) -> Answer<Repository> {
        let writer = self.writer(name);
        let _held = held(&writer);
        let folder = self.folder(name);
        if folder.exists() {
            return Err(Refusal::conflict(format!(
                "You already created this {} repo: {}",
                name.kind.name(),
                name.id()
            )));
        }
        if self.repositories(name.kind)?.len() >= MOST_REPOSITORIES {
            return Err(Refusal::too_large(format!(
                "this hub has {MOST_REPOSITORIES} repositories, which is the most"
            )));
        }
        let made = tempfile::tempdir_in(self.incoming())?;
        let id = git::hex(&rand::random::<[u8; 12]>());
        let facts = Facts {
            id,
            is_private,
            created_at: now,
        };
        Repository::make(made.path(), &facts)?;
        let first = Repository {
            name: name.clone(),
            folder: made.path().to_owned(),
            facts,
        };
        pushing::commit_first(&first, author, now)?;
        atomic::create_private_folders(folder.parent().unwrap_or(&self.root))?;
        atomic::rename(&made.keep(), &folder)?;
        let repository = Repository { folder, ..first };
        Ok(repository)
    }

    /// Gives a repository another name.
    pub(crate) fn rename(&self, from: &Repository, to: &RepositoryName) -> Answer<()> {
        let writer = self.writer(&from.name);
        let _held = held(&writer);
        let folder = self.folder(to);
        if folder.exists() {
            return Err(Refusal::conflict(format!("there is a {to} already")));
        }
        atomic::create_private_folders(folder.parent().unwrap_or(&self.root))?;
        Ok(atomic::rename(&from.folder, &folder)?)
    }

    /// Deletes a repository. Its large files go when the hub is cleaned.
    pub(crate) fn delete(&self, repository: &Repository) -> Answer<()> {
        let writer = self.writer(&repository.name);
        let _held = held(&writer);
        let grave = self
            .root
            .join(TRASH)
            .join(git::hex(&rand::random::<[u8; 12]>()));
        atomic::rename(&repository.folder, &grave)?;
        Ok(atomic::remove(&grave)?)
    }

    /// Changes what the branches, tags and pull requests of a repository are: the one place where they move. Nobody else changes
    /// them meanwhile, and nothing is changed if `change` fails.
    pub(crate) fn change_references<T>(
        &self,
        repository: &Repository,
        change: impl FnOnce(&mut References) -> Answer<T>,
    ) -> Answer<T> {
        let writer = self.writer(&repository.name);
        let _held = held(&writer);
        let before = repository.references()?;
        let mut references = before.clone();
        let changed = change(&mut references)?;
        if references != before {
            references.write(&repository.folder)?;
        }
        Ok(changed)
    }

    /// The large files of all commits that branches, tags and pull requests have.
    pub(crate) fn large_files(&self, repository: &Repository) -> Answer<Vec<Large>> {
        let (mut seen, mut found) = (HashSet::new(), Vec::new());
        for (_, tip) in repository.references()?.all() {
            for (id, _) in repository.history(tip)? {
                // What came before it was seen with it.
                if !seen.insert(id.clone()) {
                    break;
                }
                let files = self.manifest(repository, &id)?;
                found.extend(files.0.values().filter_map(|entry| entry.large.clone()));
            }
        }
        Ok(found)
    }

    /// The files of a commit.
    pub(crate) fn manifest(&self, repository: &Repository, commit: &str) -> Answer<Arc<Manifest>> {
        let key = format!("{}/{commit}", repository.facts.id);
        let mut cached = self
            .manifests
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((_, manifest)) = cached.iter().find(|(known, _)| *known == key) {
            return Ok(Arc::clone(manifest));
        }
        drop(cached);
        let manifest = Arc::new(repository.manifest(commit)?);
        cached = self
            .manifests
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        cached.truncate(CACHED - 1);
        cached.push_front((key, Arc::clone(&manifest)));
        Ok(manifest)
    }
}

/// What was found; nothing where nothing is there.
pub(crate) fn if_there<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A lock, also when who had it before panicked: what it guards is on the disk, and whole there.
fn held(writer: &Mutex<()>) -> MutexGuard<'_, ()> {
    writer.lock().unwrap_or_else(PoisonError::into_inner)
}

fn folders(root: &Path) -> io::Result<Vec<String>> {
    let Some(entries) = if_there(fs::read_dir(root))? else {
        return Ok(Vec::new());
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.extend(entry.file_name().into_string());
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        atomic::remove(&entry?.path()).map_err(io::Error::other)?;
    }
    Ok(())
}

/// The key in the file, or a new one that is put there.
fn key(path: &Path) -> io::Result<[u8; 32]> {
    let Some(bytes) = if_there(fs::read(path))? else {
        let key: [u8; 32] = rand::random();
        atomic::write_bytes(path, &key).map_err(io::Error::other)?;
        return Ok(key);
    };
    bytes.try_into().map_err(|_| {
        io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{}: not a key of 32 bytes", path.display()),
        )
    })
}
