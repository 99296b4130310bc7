//! One repository: a folder that git can read, with what git does not keep beside it.

use crate::{
    names::{self, RepositoryName},
    refusal::{Answer, Refusal},
    storage::{
        git::{ObjectKind, Objects},
        manifest::{Entry, Manifest},
        references::References,
    },
};
use examen_files::atomic;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

const FACTS: &str = "examen.json";
const COMMITS: &str = "commits";
const MANIFESTS: &str = "manifests";
/// Largest file that is kept in git; larger ones are kept beside it.
pub(crate) const LARGEST_BLOB: u64 = 10 * 1024 * 1024;
/// Most commits of a branch that are listed.
pub(crate) const MOST_COMMITS: usize = 100_000;

/// What is known of a repository beside its files.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Facts {
    /// A name that stays when the repository moves.
    pub(crate) id: String,
    pub(crate) is_private: bool,
    pub(crate) created_at: Timestamp,
}

/// A commit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Commit {
    pub(crate) parent: Option<String>,
    pub(crate) author: String,
    pub(crate) date: Timestamp,
    pub(crate) title: String,
    pub(crate) message: String,
}

impl Commit {
    /// The content of git's object of it.
    pub(crate) fn content(&self, tree: &str) -> Vec<u8> {
        let parent = self
            .parent
            .as_ref()
            .map(|parent| format!("parent {parent}\n"));
        let seconds = self.date.as_second();
        let who = format!(
            "{} <{}@hub.invalid> {seconds} +0000",
            self.author, self.author
        );
        let message = match self.message.is_empty() {
            true => self.title.clone(),
            false => format!("{}\n\n{}", self.title, self.message),
        };
        let parent = parent.unwrap_or_default();
        format!("tree {tree}\n{parent}author {who}\ncommitter {who}\n\n{message}\n").into_bytes()
    }
}

/// A repository that is there.
#[derive(Debug, Clone)]
pub(crate) struct Repository {
    pub(crate) name: RepositoryName,
    pub(crate) folder: PathBuf,
    pub(crate) facts: Facts,
}

impl Repository {
    /// The repository in `folder`, if there is one.
    pub(crate) fn open(name: RepositoryName, folder: PathBuf) -> io::Result<Option<Self>> {
        match fs::read(folder.join(FACTS)) {
            Ok(bytes) => {
                let facts = serde_json::from_slice(&bytes).map_err(io::Error::other)?;
                Ok(Some(Self {
                    name,
                    folder,
                    facts,
                }))
            }
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Makes a repository in `folder`, which is not there yet.
    pub(crate) fn make(folder: &Path, facts: &Facts) -> Answer<()> {
        atomic::create_private_folders(&folder.join("objects"))?;
        atomic::create_private_folders(&folder.join("refs"))?;
        atomic::create_private_folders(&folder.join(COMMITS))?;
        atomic::create_private_folders(&folder.join(MANIFESTS))?;
        atomic::write_bytes(&folder.join("HEAD"), b"ref: refs/heads/main\n")?;
        let config = b"[core]\n\trepositoryformatversion = 0\n\tbare = true\n";
        atomic::write_bytes(&folder.join("config"), config)?;
        References::default().write(folder)?;
        write_facts(folder, facts)
    }

    /// Replaces what is known of it.
    pub(crate) fn set_facts(&mut self, facts: Facts) -> Answer<()> {
        write_facts(&self.folder, &facts)?;
        self.facts = facts;
        Ok(())
    }

    pub(crate) fn references(&self) -> Answer<References> {
        Ok(References::read(&self.folder)?)
    }

    pub(crate) fn objects(&self) -> Objects {
        Objects::of(&self.folder)
    }

    /// The id of the commit that `revision` names.
    pub(crate) fn resolve(&self, revision: &str) -> Answer<String> {
        if let Some(commit) = self.references()?.resolve(revision) {
            return Ok(commit.to_owned());
        }
        match names::is_commit(revision) && self.kept(COMMITS, revision).exists() {
            true => Ok(revision.to_owned()),
            false => Err(Refusal::no_revision(revision)),
        }
    }

    fn kept(&self, what: &str, commit: &str) -> PathBuf {
        self.folder.join(what).join(format!("{commit}.json"))
    }

    /// Reads a commit.
    pub(crate) fn commit(&self, id: &str) -> Answer<Commit> {
        let bytes = fs::read(self.kept(COMMITS, id))?;
        Ok(serde_json::from_slice(&bytes).map_err(io::Error::other)?)
    }

    /// Reads the files of a commit.
    pub(crate) fn manifest(&self, id: &str) -> Answer<Manifest> {
        let bytes = fs::read(self.kept(MANIFESTS, id))?;
        Ok(serde_json::from_slice(&bytes).map_err(io::Error::other)?)
    }

    /// Writes a commit with its trees, all of it down to the disk, and gives its id. No branch has it yet.
    pub(crate) fn write_commit(
        &self,
        commit: &Commit,
        mut files: Manifest,
        objects: &mut Objects,
    ) -> Answer<String> {
        let trees = files.write_trees(objects)?;
        let root = trees.get("").cloned().unwrap_or_default();
        let id = objects.write(ObjectKind::Commit, &commit.content(&root))?;
        objects.sync()?;
        for entry in files.0.values_mut().filter(|entry| entry.commit.is_empty()) {
            entry.commit.clone_from(&id);
        }
        let json = serde_json::to_vec(&files).map_err(io::Error::other)?;
        atomic::write_bytes(&self.kept(MANIFESTS, &id), &json)?;
        let json = serde_json::to_vec(commit).map_err(io::Error::other)?;
        atomic::write_bytes(&self.kept(COMMITS, &id), &json)?;
        Ok(id)
    }

    /// The commits from `tip` back to the first, newest first.
    pub(crate) fn history(&self, tip: &str) -> Answer<Vec<(String, Commit)>> {
        let (mut next, mut history) = (Some(tip.to_owned()), Vec::new());
        while let Some(id) = next.filter(|_| history.len() < MOST_COMMITS) {
            let commit = self.commit(&id)?;
            next = commit.parent.clone();
            history.push((id, commit));
        }
        Ok(history)
    }

    /// The content of a file that is kept in git.
    pub(crate) fn blob(&self, entry: &Entry) -> Answer<Vec<u8>> {
        self.objects().read(&entry.oid, LARGEST_BLOB)
    }
}

fn write_facts(folder: &Path, facts: &Facts) -> Answer<()> {
    let json = serde_json::to_vec_pretty(facts).map_err(io::Error::other)?;
    Ok(atomic::write_bytes(&folder.join(FACTS), &json)?)
}
