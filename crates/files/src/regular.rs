//! Regular files alone: a pipe without a writer never answers, and a device never ends.

use std::{
    fs::{File, FileType, Metadata, OpenOptions},
    io,
    path::Path,
};

/// Opens a regular file to read it; follows links. Does not wait for what is none.
///
/// # Errors
/// If it cannot be opened, or is something else: the error names the kind.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32);
    }
    let file = options.open(path)?;
    check(&file.metadata()?)?;
    Ok(file)
}

/// The contents of a regular file, see [`open`].
///
/// # Errors
/// As those of [`open`], and if reading fails.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::Read::read_to_end(&mut open(path)?, &mut bytes)?;
    Ok(bytes)
}

/// Refuses what is no regular file.
///
/// # Errors
/// Names the kind.
pub fn check(metadata: &Metadata) -> io::Result<()> {
    match metadata.is_file() {
        true => Ok(()),
        false => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("it is no regular file but {}", kind(metadata.file_type())),
        )),
    }
}

/// The kind of a file that is no regular one, with its article.
#[cfg(unix)]
pub fn kind(file_type: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match file_type {
        _ if file_type.is_dir() => "a folder",
        _ if file_type.is_fifo() => "a named pipe",
        _ if file_type.is_socket() => "a socket",
        _ if file_type.is_char_device() || file_type.is_block_device() => "a device",
        _ if file_type.is_symlink() => "a link",
        _ => "something else",
    }
}

/// The kind of a file that is no regular one, with its article.
#[cfg(not(unix))]
pub fn kind(file_type: FileType) -> &'static str {
    match file_type.is_dir() {
        true => "a folder",
        false => "something else",
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
            0,
        )
        .unwrap();
        let refused = |path: &Path| read(path).unwrap_err().to_string();
        assert_eq!(refused(&pipe), "it is no regular file but a named pipe");
        assert_eq!(
            refused(Path::new("/dev/zero")),
            "it is no regular file but a device"
        );
        assert_eq!(refused(folder.path()), "it is no regular file but a folder");
        let file = folder.path().join("file");
        std::fs::write(&file, "text").unwrap();
        assert_eq!(read(&file).unwrap(), b"text");
    }
}
