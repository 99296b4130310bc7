//! Branches, tags and pull requests of a repository: one file, in git's own format, replaced as a whole.

use crate::{
    names,
    refusal::{Answer, Refusal},
};
use examen_files::atomic;
use std::{collections::BTreeMap, fs, io, path::Path};

/// The branch that a new repository has.
pub(crate) const MAIN: &str = "main";
const FILE: &str = "packed-refs";
const HEAD: &str = "# pack-refs with: peeled fully-peeled sorted \n";
/// Most branches, tags and pull requests of a repository.
const MOST: usize = 10_000;

/// The references of a repository: full name (`refs/heads/main`) → commit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct References(BTreeMap<String, String>);

/// How the full names of a group begin.
pub(crate) const BRANCHES: &str = "refs/heads/";
pub(crate) const TAGS: &str = "refs/tags/";
pub(crate) const PULL_REQUESTS: &str = "refs/pr/";

impl References {
    pub(crate) fn read(repository: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(repository.join(FILE))?;
        let lines = text.lines().filter(|line| !line.starts_with(['#', '^']));
        let pairs = lines.filter_map(|line| line.split_once(' '));
        Ok(Self(
            pairs
                .map(|(id, name)| (name.to_owned(), id.to_owned()))
                .collect(),
        ))
    }

    pub(crate) fn write(&self, repository: &Path) -> Answer<()> {
        if self.0.len() > MOST {
            return Err(Refusal::too_large(format!(
                "a repository has at most {MOST} branches and tags"
            )));
        }
        let lines = self.0.iter().map(|(name, id)| format!("{id} {name}\n"));
        let text: String = std::iter::once(HEAD.to_owned()).chain(lines).collect();
        Ok(atomic::write_bytes(
            &repository.join(FILE),
            text.as_bytes(),
        )?)
    }

    /// The commit that a revision names: a full name, a branch, a tag.
    pub(crate) fn resolve(&self, revision: &str) -> Option<&str> {
        let full = [
            revision.to_owned(),
            format!("{BRANCHES}{revision}"),
            format!("{TAGS}{revision}"),
        ];
        full.iter()
            .find_map(|name| self.0.get(name))
            .map(String::as_str)
    }

    /// The full name of what a push to `revision` moves: a branch, or a pull request by its full name.
    pub(crate) fn pushed(&self, revision: &str) -> Answer<String> {
        let is_known = |name: &String| self.0.contains_key(name);
        let candidates = [format!("{BRANCHES}{revision}"), revision.to_owned()];
        let found = candidates.into_iter().find(is_known);
        found
            .filter(|name| !name.starts_with(TAGS))
            .ok_or_else(|| Refusal::no_revision(revision))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(crate) fn set(&mut self, name: String, commit: String) {
        self.0.insert(name, commit);
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// Those whose full names begin with `prefix`: what follows it, and the commit.
    pub(crate) fn group<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let tail = move |(name, id): (&'a String, &'a String)| {
            Some((name.strip_prefix(prefix)?, id.as_str()))
        };
        self.0.iter().filter_map(tail)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, id)| (name.as_str(), id.as_str()))
    }

    /// No branch or tag can be a folder of another, as in git.
    pub(crate) fn check_new(&self, prefix: &str, name: &str) -> Answer<String> {
        names::check_reference(name)?;
        let full = format!("{prefix}{name}");
        let is_below =
            |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.starts_with('/'));
        match self
            .0
            .keys()
            .any(|known| is_below(known, &full) || is_below(&full, known))
        {
            true => Err(Refusal::conflict(format!(
                "`{name}` stands in the way of another branch or tag"
            ))),
            false => Ok(full),
        }
    }
}
