//! Backups: a folder that is itself a store, with its key file, made while the server runs; and back again.

use crate::{
    AnnotateError,
    files::{
        any_of_pair, copy_privately, failed, finish_replacing, partial_of, private_file,
        private_folder, remove_partials, replace,
    },
    secrets::{KEY_FILE_NAME, Keyring},
    store::{self, Actor, Contents, FILE_NAME},
};
use jiff::Timestamp;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Copies the store in `folder` to the folder `target`, which is made; looks through the copy, and counts. A store that is
/// there is replaced only if told to, when the new one is whole: database and key together. The audit log of the store that
/// was copied notes it.
pub async fn backup(
    folder: &Path,
    target: &Path,
    overwrite: bool,
    now: Timestamp,
) -> Result<Contents, AnnotateError> {
    let source = existing(folder)?;
    finish_replacing(target)?;
    let is_there = any_of_pair(target);
    if let Some(path) = &is_there {
        if !overwrite {
            return Err(AnnotateError::BackupExists { path: path.clone() });
        }
        store::fold_file_if_unused(&target.join(FILE_NAME)).await?;
    }
    let contents = stage(
        target,
        Taking {
            source: source.clone(),
            key: folder,
            copy: true,
        },
    )
    .await?;
    replace(target, None)?;
    note(&source, "store.backed_up", target, now).await?;
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
/// moved aside, into a folder beside its place named after `now`; it must not be in use. Whatever fails, there is the store
/// that was there, or the backup; the next opening finishes what was broken off. The audit log of the store that is there now
/// notes it.
pub async fn restore(
    from: &Path,
    folder: &Path,
    overwrite: bool,
    now: Timestamp,
) -> Result<Restored, AnnotateError> {
    let source = existing(from)?;
    finish_replacing(folder)?;
    let is_there = any_of_pair(folder);
    if let (Some(path), false) = (&is_there, overwrite) {
        return Err(AnnotateError::StoreExists { path: path.clone() });
    }
    // A folder that was copied by hand may have its last changes in a log beside the file.
    let copy = from.join(crate::files::LOG_NAMES[0]).exists();
    let contents = stage(
        folder,
        Taking {
            source,
            key: from,
            copy,
        },
    )
    .await?;
    let before = match is_there {
        None => None,
        Some(_) => Some(aside(folder, now).await.inspect_err(|_| give_up(folder))?),
    };
    replace(folder, before.as_deref())?;
    note(&folder.join(FILE_NAME), "store.restored", from, now).await?;
    Ok(Restored {
        contents,
        before: before.map(|name| folder.join(name)),
    })
}

/// Notes in the audit log of the store in `file` what the command line did with it and the folder `other`.
async fn note(file: &Path, act: &str, other: &Path, now: Timestamp) -> Result<(), AnnotateError> {
    let act = Actor::command_line(now).act(act, Some(other.display().to_string()));
    store::note_in_file(file, &act).await
}

/// A store to take over.
struct Taking<'a> {
    source: PathBuf,
    /// Folder of its key.
    key: &'a Path,
    /// True where others may be writing to it.
    copy: bool,
}

/// Puts a whole copy of a store and its key beside their places in a folder, and looks through it. Leaves nothing where
/// that fails.
async fn stage(folder: &Path, taking: Taking<'_>) -> Result<Contents, AnnotateError> {
    let is_new = !folder.exists();
    private_folder(folder)?;
    let staged = stage_in(folder, taking).await;
    if staged.is_err() {
        give_up(folder);
        if is_new {
            // It holds nothing, or somebody else uses it by now.
            let _ = fs::remove_dir(folder);
        }
    }
    staged
}

async fn stage_in(folder: &Path, taking: Taking<'_>) -> Result<Contents, AnnotateError> {
    remove_partials(folder)?;
    let keyring = Keyring::open_existing(taking.key)?;
    let key = partial_of(&folder.join(KEY_FILE_NAME));
    copy_privately(&taking.key.join(KEY_FILE_NAME), &key)?;
    let partial = partial_of(&folder.join(FILE_NAME));
    if taking.copy {
        private_file(&partial).map_err(failed(&partial))?;
        store::copy_file(&taking.source, &partial).await?;
        fs::File::open(&partial)
            .and_then(|file| file.sync_all())
            .map_err(failed(&partial))?;
    } else {
        copy_privately(&taking.source, &partial)?;
    }
    store::verify_file(&partial, &keyring).await
}

/// Removes what was staged; what cannot be removed now is removed by the next attempt.
fn give_up(folder: &Path) {
    let _ = remove_partials(folder);
}

/// A new folder for the files of the store in `folder`, which nobody may be using.
async fn aside(folder: &Path, now: Timestamp) -> Result<String, AnnotateError> {
    store::fold_file_if_unused(&folder.join(FILE_NAME)).await?;
    let name = format!("before-restore-{}", now.strftime("%Y%m%dT%H%M%S"));
    let names = std::iter::once(name.clone()).chain((2..).map(|n| format!("{name}-{n}")));
    let name = names
        .into_iter()
        .find(|name| !folder.join(name).exists())
        .unwrap_or(name);
    private_folder(&folder.join(&name))?;
    Ok(name)
}

fn existing(folder: &Path) -> Result<PathBuf, AnnotateError> {
    finish_replacing(folder)?;
    let path = folder.join(FILE_NAME);
    if path.is_file() {
        Ok(path)
    } else {
        Err(AnnotateError::NoStore { path })
    }
}
