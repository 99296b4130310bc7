//! Writing to the disk, for both caches: a lock, and JSON to its end.

use crate::error::HubError;
use serde::Serialize;
use std::{
    fs::{self, File, TryLockError},
    io::Write,
    path::Path,
};

/// Writes `value` to the disk, to its end.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), HubError> {
    let write = || {
        let mut file = File::create(path)?;
        file.write_all(&serde_json::to_vec_pretty(value)?)?;
        file.sync_all()
    };
    write().map_err(HubError::io("write", path))
}

/// One process fetches something of this name at a time.
pub(crate) fn lock(root: &Path, name: &str) -> Result<File, HubError> {
    let folder = root.join("partial");
    fs::create_dir_all(&folder).map_err(HubError::io("create", &folder))?;
    let path = folder.join(format!("{name}.lock"));
    let file = File::create(&path).map_err(HubError::io("create", &path))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(HubError::InUse {
            name: name.to_owned(),
        }),
        // File systems without locks exist; there the user sees to it.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}
