//! The output of an earlier run, kept beside the new one where that accepts less.

use super::place::OUR_FOLDERS;
use crate::error::GenerateError;
use examen_files::{
    FilesError,
    atomic::{self, beside},
    bounded,
};
use serde::Serialize;
use serde_json::Value;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Bytes of a table's description that are read; ours have a few thousand.
const MAX_BYTES: u64 = 1 << 20;
/// Earlier outputs beside one output.
const MAX_KEPT: u32 = 10_000;

/// An earlier output that was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Folder that it is kept in.
    pub folder: PathBuf,
    /// Its accepted questions.
    pub accepted: usize,
}

/// Keeps the output, before it is replaced, if it holds more accepted questions than the new one: in the first free folder
/// `OUTPUT_earlier_1`, `OUTPUT_earlier_2` … Its files are linked, where that is possible, and take no room.
pub(crate) fn keep_better(output: &Path, accepted: usize) -> Result<Option<Kept>, GenerateError> {
    let Some(before) = accepted_before(output).filter(|&before| before > accepted) else {
        return Ok(None);
    };
    let output = fs::canonicalize(output).unwrap_or_else(|_| output.to_owned());
    let folder = free_name(&output)?;
    let staged = beside(&folder, ".", ".partial");
    let kept = copy(&output, &staged).and_then(|()| fs::rename(&staged, &folder));
    kept.map_err(FilesError::io("keep", &output))?;
    let kept = Kept {
        folder,
        accepted: before,
    };
    Ok(Some(kept))
}

/// Rows of the config `questions`, as its description says; `None` where there is none.
fn accepted_before(output: &Path) -> Option<usize> {
    let info = output.join("questions/train/dataset_info.json");
    let text = bounded::read_text(&info, MAX_BYTES).ok()?;
    let info: Value = serde_json::from_str(&text).ok()?;
    usize::try_from(info["splits"]["train"]["num_examples"].as_u64()?).ok()
}

fn free_name(output: &Path) -> Result<PathBuf, GenerateError> {
    let mut names = (1..=MAX_KEPT).map(|n| beside(output, "", &format!("_earlier_{n}")));
    let free = names.find(|folder| fs::symlink_metadata(folder).is_err());
    let taken = || io::Error::other(format!("{MAX_KEPT} earlier outputs lie beside it"));
    Ok(free
        .ok_or_else(taken)
        .map_err(FilesError::io("keep", output))?)
}

/// Copies what is ours in `output`, after what a killed run left of such a copy is removed.
fn copy(output: &Path, target: &Path) -> io::Result<()> {
    if target.exists() {
        fs::remove_dir_all(target)?;
    }
    atomic::create_private_folders(target)?;
    for name in OUR_FOLDERS {
        let folder = output.join(name);
        if folder.is_dir() {
            copy_folder(&folder, &target.join(name))?;
        }
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    atomic::create_private_folders(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, copied) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            copy_folder(&entry.path(), &copied)?;
        } else if kind.is_file() && fs::hard_link(entry.path(), &copied).is_err() {
            fs::copy(entry.path(), &copied)?;
        }
    }
    Ok(())
}
