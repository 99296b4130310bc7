//! Files that are either as they were or whole: written beside, synced, renamed.

use crate::{FilesError, Result};
use std::{
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

/// Writes `path` through `write`. Until the last byte is on the disk the old file stays; if anything fails, nothing is
/// left behind. Creates the folders above.
pub fn write(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), FilesError> {
    replace(path, write).map_err(FilesError::io("write", path))
}

/// Writes `bytes` to `path`, see [`write()`].
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), FilesError> {
    write(path, |out| out.write_all(bytes))
}

fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut beside = BufWriter::new(Beside::create(path)?);
    write(&mut beside)?;
    beside
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .commit()
}

/// A file that is not yet in its place: written beside it, and gone unless it is committed.
#[derive(Debug)]
pub struct Beside {
    file: tempfile::NamedTempFile,
    path: PathBuf,
}

impl Beside {
    /// A new file that is to become `path`. Creates the folders above.
    pub fn create(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder_of(path))?;
        Ok(Self {
            file: temporary(folder_of(path))?,
            path: path.to_owned(),
        })
    }

    /// Puts the file in its place, once its last byte is on the disk.
    pub fn commit(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist(&self.path).map_err(|error| error.error)?;
        sync_folder(folder_of(&self.path))
    }
}

impl Write for Beside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The folder that a file lies in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

#[cfg(unix)]
fn temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    // tempfile's own default lets only the owner read, which a published file must not inherit; the umask still applies.
    let permissions = fs::Permissions::from_mode(0o666);
    tempfile::Builder::new()
        .prefix(".examen-")
        .suffix(".tmp")
        .permissions(permissions)
        .tempfile_in(folder)
}

#[cfg(not(unix))]
fn temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new()
        .prefix(".examen-")
        .suffix(".tmp")
        .tempfile_in(folder)
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
