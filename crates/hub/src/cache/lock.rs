//! A lock for what is being fetched, for both caches.

use crate::error::HubError;
use std::{
    fs::{self, File, TryLockError},
    path::Path,
};

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
