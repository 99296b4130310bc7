//! Files and folders that are either as they were or whole: written beside, synced, renamed. The only code of Examen that
//! replaces something on the disk. What it writes holds private documents: only its owner may read it, unless it is said
//! to be public.
//!
//! [`write_bytes`], [`write()`] and [`NewFile`] replace a file, [`NewFolder`] a folder; [`rename`] and [`remove`] are their
//! last steps, for what was written by somebody else.

mod file;
mod folder;

pub use file::{NewFile, write, write_bytes, write_public_bytes};
pub use folder::{NewFolder, Owner, Step, check_free};

use crate::error::{FilesError, Result};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Gives what is whole at `from` the name `to`, down to the disk; a file that is there is replaced. Both are on one disk.
///
/// # Errors
/// Name `to`.
pub fn rename(from: &Path, to: &Path) -> Result<()> {
    sync(from)
        .and_then(|()| fs::rename(from, to))
        .and_then(|()| sync_folder(folder_of(to)))
        .map_err(FilesError::io("write", to))
}

/// Removes a file, or a folder with all that it holds, if it is there.
///
/// # Errors
/// Name `path`.
pub fn remove(path: &Path) -> Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(FilesError::io("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// Creates a folder and those above it; what is created is for its owner's eyes only.
///
/// # Errors
/// If one cannot be created.
pub fn create_private_folders(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// The folder that a file lies in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// The path in the same folder whose name has `before` and `after` around it.
pub fn beside(path: &Path, before: &str, after: &str) -> PathBuf {
    let mut name = std::ffi::OsString::from(before);
    name.push(path.file_name().unwrap_or_default());
    name.push(after);
    path.with_file_name(name)
}

fn sync(path: &Path) -> io::Result<()> {
    match path.is_dir() {
        true => sync_folder(path),
        false => fs::File::open(path)?.sync_all(),
    }
}

/// A rename is on the disk only when its folder is.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
pub(crate) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
