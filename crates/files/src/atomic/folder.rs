//! One folder with all that it holds.
//!
//! The new folder is written beside its target, as `.NAME.partial`. Then the two exchange names in one step of the system
//! (`renameat2` with `RENAME_EXCHANGE`), so that a reader sees the old folder or the new one, never a mixture. What others
//! put into the old folder moves to the new one, and the rest of the old one is removed. A process that is killed before
//! that leaves `.NAME.partial`; the next [`NewFolder::stage`] does the rest: whatever in it is not its owner's moves to the
//! target, and it is removed.
//!
//! Where the system has no exchange, the old folder is moved to `.NAME.old` first, and for a moment there is none; if the
//! process is killed in that moment, the next [`NewFolder::stage`] puts the old folder back.

use super::{
    beside, create_private_folders, file::is_temporary, folder_of, remove, rename, sync_folder,
};
use crate::error::{FilesError, Result};
use std::{
    ffi::OsString,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// The writer of a folder: how it knows its own work.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    /// True for an earlier folder of this writer.
    pub has_mark: fn(&Path) -> bool,
    /// True for a path below such a folder (`data/rows.parquet`) that is the writer's own; so is all below it. Files
    /// that a [`super::NewFile`] left behind always are.
    pub is_ours: fn(&Path) -> bool,
    /// True if everybody whom the umask lets may read the folder once it has its name.
    pub is_public: bool,
}

/// A step of [`NewFolder::commit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The new folder goes to the disk.
    Sync,
    /// It takes its name.
    Exchange,
    /// What others put into the old folder moves to it.
    Carry,
    /// The rest of the old folder is removed.
    Remove,
}

