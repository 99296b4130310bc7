//! A plan as a dataset folder: Parquet, card, and the list of what was left out.

use crate::{
    CardOptions, Plan, PublishError,
    card::{self, MARK},
};
use examen_files::{atomic, table};
use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

/// The rows.
const DATA: &str = "data/train-00000-of-00001.parquet";

/// Writes `README.md`, `left_out.jsonl` and `data/train-00000-of-00001.parquet` below `folder`, which `load_dataset`
/// opens, and returns the files. The same plan and options give the same bytes.
///
/// # Errors
/// [`PublishError::NoRows`] for a plan without rows; [`PublishError::NotOurs`] if the folder is neither empty nor an
/// earlier publication, which is replaced, or if there are other files in its `data`, which `load_dataset` could take for
/// rows.
pub fn write_folder(
    plan: &Plan,
    options: &CardOptions,
    folder: &Path,
) -> Result<Vec<PathBuf>, PublishError> {
    if plan.rows.is_empty() {
        return Err(PublishError::NoRows {
            counts: Box::new(plan.counts.clone()),
        });
    }
    if !is_free_or_ours(folder).map_err(|source| PublishError::Look {
        folder: folder.to_owned(),
        source,
    })? {
        return Err(PublishError::NotOurs {
            folder: folder.to_owned(),
        });
    }
    let data = table::encode_parquet(&plan.rows)?;
    let paths = ["README.md", "left_out.jsonl", DATA].map(|path| folder.join(path));
    // The card first: it is what makes the folder ours, should the process end before the data are there.
    atomic::write_bytes(&paths[0], card::render(plan, options, &data).as_bytes())?;
    table::write_jsonl(&paths[1], &plan.left_out)?;
    atomic::write_bytes(&paths[2], &data.bytes)?;
    Ok(paths.to_vec())
}

fn is_free_or_ours(folder: &Path) -> io::Result<bool> {
    if entries(folder)?.is_empty() {
        return Ok(true);
    }
    let is_ours =
        fs::read_to_string(folder.join("README.md")).is_ok_and(|card| card.contains(MARK));
    // Hidden files are no data: a publication that was killed may have left one.
    let is_known =
        |path: &PathBuf| *path == folder.join(DATA) || path.file_name().is_some_and(is_hidden);
    Ok(is_ours && entries(&folder.join("data"))?.iter().all(is_known))
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// What a folder holds; nothing if it is not there.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
