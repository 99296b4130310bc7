//! The files of a store: who may read them, and how its database and its key take the place of others together.

use crate::{AnnotateError, secrets::KEY_FILE_NAME};
use examen_files::{
    FilesError,
    atomic::{self, NewFile},
};
use std::{
    fs,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

/// The name of the store's file in its folder.
pub const FILE_NAME: &str = "examen.sqlite";
/// Files that SQLite keeps beside a store in use: they hold the newest changes.
pub(crate) const LOG_NAMES: [&str; 2] = ["examen.sqlite-wal", "examen.sqlite-shm"];
/// The files that only fit together.
const PAIR: [&str; 2] = [KEY_FILE_NAME, FILE_NAME];
/// File that says that a pair is being replaced. It names the folder that the old one goes to, if it is kept.
const REPLACING: &str = "examen.replacing";

/// Makes a folder, with those above it, for its owner's eyes only.
pub(crate) fn private_folder(path: &Path) -> Result<(), AnnotateError> {
    atomic::create_private_folders(path).map_err(|source| AnnotateError::Folder {
        path: path.to_owned(),
        source,
    })
}

/// Makes an empty file for its owner's eyes only, unless there is a file.
pub(crate) fn private_file(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

/// Takes a store, its key and its folder from the eyes of others. A file system that cannot do that is warned of.
pub(crate) fn make_private(folder: &Path) {
    let [key, database] = PAIR;
    let files = [key, database].into_iter().chain(LOG_NAMES);
    let files = files.map(|name| folder.join(name));
    for path in std::iter::once(folder.to_owned()).chain(files) {
        match hide(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!(path = %path.display(), %error, "other users of this machine may read the store");
            }
            _ => {}
        }
    }
}

/// Takes all rights of others on a file or folder away. A folder in which everybody keeps files is not one's own.
#[cfg(unix)]
fn hide(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    const STICKY: u32 = 0o1000;
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 == 0 || mode & STICKY != 0 {
        return Ok(());
    }
    fs::set_permissions(path, PermissionsExt::from_mode(mode & 0o700))
}

#[cfg(not(unix))]
fn hide(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Name of a file until it is complete.
pub(crate) fn partial_of(path: &Path) -> PathBuf {
    path.with_added_extension("partial")
}

/// Copies a file for its owner's eyes only, down to the disk.
pub(crate) fn copy_privately(from: &Path, to: &Path) -> Result<(), AnnotateError> {
    let copying = || {
        let mut target = NewFile::create(to)?;
        io::copy(&mut fs::File::open(from)?, &mut target)?;
        target.commit()
    };
    copying().map_err(failed(to))
}

/// Removes what a replacement that did not begin has left.
pub(crate) fn remove_partials(folder: &Path) -> Result<(), AnnotateError> {
    if folder.join(REPLACING).exists() {
        return Ok(());
    }
    PAIR.iter()
        .try_for_each(|name| atomic::remove(&partial_of(&folder.join(name))))
        .map_err(of_files)
}

/// The first file of a pair that is there.
pub(crate) fn any_of_pair(folder: &Path) -> Option<PathBuf> {
    let paths = PAIR.iter().rev().map(|name| folder.join(name));
    paths.into_iter().find(|path| path.exists())
}

/// Puts the partial files of a folder in the place of its store: both, or, if the process ends before it is decided,
/// neither. What was there goes to the folder `aside` in it, or away.
pub(crate) fn replace(folder: &Path, aside: Option<&str>) -> Result<(), AnnotateError> {
    for name in PAIR {
        let path = folder.join(name);
        if path.exists() && !path.is_file() {
            return Err(failed(&path)(ErrorKind::AlreadyExists.into()));
        }
    }
    let marker = folder.join(REPLACING);
    let mark = || {
        let mut file = NewFile::create(&marker)?;
        file.write_all(aside.unwrap_or_default().as_bytes())?;
        file.commit()
    };
    mark().map_err(failed(&marker))?;
    finish_replacing(folder)
}

/// Finishes a replacement that was decided and then broken off.
pub(crate) fn finish_replacing(folder: &Path) -> Result<(), AnnotateError> {
    let marker = folder.join(REPLACING);
    let aside = match fs::read_to_string(&marker) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        read => read.map_err(failed(&marker))?,
    };
    let aside = Some(aside)
        .filter(|name| !name.is_empty())
        .map(|name| folder.join(name));
    if partial_of(&folder.join(FILE_NAME)).exists() {
        for name in LOG_NAMES {
            put_aside(&folder.join(name), aside.as_deref())?;
        }
    }
    for name in PAIR {
        let path = folder.join(name);
        let partial = partial_of(&path);
        if partial.exists() {
            if let Some(aside) = &aside {
                put_aside(&path, Some(aside))?;
            }
            atomic::rename(&partial, &path).map_err(of_files)?;
        }
    }
    atomic::remove(&marker).map_err(of_files)
}

/// Moves a file to a folder, or away, if it is there.
fn put_aside(path: &Path, aside: Option<&Path>) -> Result<(), AnnotateError> {
    match (aside, path.file_name()) {
        (Some(aside), Some(name)) if path.exists() => atomic::rename(path, &aside.join(name)),
        (Some(_), _) => Ok(()),
        (None, _) => atomic::remove(path),
    }
    .map_err(of_files)
}

pub(crate) fn of_files(error: FilesError) -> AnnotateError {
    match error {
        FilesError::Io { path, source, .. } => AnnotateError::Backup { path, source },
        error => error.into(),
    }
}

pub(crate) fn failed(path: &Path) -> impl Fn(io::Error) -> AnnotateError {
    let path = path.to_owned();
    move |source| AnnotateError::Backup {
        path: path.clone(),
        source,
    }
}
