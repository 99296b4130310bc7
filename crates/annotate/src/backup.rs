//! Backups: a folder that is itself a store, with its key file, made while the server runs; and back again.

use crate::{
    AnnotateError,
    secrets::{KEY_FILE_NAME, Keyring},
    store::{self, Contents, FILE_NAME},
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
    synced(&partial)?;
    copy_key(folder, target)?;
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
        false => copy(&source, &partial)?,
    }
    let contents = store::verify_file(&partial).await?;
    synced(&partial)?;
    let before = match is_there {
        true => Some(move_aside(folder, now).await?),
        false => None,
    };
    copy_key(from, folder)?;
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

/// Copies the key file: without it nobody's API key can be read, and no webhook signed.
fn copy_key(from: &Path, to: &Path) -> Result<(), AnnotateError> {
    let path = to.join(KEY_FILE_NAME);
    let partial = partial_of(&path);
    copy(&from.join(KEY_FILE_NAME), &partial)?;
    rename(&partial, &path)
}

/// Copies a file for its owner's eyes only, down to the disk.
fn copy(from: &Path, to: &Path) -> Result<(), AnnotateError> {
    let copying = || {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut target = options.open(to)?;
        io::copy(&mut fs::File::open(from)?, &mut target)?;
        target.sync_all()
    };
    copying().map_err(failed(to))
}

/// For its owner's eyes only, down to the disk.
fn synced(path: &Path) -> Result<(), AnnotateError> {
    let file = fs::File::open(path).map_err(failed(path))?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .map_err(failed(path))?;
    file.sync_all().map_err(failed(path))
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

/// Puts a file in its place, down to the disk.
fn rename(from: &Path, to: &Path) -> Result<(), AnnotateError> {
    fs::rename(from, to).map_err(failed(to))?;
    let folder = to.parent().unwrap_or(Path::new("."));
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed(to))
}

fn remove(path: &Path) -> Result<(), AnnotateError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path)(error)),
        _ => Ok(()),
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> AnnotateError {
    let path = path.to_owned();
    move |source| AnnotateError::Backup {
        path: path.clone(),
        source,
    }
}
