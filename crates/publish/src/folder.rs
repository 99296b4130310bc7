//! A plan as a dataset folder: Parquet, card, and the list of what was left out.

use crate::{
    CardOptions, Plan, PublishError,
    card::{self, MARK},
};
use examen_files::{atomic, table};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Writes `README.md`, `left_out.jsonl` and `data/train-00000-of-00001.parquet` below `folder`, which `load_dataset`
/// opens, and returns the files. The same plan and options give the same bytes.
///
/// # Errors
/// [`PublishError::NoRows`] for a plan without rows; [`PublishError::NotOurs`] if the folder holds anything but an
/// earlier publication, which is replaced.
pub fn write_folder(plan: &Plan, options: &CardOptions, folder: &Path) -> Result<Vec<PathBuf>, PublishError> {
    if plan.rows.is_empty() {
        return Err(PublishError::NoRows { counts: Box::new(plan.counts.clone()) });
    }
    if !is_free_or_ours(folder).map_err(|source| PublishError::Look { folder: folder.to_owned(), source })? {
        return Err(PublishError::NotOurs { folder: folder.to_owned() });
    }
    let data = table::encode_parquet(&plan.rows)?;
    let paths = ["README.md", "left_out.jsonl", "data/train-00000-of-00001.parquet"].map(|path| folder.join(path));
    // The card first: it is what makes the folder ours, should the process end before the data are there.
    atomic::write_bytes(&paths[0], card::render(plan, options, &data).as_bytes())?;
    table::write_jsonl(&paths[1], &plan.left_out)?;
    atomic::write_bytes(&paths[2], &data.bytes)?;
    Ok(paths.to_vec())
}

fn is_free_or_ours(folder: &Path) -> io::Result<bool> {
    let is_empty = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(error),
    };
    Ok(is_empty || fs::read_to_string(folder.join("README.md")).is_ok_and(|card| card.contains(MARK)))
}
