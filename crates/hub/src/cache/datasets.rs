//! Datasets of the Hub, at a commit each. Of a dataset there are as many files here as somebody wanted.
//!
//! A file is moved to its place when it is whole, so whatever is there can be read.

use super::{
    lock::lock,
    shared::{self, SharedSnapshot},
};
use crate::{
    error::HubError,
    sources::{
        hugging_face::{Announced, HubAccess, Snapshot, is_commit, path_below},
        name::HuggingFaceFile,
    },
};
use examen_core::Progress;
use examen_files::atomic;
use hf_hub::repository::RepoTypeDataset;
use std::{
    fs,
    path::{Path, PathBuf},
};

const FILES: &str = "files.json";

/// Datasets that have been fetched to this machine.
#[derive(Debug, Clone)]
pub struct DatasetCache {
    root: PathBuf,
    hub: HubAccess,
}

/// Content of a dataset at one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetListing {
    /// The dataset as it was asked for, with the commit as its revision: what names the same files for ever.
    pub source: HuggingFaceFile,
    /// Folder of its files once they are fetched, by their paths in it.
    pub folder: PathBuf,
    /// Its files, by path.
    pub files: Vec<DatasetFile>,
}

/// One file of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetFile {
    /// Its path in the dataset, with `/`.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// `true` if it is here.
    pub is_here: bool,
}

impl DatasetCache {
    /// The cache in the folder `root`, which need not exist yet; it may be that of the models. `hub` says how to reach
    /// the Hugging Face Hub.
    pub fn new(root: impl Into<PathBuf>, hub: HubAccess) -> Self {
        Self {
            root: root.into(),
            hub,
        }
    }

    /// Lists the files of a dataset. Fetches none. The Hub is not asked about a commit that it was asked about before.
    ///
    /// # Errors
    /// If the Hub does not know the dataset or the revision, keeps it from whoever asks, or cannot be reached.
    pub async fn list(&self, source: &HuggingFaceFile) -> Result<DatasetListing, HubError> {
        let pinned = source
            .revision
            .as_deref()
            .filter(|revision| is_commit(revision));
        if let Some((commit, files)) =
            pinned.and_then(|commit| Some((commit, self.known_files(source, commit)?)))
        {
            return Ok(self.listing(source, commit, files));
        }
        if self.hub.is_offline {
            return self.offline(source);
        }
        let snapshot = self.open(source).await?;
        let files = match self.known_files(source, &snapshot.commit) {
            Some(files) => files,
            None => self.remember(source, &snapshot).await?,
        };
        Ok(self.listing(source, &snapshot.commit, files))
    }

    /// Brings those of these files here that are not.
    ///
    /// # Errors
    /// Whatever keeps a file from arriving whole. What has arrived is kept, and the next call goes on from there.
    pub async fn fetch(
        &self,
        listing: &DatasetListing,
        wanted: &[DatasetFile],
        progress: &dyn Progress,
    ) -> Result<(), HubError> {
        let is_missing = |file: &&DatasetFile| !is_whole(&listing.folder, &file.path, file.bytes);
        let announced = |file: &DatasetFile| Announced {
            path: file.path.clone(),
            bytes: file.bytes,
        };
        let missing: Vec<Announced> = wanted.iter().filter(is_missing).map(announced).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let name = format!(
            "datasets,{},{}",
            listing.source.organization, listing.source.repository
        );
        let _lock = lock(&self.root, &name)?;
        let snapshot = self.open(&listing.source).await?;
        let partial = self.root.join("partial").join(&name);
        let arrived = partial.join(&snapshot.commit);
        for file in snapshot.bring(&missing, &arrived, progress).await? {
            let (from, to) = (
                arrived.join(&file.path),
                path_below(&listing.folder, &file.path)?,
            );
            atomic::rename(&from, &to)?;
        }
        Ok(atomic::remove(&partial)?)
    }

    /// The files that the cache of `huggingface_hub` has.
    fn offline(&self, source: &HuggingFaceFile) -> Result<DatasetListing, HubError> {
        let cache = self.hub.cache.as_deref();
        let found = cache.and_then(|cache| shared::snapshot(cache, "datasets", source));
        if let Some(SharedSnapshot {
            folder,
            commit,
            files,
        }) = found
        {
            let file = |Announced { path, bytes }| DatasetFile {
                is_here: true,
                path,
                bytes,
            };
            return Ok(DatasetListing {
                files: files.into_iter().map(file).collect(),
                source: HuggingFaceFile {
                    revision: Some(commit),
                    ..source.clone()
                },
                folder,
            });
        }
        Err(HubError::Offline {
            what: source.to_string(),
            cache: self.hub.cache.clone(),
            missing: Vec::new(),
            fetched: self.commits_here(source),
        })
    }

    async fn open(&self, source: &HuggingFaceFile) -> Result<Snapshot<RepoTypeDataset>, HubError> {
        Snapshot::open(&self.hub, source)
            .await
            .map_err(|error| match error {
                HubError::HuggingFaceFile { source: cause, .. } => HubError::NotReached {
                    dataset: format!("{}/{}", source.organization, source.repository),
                    fetched: self.commits_here(source),
                    source: cause,
                },
                error => error,
            })
    }

    async fn remember(
        &self,
        source: &HuggingFaceFile,
        snapshot: &Snapshot<RepoTypeDataset>,
    ) -> Result<Vec<Announced>, HubError> {
        let mut files = snapshot.files().await?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let folder = self.folder(source, &snapshot.commit);
        let list = serde_json::to_vec_pretty(&files).expect("a list of files is plain data");
        atomic::write_public_bytes(&folder.join(FILES), &list)?;
        Ok(files)
    }

    fn known_files(&self, source: &HuggingFaceFile, commit: &str) -> Option<Vec<Announced>> {
        serde_json::from_slice(&fs::read(self.folder(source, commit).join(FILES)).ok()?).ok()
    }

    fn listing(
        &self,
        source: &HuggingFaceFile,
        commit: &str,
        files: Vec<Announced>,
    ) -> DatasetListing {
        let folder = self.folder(source, commit).join(&source.repository);
        let file = |Announced { path, bytes }| DatasetFile {
            is_here: is_whole(&folder, &path, bytes),
            path,
            bytes,
        };
        DatasetListing {
            files: files.into_iter().map(file).collect(),
            source: HuggingFaceFile {
                revision: Some(commit.to_owned()),
                ..source.clone()
            },
            folder,
        }
    }

    fn folder(&self, source: &HuggingFaceFile, commit: &str) -> PathBuf {
        self.root.join("datasets").join(format!(
            "{},{}@{commit}",
            source.organization, source.repository
        ))
    }

    /// The same source at each commit of which something is here, as they are given to a command.
    fn commits_here(&self, source: &HuggingFaceFile) -> Vec<String> {
        let entries = fs::read_dir(self.root.join("datasets"))
            .into_iter()
            .flatten()
            .flatten();
        let before = format!("{},{}@", source.organization, source.repository);
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let commits = names.filter_map(|name| name.strip_prefix(&before).map(str::to_owned));
        let mut here: Vec<String> = commits
            .map(|commit| {
                HuggingFaceFile {
                    revision: Some(commit),
                    ..source.clone()
                }
                .to_string()
            })
            .collect();
        here.sort_unstable();
        here
    }
}

fn is_whole(folder: &Path, path: &str, bytes: u64) -> bool {
    fs::metadata(folder.join(path))
        .is_ok_and(|metadata| metadata.is_file() && metadata.len() == bytes)
}
