//! A fixed number of bytes, in memory or in a temporary file.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

/// Bytes by their position.
#[derive(Debug)]
pub(super) enum Bytes {
    Memory(Vec<u8>),
    Disk(File),
}

impl Bytes {
    /// `n` zeros, in memory if they are not more than `limit`, else in a file in `folder`.
    pub(super) fn zeros(n: usize, limit: usize, folder: &Path) -> io::Result<Self> {
        if n <= limit {
            return Ok(Self::Memory(vec![0; n]));
        }
        let file = tempfile::tempfile_in(folder)?;
        file.set_len(n as u64)?;
        Ok(Self::Disk(file))
    }

    /// Fills `bytes` from `start` on.
    pub(super) fn read(&self, start: u64, bytes: &mut [u8]) -> io::Result<()> {
        match self {
            Self::Memory(memory) => bytes.copy_from_slice(&memory[start as usize..][..bytes.len()]),
            Self::Disk(file) => read_at(file, start, bytes)?,
        }
        Ok(())
    }

    /// Writes `bytes` from `start` on.
    pub(super) fn write(&mut self, start: u64, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Memory(memory) => memory[start as usize..][..bytes.len()].copy_from_slice(bytes),
            Self::Disk(file) => write_at(file, start, bytes)?,
        }
        Ok(())
    }
}

/// Fills `bytes` from the file, from the byte `start` on.
pub(crate) fn read_at(mut file: &File, start: u64, bytes: &mut [u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(bytes)
}

/// Writes `bytes` to the file, from the byte `start` on.
pub(super) fn write_at(mut file: &File, start: u64, bytes: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(start))?;
    file.write_all(bytes)
}
