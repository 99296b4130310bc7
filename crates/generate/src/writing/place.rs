//! The output folder: written beside its place, put there as a whole, and only over what an earlier run wrote.

use crate::{error::GenerateError, settings::beside};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Begins the first line of our `pipeline.yaml`, and nobody else's.
const MARK: &str = "examen_generate:";
/// The folders that we write below the output folder.
const OUR_FOLDERS: [&str; 5] = [
    "default",
    "questions",
    "rejected",
    "unreadable",
    "distiset_configs",
];

/// Refuses an output that holds something that we did not write.
pub(crate) fn check_free(output: &Path) -> Result<(), GenerateError> {
    let taken = || {
        Err(GenerateError::OutputTaken {
            path: output.to_owned(),
        })
    };
    match fs::read_dir(output) {
        Ok(mut entries) => match entries.next().is_none() || is_ours(output) {
            true => Ok(()),
            false => taken(),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => taken(),
        Err(source) => Err(GenerateError::Output {
            path: output.to_owned(),
            source,
        }),
    }
}

/// Ends what a killed run has left half-done at the output's place. Nothing else may run at the same time.
pub(crate) fn recover(output: &Path) -> Result<(), GenerateError> {
    let old = old(output);
    if !old.exists() {
        return Ok(());
    }
    let failed = |source| GenerateError::Output {
        path: output.to_owned(),
        source,
    };
    if !is_ours(&old) && !holds_only_ours(&old).map_err(failed)? {
        return Err(GenerateError::OutputTaken { path: old });
    }
    match output.exists() {
        true => retire(&old, output).map_err(failed),
        false => fs::rename(&old, output).map_err(failed),
    }
}

/// The folder that a new output is written to, empty. Nothing of an earlier attempt is left there.
pub(crate) fn stage(output: &Path) -> Result<PathBuf, GenerateError> {
    let staged = beside(output, ".", ".partial");
    remove_folder(&staged).map_err(|source| GenerateError::Output {
        path: output.to_owned(),
        source,
    })?;
    Ok(staged)
}

/// Puts a new output in its place: whoever looks sees the old one, none for a moment, or the new one, never a mixture.
/// What else lies in an earlier output moves along. Whenever this is interrupted, [`recover`] brings it to its end.
pub(crate) fn put_in_place(staged: &Path, output: &Path) -> Result<(), GenerateError> {
    exchange(staged, output).map_err(|source| GenerateError::Output {
        path: output.to_owned(),
        source,
    })
}

/// Takes away an output that was not finished.
pub(crate) fn discard(staged: &Path) {
    // If it cannot be removed now, the next run does it.
    let _ = remove_folder(staged);
}

fn is_ours(output: &Path) -> bool {
    let pipeline = fs::read_to_string(output.join("distiset_configs").join("pipeline.yaml"));
    pipeline.is_ok_and(|text| text.starts_with(MARK))
}

fn exchange(staged: &Path, output: &Path) -> io::Result<()> {
    let old = old(output);
    if output.exists() {
        fs::rename(output, &old)?;
    }
    fs::rename(staged, output)?;
    retire(&old, output)
}

/// The path where the earlier output waits until the new one is in its place.
fn old(output: &Path) -> PathBuf {
    beside(output, ".", ".old")
}

/// Moves what is not ours from an earlier output to the new one, then removes the rest.
fn retire(old: &Path, output: &Path) -> io::Result<()> {
    if !old.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(old)? {
        let entry = entry?;
        if is_our_folder(&entry) {
            continue;
        }
        let place = output.join(entry.file_name());
        if place.exists() {
            let both = format!(
                "`{}` is there and in {}",
                entry.file_name().display(),
                old.display()
            );
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, both));
        }
        fs::rename(entry.path(), place)?;
    }
    remove_folder(old)
}

/// True if a folder holds only what we wrote: of an earlier output, its mark may be removed first.
fn holds_only_ours(folder: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        if !is_our_folder(&entry?) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_our_folder(entry: &fs::DirEntry) -> bool {
    OUR_FOLDERS.iter().any(|ours| entry.file_name() == *ours)
}

fn remove_folder(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
