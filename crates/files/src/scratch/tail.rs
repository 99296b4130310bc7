//! Bytes that are appended.

use super::bytes::{read_at, write_at};
use std::{fs::File, io, path::PathBuf};

/// Bytes that are appended and read again: the latest in memory, earlier ones in a temporary file.
#[derive(Debug)]
pub struct Tail {
    folder: PathBuf,
    limit: usize,
    file: Option<File>,
    n_written: u64,
    tail: Vec<u8>,
}

impl Tail {
    /// An empty one. More than `limit` bytes go to a file in `folder`.
    pub fn new(folder: impl Into<PathBuf>, limit: usize) -> Self {
        Self {
            folder: folder.into(),
            limit,
            file: None,
            n_written: 0,
            tail: Vec::new(),
        }
    }

    /// Number of bytes, which is the position of the next ones.
    pub fn len(&self) -> u64 {
        self.n_written + self.tail.len() as u64
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends `bytes`, which are read as a whole or in parts, but never together with others.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.tail.extend_from_slice(bytes);
        if self.tail.len() > self.limit {
            self.write()
        } else {
            Ok(())
        }
    }

    /// Fills `bytes` from `start` on, which must have been appended at once.
    pub fn read(&self, start: u64, bytes: &mut [u8]) -> io::Result<()> {
        match (start.checked_sub(self.n_written), &self.file) {
            (None, Some(file)) => read_at(file, start, bytes)?,
            (None, None) => unreachable!("what was written is in the file"),
            (Some(in_tail), _) => {
                bytes.copy_from_slice(&self.tail[in_tail as usize..][..bytes.len()])
            }
        }
        Ok(())
    }

    fn write(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile_in(&self.folder)?),
        };
        write_at(file, self.n_written, &self.tail)?;
        self.n_written += self.tail.len() as u64;
        self.tail.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_appended_is_read(values in prop::collection::vec("[a-z]{0,20}", 0..30), limit in 0_usize..200) {
            let mut tail = Tail::new(std::env::temp_dir(), limit);
            let mut starts = Vec::new();
            for value in &values {
                starts.push(tail.len());
                tail.append(value.as_bytes()).unwrap();
            }
            for (value, start) in values.iter().zip(starts).rev() {
                let mut bytes = vec![0; value.len()];
                tail.read(start, &mut bytes).unwrap();
                prop_assert_eq!(bytes, value.as_bytes());
            }
        }
    }
}
