//! A file of a repository, and where it may lie on the disk.

use crate::error::HubError;
use serde::{Deserialize, Serialize};
use std::{
    fs,
    path::{Component, Path, PathBuf},
};

/// A file as the Hub announces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Announced {
    pub(crate) path: String,
    pub(crate) bytes: u64,
}

/// `true` for the hash of a commit. It becomes the name of a folder.
pub(crate) fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Path of a file of the repository below `folder`; makes the folders above it. The Hub's names are not trusted to stay
/// below.
pub(crate) fn path_below(folder: &Path, path: &str) -> Result<PathBuf, HubError> {
    let target = folder.join(path);
    let is_below = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if !is_below {
        return Err(HubError::io("write", target)(
            std::io::ErrorKind::InvalidFilename.into(),
        ));
    }
    let above = target.parent().unwrap_or(folder);
    fs::create_dir_all(above).map_err(HubError::io("create", above))?;
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_climb_out_of_the_folder_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["../x.json", "a/../../x.json", "/x.json"] {
            assert!(
                path_below(&folder.path().join("below"), path).is_err(),
                "{path}"
            );
        }
        assert!(
            path_below(folder.path(), "a/b.json")
                .unwrap()
                .parent()
                .unwrap()
                .is_dir()
        );
    }
}
