//! Backups: a folder that is itself a store, with its key file, made while the server runs; and back again.

use crate::{
    AnnotateError,
    secrets::{KEY_FILE_NAME, Keyring},
    store::{self, Contents, FILE_NAME},
};
use examen_files::{
    FilesError,
    atomic::{self, NewFile},
};
use jiff::Timestamp;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Suffixes of the files that SQLite keeps beside a store in use.
const WAL_NAME: &str = "examen.sqlite-wal";
const SHM_NAME: &str = "examen.sqlite-shm";

/// Copies the store in `folder` to the folder `target`, which is made; looks through the copy, and counts. A store that is
/// there is replaced only if told to, when the new one is whole.
pub async fn backup(
    folder: &Path,
    target: &Path,
    overwrite: bool,
) -> Result<Contents, AnnotateError> {
    let source = existing(folder)?;
    let copy = target.join(FILE_NAME);
    if copy.exists() && !overwrite {
        return Err(AnnotateError::BackupExists { path: copy });
    }
    private_folder(target)?;
    let partial = partial_of(&copy);
    remove(&partial)?;
    store::copy_file(&source, &partial).await?;
    let contents = store::verify_file(&partial).await?;
    make_private(&partial)?;
    copy_privately(&folder.join(KEY_FILE_NAME), &target.join(KEY_FILE_NAME))?;
    rename(&partial, &copy)?;
    Ok(contents)
}

/// Result of [`restore`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Contents of the store now.
    pub contents: Contents,
    /// New path of the store that was there before.
    pub before: Option<PathBuf>,
}

/// Makes the backup in the folder `from` the store in `folder`. A store that is there is refused, or, if told to overwrite,
/// moved aside, into a folder beside its place named after `now`; it must not be in use.
pub async fn restore(
    from: &Path,
    folder: &Path,
    overwrite: bool,
    now: Timestamp,
) -> Result<Restored, AnnotateError> {
    let (source, path) = (existing(from)?, folder.join(FILE_NAME));
    Keyring::open_existing(from)?;
    let is_there = path.exists();
    if is_there && !overwrite {
        return Err(AnnotateError::StoreExists { path });
    }
    private_folder(folder)?;
    let partial = partial_of(&path);
    remove(&partial)?;
    // A folder that was copied by hand may have its last changes in a log beside the file.
    match from.join(WAL_NAME).exists() {
        true => store::copy_file(&source, &partial).await?,
        false => copy_privately(&source, &partial)?,
    }
    let contents = store::verify_file(&partial).await?;
    make_private(&partial)?;
    let before = match is_there {
        true => Some(move_aside(folder, now).await?),
        false => None,
    };
    copy_privately(&from.join(KEY_FILE_NAME), &folder.join(KEY_FILE_NAME))?;
    rename(&partial, &path)?;
    Ok(Restored { contents, before })
}

/// Moves the files of the store in `folder` to a new folder in it.
async fn move_aside(folder: &Path, now: Timestamp) -> Result<PathBuf, AnnotateError> {
    let path = folder.join(FILE_NAME);
    store::fold_file_if_unused(&path).await?;
    let aside = folder.join(format!("before-restore-{}", now.strftime("%Y%m%dT%H%M%S")));
    private_folder(&aside)?;
    for name in [FILE_NAME, WAL_NAME, SHM_NAME, KEY_FILE_NAME] {
        if folder.join(name).exists() {
            rename(&folder.join(name), &aside.join(name))?;
        }
    }
    Ok(aside)
}

/// Name of a file until it is complete.
fn partial_of(path: &Path) -> PathBuf {
    path.with_added_extension("partial")
}

fn existing(folder: &Path) -> Result<PathBuf, AnnotateError> {
    let path = folder.join(FILE_NAME);
    if path.is_file() {
        Ok(path)
    } else {
        Err(AnnotateError::NoStore { path })
    }
}

/// Copies a file for its owner's eyes only, down to the disk. The key file is one: without it nobody's API key can be
/// read, and no webhook signed.
fn copy_privately(from: &Path, to: &Path) -> Result<(), AnnotateError> {
    let copying = || {
        let mut target = NewFile::create_private(to)?;
        io::copy(&mut fs::File::open(from)?, &mut target)?;
        target.commit()
    };
    copying().map_err(failed(to))
}

/// Lets only its owner read a file.
#[cfg_attr(not(unix), expect(unused_variables, reason = "only Unix has modes"))]
fn make_private(path: &Path) -> Result<(), AnnotateError> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .map_err(failed(path))?;
    Ok(())
}

fn private_folder(path: &Path) -> Result<(), AnnotateError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(|source| AnnotateError::Folder {
            path: path.to_owned(),
            source,
        })
}

fn rename(from: &Path, to: &Path) -> Result<(), AnnotateError> {
    atomic::rename(from, to).map_err(of_files)
}

fn remove(path: &Path) -> Result<(), AnnotateError> {
    atomic::remove(path).map_err(of_files)
}

fn of_files(error: FilesError) -> AnnotateError {
    match error {
        FilesError::Io { path, source, .. } => AnnotateError::Backup { path, source },
        error => error.into(),
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> AnnotateError {
    let path = path.to_owned();
    move |source| AnnotateError::Backup {
        path: path.clone(),
        source,
    }
}
