//! Bytes by their place: in memory up to a limit, then in a temporary file.

use std::{
    fs::File,
    io::{self, Write},
    path::PathBuf,
};

/// A growing run of bytes. The file has no name where the system allows it, and vanishes with this value.
#[derive(Debug)]
pub(super) struct Bytes {
    folder: PathBuf,
    limit: usize,
    store: Store,
}

#[derive(Debug)]
enum Store {
    Memory(Vec<u8>),
    Disk(File),
}

impl Bytes {
    /// None yet.
    pub(super) fn new(folder: PathBuf, limit: usize) -> Self {
        Self { folder, limit, store: Store::Memory(Vec::new()) }
    }

    /// `n` zeros, in memory if they fit.
    pub(super) fn zeros(&self, n: usize) -> io::Result<Self> {
        let store = if n <= self.limit {
            Store::Memory(vec![0; n])
        } else {
            let file = tempfile::tempfile_in(&self.folder)?;
            file.set_len(n as u64)?;
            Store::Disk(file)
        };
        Ok(Self { folder: self.folder.clone(), limit: self.limit, store })
    }

    /// Fills `bytes` from `start` on. What is read must have been written.
    pub(super) fn read(&mut self, start: u64, bytes: &mut [u8]) -> io::Result<()> {
        match &mut self.store {
            Store::Memory(memory) => bytes.copy_from_slice(&memory[start as usize..][..bytes.len()]),
            Store::Disk(file) => read_at(file, start, bytes)?,
        }
        Ok(())
    }

    /// Writes `bytes` from `start` on, which is not beyond the end.
    pub(super) fn write(&mut self, start: u64, bytes: &[u8]) -> io::Result<()> {
        let end = start as usize + bytes.len();
        match &mut self.store {
            Store::Memory(memory) if end <= self.limit.max(memory.len()) => {
                if memory.len() < end {
                    memory.resize(end, 0);
                }
                memory[start as usize..end].copy_from_slice(bytes);
                Ok(())
            }
            Store::Memory(memory) => {
                let mut file = tempfile::tempfile_in(&self.folder)?;
                file.write_all(memory)?;
                write_at(&mut file, start, bytes)?;
                self.store = Store::Disk(file);
                Ok(())
            }
            Store::Disk(file) => write_at(file, start, bytes),
        }
    }
}

#[cfg(unix)]
fn read_at(file: &mut File, start: u64, bytes: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, start)
}

#[cfg(unix)]
fn write_at(file: &mut File, start: u64, bytes: &[u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, start)
}

#[cfg(not(unix))]
fn read_at(file: &mut File, start: u64, bytes: &mut [u8]) -> io::Result<()> {
    io::Seek::seek(file, io::SeekFrom::Start(start))?;
    io::Read::read_exact(file, bytes)
}

#[cfg(not(unix))]
fn write_at(file: &mut File, start: u64, bytes: &[u8]) -> io::Result<()> {
    io::Seek::seek(file, io::SeekFrom::Start(start))?;
    file.write_all(bytes)
}
