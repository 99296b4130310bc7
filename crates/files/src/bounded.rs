//! Small files that are read as a whole: one that is larger than it may be is refused after so many bytes.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// The text of a file of at most `most` bytes. Follows links, and reads pipes.
///
/// # Errors
/// If it cannot be read, is longer, or is not UTF-8; the error does not name the file.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let reason = format!("it is longer than {most} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    let not_text = |_| io::Error::new(io::ErrorKind::InvalidData, "it is not text in UTF-8");
    String::from_utf8(bytes).map_err(not_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_up_to_its_limit_and_no_further() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text");
        let read = |bytes: &[u8], most: u64| {
            std::fs::write(&path, bytes).unwrap();
            read_text(&path, most).map_err(|error| error.to_string())
        };
        assert_eq!(read("é".as_bytes(), 2), Ok("é".to_owned()));
        assert_eq!(read(b"", 0), Ok(String::new()));
        // Cut in the middle of a letter it is too long, not damaged.
        let longer = Err("it is longer than 1 bytes".to_owned());
        assert_eq!(read("é".as_bytes(), 1), longer);
        let damaged = Err("it is not text in UTF-8".to_owned());
        assert_eq!(read(b"\xff", 1), damaged);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_an_end_is_refused() {
        let error = read_text(Path::new("/dev/zero"), 1 << 20).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
