//! Repositories, files and commits as the Hub's API tells of them.

use crate::{
    card,
    refusal::Answer,
    state::Inner,
    storage::{
        manifest::{Entry, Manifest},
        repository::Repository,
    },
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const README: &str = "README.md";

/// A repository at a commit.
pub(crate) fn repository(
    shared: &Inner,
    repository: &Repository,
    commit: &str,
    with_files: bool,
) -> Answer<Value> {
    let files = shared.storage.manifest(repository, commit)?;
    let last = repository.commit(commit)?;
    let card = card_of(repository, &files)?;
    let metadata = card
        .and_then(|card| card::metadata(&card).ok())
        .unwrap_or_default();
    let siblings = files
        .0
        .iter()
        .map(|(path, entry)| sibling(path, entry, with_files));
    Ok(json!({
        "_id": repository.facts.id,
        "id": repository.name.id(),
        repository_key(repository): repository.name.id(),
        "author": repository.name.namespace,
        "sha": commit,
        "lastModified": last.date.to_string(),
        "createdAt": repository.facts.created_at.to_string(),
        "private": repository.facts.is_private,
        "gated": false,
        "disabled": false,
        "downloads": 0,
        "likes": 0,
        "tags": metadata.get("tags").cloned().unwrap_or_else(|| json!([])),
        "cardData": metadata,
        "usedStorage": files.size(),
        "siblings": siblings.collect::<Vec<_>>(),
    }))
}

fn repository_key(repository: &Repository) -> &'static str {
    match repository.name.kind {
        crate::names::Kind::Model => "modelId",
        _ => "fullId",
    }
}

/// The text of a revision's README.md, if it has one.
pub(crate) fn card_of(repository: &Repository, files: &Manifest) -> Answer<Option<String>> {
    let readme = files.0.get(README).filter(|entry| entry.large.is_none());
    let bytes = readme.map(|entry| repository.blob(entry)).transpose()?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

fn sibling(path: &str, entry: &Entry, with_files: bool) -> Value {
    let mut sibling = json!({ "rfilename": path });
    if with_files && let Some(known) = sibling.as_object_mut() {
        known.insert("size".into(), entry.size.into());
        known.insert("blobId".into(), entry.oid.clone().into());
        if let Some(large) = &entry.large {
            let lfs = json!({ "sha256": large.sha256, "size": entry.size, "pointerSize": large.pointer_size });
            known.insert("lfs".into(), lfs);
        }
    }
    sibling
}

/// A file in a list of files.
pub(crate) fn file(path: &str, entry: &Entry) -> Map<String, Value> {
    let mut file = Map::new();
    file.insert("type".into(), "file".into());
    file.insert("oid".into(), entry.oid.clone().into());
    file.insert("size".into(), entry.size.into());
    file.insert("path".into(), path.into());
    if let Some(large) = &entry.large {
        let lfs =
            json!({ "oid": large.sha256, "size": entry.size, "pointerSize": large.pointer_size });
        file.insert("lfs".into(), lfs);
        if let Some(xet) = &large.xet {
            file.insert("xetHash".into(), xet.clone().into());
        }
    }
    file
}

/// A folder in a list of files.
pub(crate) fn folder(path: &str, tree_ids: &BTreeMap<String, String>) -> Map<String, Value> {
    let mut folder = Map::new();
    folder.insert("type".into(), "directory".into());
    folder.insert(
        "oid".into(),
        tree_ids.get(path).cloned().unwrap_or_default().into(),
    );
    folder.insert("size".into(), 0.into());
    folder.insert("path".into(), path.into());
    folder
}

/// The commit that last changed a file or something in a folder, for `lastCommit`.
pub(crate) fn last_commit(repository: &Repository, id: &str) -> Answer<Value> {
    let commit = repository.commit(id)?;
    Ok(json!({ "id": id, "title": commit.title, "date": commit.date.to_string() }))
}
