//! Append-only journals: what is finished is never done again, whenever the process ends.
//!
//! A journal is a text file of lines `{"key":…,"value":…}`. A line counts once its line feed is on the disk; whatever
//! follows the last line feed is a write that was interrupted and is cut off on opening.

use crate::{FilesError, Result, atomic};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    collections::HashMap,
    fs::{self, File, TryLockError},
    io::{Read, Write},
    path::{Path, PathBuf},
};

/// Finished work by key.
#[derive(Debug)]
pub struct Journal<V> {
    path: PathBuf,
    file: File,
    /// Bytes of whole lines.
    end: u64,
    entries: Vec<(String, V)>,
    places: HashMap<String, usize>,
}

#[derive(Deserialize)]
struct Line<V> {
    key: String,
    value: V,
}

#[derive(Serialize)]
struct LineRef<'a, V> {
    key: &'a str,
    value: &'a V,
}

impl<V: Serialize + DeserializeOwned> Journal<V> {
    /// Opens the journal at `path`, or begins one (with the folders above it), and keeps it locked while it is open.
    ///
    /// # Errors
    /// A whole line that does not parse, by its number; [`FilesError::InUse`] while another process has it open.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let mut file = open_locked(&path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(FilesError::io("read", &path))?;
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
        if whole < bytes.len() {
            file.set_len(whole as u64).map_err(FilesError::io("repair", &path))?;
        }
        let mut journal = Self { path, file, end: whole as u64, entries: Vec::new(), places: HashMap::new() };
        journal.replay(&bytes[..whole])?;
        Ok(journal)
    }

    /// The value last written under `key`.
    pub fn get(&self, key: &str) -> Option<&V> {
        self.places.get(key).map(|&place| &self.entries[place].1)
    }

    /// Writes `value` under `key`. When this returns, the line is on the disk.
    ///
    /// # Errors
    /// If the disk is full or gone; the journal is then as it was before.
    pub fn append(&mut self, key: &str, value: V) -> Result<()> {
        let mut line = serde_json::to_vec(&LineRef { key, value: &value })
            .map_err(|source| FilesError::Json { path: self.path.clone(), source })?;
        line.push(b'\n');
        if let Err(source) = self.file.write_all(&line).and_then(|()| self.file.sync_data()) {
            // Half a line in the middle would make the journal unreadable. If even this fails, opening cuts it off.
            let _ = self.file.set_len(self.end);
            return Err(FilesError::Io { doing: "append to", path: self.path.clone(), source });
        }
        self.end += line.len() as u64;
        self.remember(key.to_owned(), value);
        Ok(())
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is finished yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Keys and values, in the order in which the keys were first written.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn replay(&mut self, bytes: &[u8]) -> Result<()> {
        for (index, line) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
            let Line { key, value } = serde_json::from_slice(line).map_err(|source| FilesError::Line {
                path: self.path.clone(),
                line: index + 1,
                source,
            })?;
            self.remember(key, value);
        }
        Ok(())
    }

    fn remember(&mut self, key: String, value: V) {
        match self.places.get(&key) {
            Some(&place) => self.entries[place].1 = value,
            None => {
                self.places.insert(key.clone(), self.entries.len());
                self.entries.push((key, value));
            }
        }
    }
}

fn open_locked(path: &Path) -> Result<File> {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(FilesError::io("create", folder))?;
    let file = File::options().read(true).append(true).create(true).open(path).map_err(FilesError::io("open", path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(FilesError::InUse { path: path.to_owned() }),
        // File systems without locks exist; there the user sees to it that only one run writes.
        Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {}
        Err(TryLockError::Error(source)) => {
            return Err(FilesError::Io { doing: "lock", path: path.to_owned(), source });
        }
    }
    atomic::sync_folder(folder).map_err(FilesError::io("create", path))?;
    Ok(file)
}
