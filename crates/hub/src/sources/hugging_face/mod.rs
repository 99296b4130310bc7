//! Files of a Hugging Face repository, of a model or a dataset, by the Hub's own client. Downloads go on where they broke
//! off.

mod announced;
mod choose;
mod listing;
mod snapshot;

pub(crate) use announced::{Announced, is_commit, path_below};
pub(crate) use choose::{choose, is_weights};
pub use snapshot::HubAccess;
pub(crate) use snapshot::{Connection, Snapshot, api, below};

use crate::{
    arrival::{Arrived, ModelOutline},
    error::HubError,
    sources::name::HuggingFaceFile,
};
use choose::{belongs_to_weights, keep};
use examen_core::Progress;
use hf_hub::repository::RepoTypeModel;
use std::path::Path;

/// Brings the files of a model below `partial`, going on with what lies there from before. With `is_one`, a model of
/// several files is an error.
pub(crate) async fn fetch(
    access: &HubAccess,
    source: &HuggingFaceFile,
    is_one: bool,
    partial: &Path,
    progress: &dyn Progress,
) -> Result<Arrived, HubError> {
    let snapshot = Snapshot::<RepoTypeModel>::open(access, source).await?;
    let wanted = choose(
        &snapshot.name,
        source.file.as_deref(),
        snapshot.files().await?,
    )?;
    if is_one && wanted.len() != 1 {
        return Err(HubError::NotOneFile {
            what: snapshot.name,
        });
    }
    // Parts of another commit are of no use.
    let folder = partial.join(&snapshot.commit);
    let files = snapshot.bring(&wanted, &folder, progress).await?;
    Ok(Arrived { folder, files })
}

/// Brings what tells a model's tokenizer below `partial`, and not its weights.
pub(crate) async fn fetch_outline(
    access: &HubAccess,
    source: &HuggingFaceFile,
    n_bytes: u64,
    partial: &Path,
    progress: &dyn Progress,
) -> Result<ModelOutline, HubError> {
    let snapshot = Snapshot::<RepoTypeModel>::open(access, source).await?;
    let files = choose(
        &snapshot.name,
        source.file.as_deref(),
        snapshot.files().await?,
    )?;
    let bytes = Some(snapshot::total_bytes(&files));
    let folder = partial.join(&snapshot.commit);
    // Of a GGUF model in parts, the first has all but weights.
    let path = match &files[..] {
        [file, ..] if file.path.ends_with(".gguf") => {
            snapshot
                .bring_beginning(file, n_bytes, &folder, progress)
                .await?
        }
        _ => {
            let small = keep(files, belongs_to_weights);
            snapshot.bring(&small, &folder, progress).await?;
            folder
        }
    };
    Ok(ModelOutline { path, bytes })
}
