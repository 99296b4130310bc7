//! Walks the folders of the input. Hidden files, the output folder and the report beside it are not looked at; links are
//! followed.

use super::{
    roots::{Filter, Root},
    unreadable::Unreadable,
};
use crate::{
    error::GenerateError,
    reading::{archive, formats::Formats},
    settings::{Inputs, report_of},
};
use examen_files::regular;
use ignore::WalkBuilder;
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs::{self, FileType},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// The files of the input.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) files: Vec<FoundFile>,
    /// Files with others in them.
    pub(super) archives: Vec<FoundFile>,
    pub(super) unlisted: Vec<Unreadable>,
    /// Number of files that are not read, by kind.
    pub(super) others: BTreeMap<String, usize>,
    /// Where links among them lead.
    pub(super) linked: BTreeSet<PathBuf>,
}

/// The kind of what an office program leaves beside an open document, under the document's extension.
const LOCK: &str = "lock file of an open document";

impl Found {
    /// True for a file that is read, by its name; any other is counted.
    pub(super) fn is_read(&mut self, path: &Path, formats: Formats) -> bool {
        if is_lock(path) {
            self.other(LOCK);
        } else if !formats.has(path) {
            self.other(&kind_of(path));
        } else {
            return true;
        }
        false
    }

    /// Adds a file; `odd` is its kind, where it is no regular one.
    fn add(&mut self, file: FoundFile, odd: Option<FileType>, shown: &str, formats: Formats) {
        let is_archive = archive::is_archive(&file.below);
        if !is_archive && !self.is_read(&file.below, formats) {
            return;
        }
        match odd {
            Some(kind) => self.unlisted.push(Unreadable {
                path: shown.to_owned(),
                reason: format!("is no regular file but {}", regular::kind(kind)),
            }),
            None if is_archive => self.archives.push(file),
            None => self.files.push(file),
        }
    }

    fn other(&mut self, kind: &str) {
        *self.others.entry(kind.to_owned()).or_default() += 1;
    }

    /// The kinds of files that are not read, with their numbers: `2 × .zip, 1 × .bin`.
    pub(super) fn other_kinds(&self) -> String {
        let kinds = self.others.iter().map(|(kind, n)| format!("{n} × {kind}"));
        kinds.collect::<Vec<_>>().join(", ")
    }
}

/// True for the file by which an office program marks a document as open.
fn is_lock(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"~$"))
}

/// The kind of a file that is not read: its extension.
fn kind_of(path: &Path) -> String {
    match path.extension() {
        Some(extension) => format!(".{}", extension.to_string_lossy().to_lowercase()),
        None => "without an extension".to_owned(),
    }
}

/// A file in a format that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundFile {
    /// Which of the roots it lies below.
    pub(super) root: usize,
    /// Its path below that.
    pub(super) below: Box<Path>,
}

/// The files to read, in the order of the paths that they are told by.
pub(super) fn find(inputs: &Inputs, roots: &[Root], output: &Path) -> Result<Found, GenerateError> {
    let (filter, formats) = (inputs.filter()?, Formats::with(inputs.formats));
    let mut found = Found::default();
    for (index, root) in roots.iter().enumerate() {
        let links = Arc::new(Mutex::new(Links::default()));
        for entry in walk(&root.walked, output, &links) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    found.unlisted.push(unlisted(root, &error));
                    continue;
                }
            };
            let below = entry
                .path()
                .strip_prefix(&root.folder)
                .unwrap_or(entry.path());
            if entry.path_is_symlink() {
                found.linked.extend(fs::canonicalize(entry.path()));
            }
            let kind = entry.file_type().filter(|kind| !kind.is_file());
            if kind.is_none_or(|kind| !kind.is_dir()) && takes(&filter, root, below) {
                let file = FoundFile {
                    root: index,
                    below: below.into(),
                };
                found.add(file, kind, &shown(root, below), formats);
            }
        }
        let links = links.lock().unwrap_or_else(PoisonError::into_inner);
        found.unlisted.extend(links.skipped.iter().map(|link| {
            let below = link.strip_prefix(&root.folder).unwrap_or(link);
            Unreadable {
                path: shown(root, below),
                reason: "is not followed: another link leads to the same folder".to_owned(),
            }
        }));
    }
    found
        .files
        .sort_by_cached_key(|file| shown(&roots[file.root], &file.below));
    let place = |file: &mut FoundFile| (roots[file.root].folder.clone(), file.below.clone());
    found.files.dedup_by_key(place);
    found
        .archives
        .sort_by_cached_key(|file| shown(&roots[file.root], &file.below));
    found.archives.dedup_by_key(place);
    found.unlisted.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// True if a file is wanted. What is in an archive is chosen by its own path.
fn takes(filter: &Filter, root: &Root, below: &Path) -> bool {
    let is_taken = match archive::is_archive(below) {
        true => !filter.excludes(below),
        false => filter.takes(below),
    };
    is_taken && root.takes(below)
}

/// Links to folders that were followed.
#[derive(Debug, Default)]
struct Links {
    followed: HashSet<PathBuf>,
    /// Those to a folder that another link had led to: followed each time, a few of them lead to any number of paths.
    skipped: Vec<PathBuf>,
}

impl Links {
    /// True if it is the first link that leads there.
    fn follows(&mut self, link: &Path) -> bool {
        let is_new = fs::canonicalize(link).is_ok_and(|folder| self.followed.insert(folder));
        if !is_new {
            self.skipped.push(link.to_owned());
        }
        is_new
    }
}

fn walk(input: &Path, output: &Path, links: &Arc<Mutex<Links>>) -> ignore::Walk {
    let links = Arc::clone(links);
    let report = report_of(output);
    let (output, report_name) = (
        fs::canonicalize(output).ok(),
        report.file_name().map(ToOwned::to_owned),
    );
    let report = fs::canonicalize(report).ok();
    WalkBuilder::new(input)
        .standard_filters(false)
        .hidden(true)
        .follow_links(true)
        .filter_entry(move |entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            // Our own card ends in .md and our report in .html: without this, a second run would ask about the first one's.
            let is_at = |place: &Option<PathBuf>| {
                place.is_some() && fs::canonicalize(entry.path()).ok() == *place
            };
            let is_ours = if is_folder {
                is_at(&output)
            } else {
                report_name.as_deref() == Some(entry.file_name()) && is_at(&report)
            };
            let is_link = is_folder && entry.path_is_symlink();
            let mut links = links.lock().unwrap_or_else(PoisonError::into_inner);
            !is_ours && (!is_link || links.follows(entry.path()))
        })
        .build()
}

/// The path that a document is told by, with `/` on every system.
pub(super) fn shown(root: &Root, below: &Path) -> String {
    let parts = below
        .components()
        .map(|part| part.as_os_str().to_string_lossy());
    root.prefix.clone() + &parts.collect::<Vec<_>>().join("/")
}

/// Reason without the machine's paths that the error holds: rows are published.
fn unlisted(root: &Root, error: &ignore::Error) -> Unreadable {
    let reason = match error.io_error() {
        Some(error) => error.kind().to_string(),
        None => "a link leads back to a folder above it".to_owned(),
    };
    let path = error_path(error).map(|path| {
        path.strip_prefix(&root.folder)
            .map_or_else(|_| PathBuf::new(), Path::to_owned)
    });
    Unreadable {
        path: path.map(|below| shown(root, &below)).unwrap_or_default(),
        reason: format!("cannot be listed: {reason}"),
    }
}

fn error_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            error_path(err)
        }
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}
