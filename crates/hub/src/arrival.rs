//! Types and helpers that fetchers have in common: what they bring, and how they wait.

use crate::HubError;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Files that a fetcher brought: a folder under `partial`, ready to become a model's.
pub(crate) struct Arrived {
    pub(crate) folder: PathBuf,
    pub(crate) files: Vec<ModelFile>,
}

/// One file of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ModelFile {
    /// Below the model's folder, with `/`.
    pub(crate) path: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

/// Outline of a model before its weights are here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelOutline {
    /// The beginning of its file, or the folder of its small files.
    pub path: PathBuf,
    /// Size of the whole model, where that is known.
    pub bytes: Option<u64>,
}

/// Runs what reads or writes much on a thread that may wait.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, HubError> + Send + 'static,
) -> Result<T, HubError> {
    tokio::task::spawn_blocking(work)
        .await
        .expect("the work does not panic")
}
