//! The cache of `huggingface_hub`, which other programs fill: it is read and never written.
//!
//! ```text
//! <cache>/models--<org>--<name>/refs/<revision>            a commit
//! <cache>/models--<org>--<name>/snapshots/<commit>/…       its files, links to
//! <cache>/models--<org>--<name>/blobs/<sha256 or git hash>
//! ```

use crate::sources::{
    hugging_face::{Announced, choose, is_commit, is_weights},
    name::HuggingFaceFile,
};
use std::{
    fs,
    path::{Component, Path, PathBuf},
};

/// Deepest folder of a snapshot that is looked into, and most files.
const MAX_DEPTH: usize = 8;
const MAX_FILES: usize = 100_000;

/// Files of a repository at a commit.
pub(super) struct SharedSnapshot {
    /// Folder of the files.
    pub(super) folder: PathBuf,
    /// The commit.
    pub(super) commit: String,
    /// The files.
    pub(super) files: Vec<Announced>,
}

/// A model there.
pub(super) enum SharedModel {
    /// All of it: the file to load, or the folder if there are several.
    Whole(PathBuf),
    /// Not all of it: names of files that are missing.
    Partial(Vec<String>),
}

/// The snapshot of a repository of this kind, `models` or `datasets`, at the source's revision.
pub(super) fn snapshot(
    cache: &Path,
    kind: &str,
    source: &HuggingFaceFile,
) -> Option<SharedSnapshot> {
    let name = format!("{kind}--{}--{}", source.organization, source.repository);
    let repository = cache.join(name);
    let revision = source.revision.as_deref().unwrap_or("main");
    let commit = match is_commit(revision) {
        true => revision.to_owned(),
        false => {
            let is_below = Path::new(revision)
                .components()
                .all(|part| matches!(part, Component::Normal(_)));
            let file = repository.join("refs").join(revision);
            is_below
                .then(|| fs::read_to_string(file).ok())??
                .trim()
                .to_owned()
        }
    };
    let folder = repository.join("snapshots").join(&commit);
    if !is_commit(&commit) || !folder.is_dir() {
        return None;
    }
    let mut files = Vec::new();
    list(&folder, "", 0, &mut files);
    files.sort_by(|a: &Announced, b: &Announced| a.path.cmp(&b.path));
    Some(SharedSnapshot {
        folder,
        commit,
        files,
    })
}

/// The model of this source; `None` if nothing of it is there.
pub(super) fn model(cache: &Path, source: &HuggingFaceFile) -> Option<SharedModel> {
    let snapshot = snapshot(cache, "models", source)?;
    let wanted = choose(&source.repository, source.file.as_deref(), snapshot.files).ok()?;
    let missing = missing(&wanted);
    if !missing.is_empty() {
        return Some(SharedModel::Partial(missing));
    }
    Some(SharedModel::Whole(match &wanted[..] {
        [file] => snapshot.folder.join(&file.path),
        [first, ..] if first.path.ends_with(".gguf") => snapshot.folder.join(&first.path),
        _ => snapshot.folder,
    }))
}

/// Names of the files without which these are no model: settings, tokenizer, and the other shards.
fn missing(files: &[Announced]) -> Vec<String> {
    let is_there = |name: &str| files.iter().any(|file| file.path == name);
    let mut missing = Vec::new();
    if files.iter().any(|file| is_weights(&file.path)) {
        let needed = ["config.json", "tokenizer.json"];
        missing.extend(
            needed
                .into_iter()
                .filter(|name| !is_there(name))
                .map(str::to_owned),
        );
    }
    let siblings = files.iter().flat_map(|file| shards(&file.path));
    missing.extend(siblings.filter(|name| !is_there(name)));
    missing.sort_unstable();
    missing.dedup();
    missing
}

/// Names of all shards of the model that this file is one of: `model-00001-of-00003.safetensors`.
fn shards(path: &str) -> Vec<String> {
    let parsed = || {
        let (stem, ending) = path.rsplit_once('.')?;
        let (rest, n) = stem.rsplit_once("-of-")?;
        let (stem, _) = rest.rsplit_once('-')?;
        let count: usize = n.parse().ok().filter(|_| n.len() == 5)?;
        Some(
            (1..=count)
                .map(move |i| format!("{stem}-{i:05}-of-{n}.{ending}"))
                .collect(),
        )
    };
    parsed().unwrap_or_default()
}

/// Files below a folder; links that lead nowhere are none.
fn list(folder: &Path, prefix: &str, depth: usize, files: &mut Vec<Announced>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = format!("{prefix}{name}");
        match fs::metadata(entry.path()) {
            Ok(metadata) if metadata.is_dir() && depth < MAX_DEPTH => {
                list(&entry.path(), &format!("{path}/"), depth + 1, files);
            }
            Ok(metadata) if metadata.is_file() && files.len() < MAX_FILES => {
                files.push(Announced {
                    path,
                    bytes: metadata.len(),
                })
            }
            _ => {}
        }
    }
}
