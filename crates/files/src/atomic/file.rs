//! One file.

use super::{create_private_folders, folder_of, sync_folder};
use crate::error::{FilesError, Result};
use std::{
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

/// Writes `path` through `write`, for its owner's eyes only. Until the last byte is on the disk the old file stays; if
/// anything fails, nothing is left behind. Creates the folders above.
pub fn write(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), FilesError> {
    replace(NewFile::create(path), write).map_err(FilesError::io("write", path))
}

/// Writes `bytes` to `path`, see [`write()`].
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), FilesError> {
    write(path, |out| out.write_all(bytes))
}

/// Writes `bytes` to `path` as [`write()`] does, for everybody whom the umask lets read it.
pub fn write_public_bytes(path: &Path, bytes: &[u8]) -> Result<(), FilesError> {
    let file = NewFile::create_public(path);
    replace(file, |out| out.write_all(bytes)).map_err(FilesError::io("write", path))
}

fn replace(
    file: io::Result<NewFile>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = BufWriter::new(file?);
    write(&mut file)?;
    file.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .commit()
}

/// A file on its way: written beside its path, and gone unless it is committed.
#[derive(Debug)]
pub struct NewFile {
    file: tempfile::NamedTempFile,
    path: PathBuf,
}

impl NewFile {
    /// A new file that is to become `path`, for its owner's eyes only. Creates the folders above, which are so too.
    pub fn create(path: &Path) -> io::Result<Self> {
        create_private_folders(folder_of(path))?;
        // tempfile's own default lets only the owner read.
        Self::build(path, &builder())
    }

    /// The same, for everybody whom the umask lets read it.
    pub fn create_public(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder_of(path))?;
        let mut builder = builder();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        Self::build(path, &builder)
    }

    fn build(path: &Path, builder: &tempfile::Builder<'_, '_>) -> io::Result<Self> {
        Ok(Self {
            file: builder.tempfile_in(folder_of(path))?,
            path: path.to_owned(),
        })
    }

    /// Gives the file its name, once its last byte is on the disk.
    pub fn commit(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist(&self.path).map_err(|error| error.error)?;
        sync_folder(folder_of(&self.path))
    }

    /// The same, unless there is a file of that name: then that one stays, and the error is `AlreadyExists`.
    pub fn commit_new(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        let persisted = self.file.persist_noclobber(&self.path);
        persisted.map_err(|error| error.error)?;
        sync_folder(folder_of(&self.path))
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Beginning and end of the name of a file on its way, which a killed process leaves behind.
const PREFIX: &str = ".examen-";
const SUFFIX: &str = ".tmp";

/// True for the name of a file on its way.
pub(super) fn is_temporary(name: &std::ffi::OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(PREFIX.as_bytes()) && name.ends_with(SUFFIX.as_bytes())
}

fn builder<'a>() -> tempfile::Builder<'a, 'a> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    builder
}
