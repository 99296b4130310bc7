//! A push: one commit on a branch, or on a new pull request; all of it or nothing.

use crate::{
    names,
    refusal::{Answer, Refusal},
    storage::{
        Storage,
        git::{ObjectKind, Objects},
        manifest::{Entry, Large, Manifest},
        references::{BRANCHES, MAIN, PULL_REQUESTS, References},
        repository::{Commit, Repository},
    },
};
use axum::http::StatusCode;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use jiff::Timestamp;

/// Which files are large whatever their size: those that are not text. The list is the Hub's for a new repository, shortened.
pub(crate) const ATTRIBUTES: &str = include_str!("attributes.txt");

/// The files that `.gitattributes` calls large.
pub(crate) fn large_patterns(attributes: &str) -> Answer<GlobSet> {
    let mut patterns = GlobSetBuilder::new();
    let is_large = |line: &&str| line.split_whitespace().any(|word| word == "filter=lfs");
    for pattern in attributes
        .lines()
        .filter(is_large)
        .filter_map(|line| line.split_whitespace().next())
    {
        // As in git, a pattern without a slash is one of names in every folder.
        let anywhere = match pattern.contains('/') {
            true => pattern.trim_start_matches('/').to_owned(),
            false => format!("**/{pattern}"),
        };
        if let Ok(glob) = GlobBuilder::new(&anywhere).literal_separator(true).build() {
            patterns.add(glob);
        }
    }
    patterns
        .build()
        .map_err(|error| Refusal::invalid(format!(".gitattributes: {error}")))
}

/// What a push does to the files of a revision.
#[derive(Debug, Default)]
pub(crate) struct Change {
    pub(crate) title: String,
    pub(crate) message: String,
    /// The commit that the revision must be at.
    pub(crate) parent: Option<String>,
    pub(crate) files: Vec<(String, Entry)>,
    pub(crate) deleted_files: Vec<String>,
    pub(crate) deleted_folders: Vec<String>,
}

/// What came of a push.
#[derive(Debug)]
pub(crate) struct Pushed {
    pub(crate) commit: String,
    /// The number of the pull request that was made for it.
    pub(crate) pull_request: Option<u64>,
}

impl Change {
    fn apply(&self, mut files: Manifest) -> Answer<Manifest> {
        for path in &self.deleted_files {
            files
                .0
                .remove(path)
                .ok_or_else(|| Refusal::no_entry(path))?;
        }
        for folder in &self.deleted_folders {
            if files.remove_folder(folder) == 0 {
                return Err(Refusal::no_entry(folder));
            }
        }
        for (path, entry) in &self.files {
            names::check_path(path)?;
            files.put(path, entry.clone());
        }
        files.check()?;
        Ok(files)
    }
}

/// The entry of a file that is kept in git; its commit comes with the push.
pub(crate) fn small(objects: &mut Objects, content: &[u8]) -> Answer<Entry> {
    let oid = objects.write(ObjectKind::Blob, content)?;
    let (size, commit) = (content.len() as u64, String::new());
    Ok(Entry {
        oid,
        size,
        large: None,
        commit,
    })
}

/// The entry of a large file: git has the pointer to it, in the words of git-lfs.
pub(crate) fn large(
    objects: &mut Objects,
    sha256: &str,
    size: u64,
    xet: Option<String>,
) -> Answer<Entry> {
    let pointer =
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n");
    let oid = objects.write(ObjectKind::Blob, pointer.as_bytes())?;
    let large = Large {
        sha256: sha256.to_owned(),
        pointer_size: pointer.len() as u64,
        xet,
    };
    Ok(Entry {
        oid,
        size,
        large: Some(large),
        commit: String::new(),
    })
}

/// The first commit of a new repository.
pub(super) fn commit_first(repository: &Repository, author: &str, now: Timestamp) -> Answer<()> {
    let mut objects = repository.objects();
    let mut files = Manifest::default();
    files.put(
        ".gitattributes",
        small(&mut objects, ATTRIBUTES.as_bytes())?,
    );
    let (author, title, message) = (
        author.to_owned(),
        "initial commit".to_owned(),
        String::new(),
    );
    let commit = Commit {
        parent: None,
        author,
        date: now,
        title,
        message,
    };
    let id = repository.write_commit(&commit, files, &mut objects)?;
    let mut references = References::default();
    references.set(format!("{BRANCHES}{MAIN}"), id);
    references.write(&repository.folder)
}

impl Storage {
    /// Makes the commit; with `as_pull_request` on a new pull request from `revision`, else on `revision`. `objects` has written
    /// what is new in it.
    pub(crate) fn push(
        &self,
        repository: &Repository,
        revision: &str,
        as_pull_request: bool,
        change: &Change,
        (author, now): (&str, Timestamp),
        mut objects: Objects,
    ) -> Answer<Pushed> {
        self.change_references(repository, |references| {
            let base = references.pushed(revision)?;
            let tip = references.get(&base).unwrap_or_default().to_owned();
            if change.parent.as_ref().is_some_and(|parent| *parent != tip) {
                return Err(Refusal::of(
                    StatusCode::PRECONDITION_FAILED,
                    format!(
                        "a commit has happened since: {revision} is at {tip}; look at it and push again"
                    ),
                ));
            }
            let before = self.manifest(repository, &tip)?;
            let files = change.apply(Manifest::clone(&before))?;
            let pull_request = as_pull_request.then(|| next_pull_request(references));
            if files.0 == before.0 && pull_request.is_none() {
                let commit = tip;
                return Ok(Pushed { commit, pull_request });
            }
            let commit = Commit {
                parent: Some(tip),
                author: author.to_owned(),
                date: now,
                title: change.title.clone(),
                message: change.message.clone(),
            };
            let commit = repository.write_commit(&commit, files, &mut objects)?;
            let moved = pull_request.map_or(base, |number| format!("{PULL_REQUESTS}{number}"));
            references.set(moved, commit.clone());
            Ok(Pushed { commit, pull_request })
        })
    }
}

fn next_pull_request(references: &References) -> u64 {
    let numbers = references
        .group(PULL_REQUESTS)
        .filter_map(|(number, _)| number.parse::<u64>().ok());
    numbers.max().unwrap_or(0) + 1
}