/// Refuses a target that is neither free (absent or empty) nor an earlier folder of its owner.
///
/// # Errors
/// [`FilesError::Taken`], or what keeps the target from being listed.
pub fn check_free(target: &Path, owner: &Owner) -> Result<()> {
    match fs::read_dir(target) {
        Ok(mut entries) => match entries.next().is_none() || (owner.has_mark)(target) {
            true => Ok(()),
            false => Err(FilesError::Taken {
                path: target.to_owned(),
            }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(FilesError::io("list", target)(error)),
    }
}

/// A folder on its way to its target. Unless it is committed, nothing is left of it.
#[derive(Debug)]
pub struct NewFolder {
    target: PathBuf,
    staged: PathBuf,
    owner: Owner,
    /// Of the target and the new folder: another process that writes the same target is refused.
    locks: Vec<File>,
}

impl NewFolder {
    /// An empty folder that is to become `target`, after what a killed process has left of an earlier one is brought to its
    /// end. Creates the folders above.
    ///
    /// # Errors
    /// [`FilesError::Taken`] if the target is somebody else's, [`FilesError::InUse`] if another process writes it.
    pub fn stage(target: &Path, owner: &Owner) -> Result<Self> {
        check_free(target, owner)?;
        // A link stays, and what it points to is replaced.
        let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
        let staged = beside(&target, ".", ".partial");
        let mut locks = vec![lock(&target)?, lock(&staged)?];
        finish_earlier(&target, owner)?;
        create_private_folders(&staged).map_err(FilesError::io("create", &staged))?;
        locks.push(lock(&staged)?);
        Ok(Self {
            target,
            staged,
            owner: *owner,
            locks: locks.into_iter().flatten().collect(),
        })
    }

    /// The folder to write to. Files in it must be synced, as [`super::write()`] does.
    pub fn path(&self) -> &Path {
        &self.staged
    }

    /// Replaces the target: whenever this is interrupted, the target is the whole old folder or the whole new one. What
    /// others put into the old one is in the new one afterwards.
    ///
    /// # Errors
    /// Name the target.
    pub fn commit(self) -> Result<()> {
        self.commit_with(&mut |_| ())
    }

    /// The same; `before` is told of each step: how a test is killed there.
    pub fn commit_with(self, before: &mut dyn FnMut(Step)) -> Result<()> {
        let Self {
            target,
            staged,
            owner,
            ..
        } = &self;
        let failed = |source| FilesError::Replace {
            path: target.clone(),
            source,
        };
        before(Step::Sync);
        if owner.is_public {
            publish(staged).map_err(failed)?;
        }
        sync_folders(staged).map_err(failed)?;
        before(Step::Exchange);
        let earlier = take_name(staged, target).map_err(failed)?;
        if let Some(earlier) = earlier {
            before(Step::Carry);
            carry(&earlier, target, Path::new(""), owner)?;
            before(Step::Remove);
            remove(&earlier)?;
        }
        Ok(())
    }
}

impl Drop for NewFolder {
    /// Takes away what was not committed; of an old folder only what is the owner's own.
    fn drop(&mut self) {
        // If it cannot be removed now, the next process does it.
        let _ = finish_earlier(&self.target, &self.owner);
        // Closing is not enough: a child process that is just being started has the lock too.
        for lock in &self.locks {
            let _ = lock.unlock();
        }
    }
}

/// Brings what a killed process has left beside the target to its end.
fn finish_earlier(target: &Path, owner: &Owner) -> Result<()> {
    let old = beside(target, ".", ".old");
    if old.exists() {
        if !(owner.has_mark)(&old) && !holds_only_ours(&old, Path::new(""), owner)? {
            return Err(FilesError::Taken { path: old });
        }
        match target.exists() {
            true => retire(&old, target, owner)?,
            false => rename(&old, target)?,
        }
    }
    retire(&beside(target, ".", ".partial"), target, owner)
}

/// Removes an old or half-written folder; what others put into it moves to the target first.
fn retire(folder: &Path, target: &Path, owner: &Owner) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    if target.exists() {
        carry(folder, target, Path::new(""), owner)?;
    } else if !holds_only_ours(folder, Path::new(""), owner)? {
        return Err(FilesError::Taken {
            path: folder.to_owned(),
        });
    }
    remove(folder)
}

/// Moves what is not the owner's from `from` to the same path below `to`.
fn carry(from: &Path, to: &Path, below: &Path, owner: &Owner) -> Result<()> {
    for name in names(&from.join(below))? {
        let path = below.join(&name);
        if is_temporary(&name) || (owner.is_ours)(&path) {
            continue;
        }
        let (here, there) = (from.join(&path), to.join(&path));
        match fs::symlink_metadata(&there) {
            Err(_) => fs::rename(&here, &there).map_err(FilesError::io("move", &here))?,
            Ok(metadata) if metadata.is_dir() && is_folder(&here) => carry(from, to, &path, owner)?,
            Ok(_) => {
                return Err(FilesError::Both {
                    path,
                    new: to.to_owned(),
                    old: from.to_owned(),
                });
            }
        }
    }
    let folder = to.join(below);
    sync_folder(&folder).map_err(FilesError::io("write", &folder))
}

/// True if nothing below a folder is anybody else's. Its mark may be gone already.
fn holds_only_ours(folder: &Path, below: &Path, owner: &Owner) -> Result<bool> {
    for name in names(&folder.join(below))? {
        let path = below.join(&name);
        let is_ours = is_temporary(&name)
            || (owner.is_ours)(&path)
            || is_folder(&folder.join(&path)) && holds_only_ours(folder, &path, owner)?;
        if !is_ours {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The names of what lies directly in a folder.
fn names(folder: &Path) -> Result<Vec<OsString>> {
    let names = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect());
    names.map_err(FilesError::io("list", folder))
}

fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

/// Lets everybody read the folder and all in it, as the umask says.
#[cfg(unix)]
fn publish(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let probe = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o777))
        .tempdir_in(folder)?;
    let mode = fs::metadata(probe.path())?.permissions().mode();
    probe.close()?;
    open_up(folder, mode)
}

#[cfg(unix)]
fn open_up(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = fs::symlink_metadata(path)?;
    if metadata.is_dir() {
        fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o777))?;
        for entry in fs::read_dir(path)? {
            open_up(&entry?.path(), mode)?;
        }
    } else if metadata.is_file() {
        fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o666))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn publish(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Every folder below this one, from the inside out.
fn sync_folders(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_folders(&entry.path())?;
        }
    }
    sync_folder(folder)
}

/// Gives `staged` the name `target`; where the folder is now that had it.
fn take_name(staged: &Path, target: &Path) -> io::Result<Option<PathBuf>> {
    let parent = folder_of(target);
    if !target.exists() {
        fs::rename(staged, target)?;
        sync_folder(parent)?;
        return Ok(None);
    }
    fs::set_permissions(staged, fs::metadata(target)?.permissions())?;
    let earlier = match exchange(staged, target) {
        Ok(()) => staged.to_owned(),
        Err(error) if has_no_exchange(&error) => move_aside(staged, target)?,
        Err(error) => return Err(error),
    };
    sync_folder(parent)?;
    Ok(Some(earlier))
}

/// Two renames, for systems without an exchange.
fn move_aside(staged: &Path, target: &Path) -> io::Result<PathBuf> {
    let old = beside(target, ".", ".old");
    fs::rename(target, &old)?;
    fs::rename(staged, target)?;
    Ok(old)
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_one: &Path, _other: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// True if the system or the file system has no exchange: ENOSYS, ENOTSUP or EINVAL.
fn has_no_exchange(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidInput, Unsupported};
    matches!(error.kind(), InvalidInput | Unsupported)
}

/// A lock on a folder that is there, where the file system has locks for folders.
fn lock(folder: &Path) -> Result<Option<File>> {
    let Ok(file) = File::open(folder) else {
        return Ok(None);
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(FilesError::InUse {
            path: folder.to_owned(),
        }),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}
