//! Append-only journals: finished work is never done again, whenever the process ends.
//!
//! A journal is a text file of lines `{"key":…,"value":…}`. A line counts once its line feed is on the disk; whatever
//! follows the last line feed is a write that was interrupted and is cut off on opening. Values stay on the disk, and
//! beyond some 20,000 of them the keys do too.

use crate::{
    atomic::{create_private_folders, folder_of, sync_folder},
    error::{FilesError, Result},
    scratch::{DiskMap, Key, key as hashed, read_at},
};
use futures::channel::oneshot;
use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, IgnoredAny},
};
use std::{
    borrow::Cow,
    fs::{File, TryLockError},
    io::{self, BufRead, BufReader, Write},
    marker::PhantomData,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

/// Largest number of lines that share one sync.
const MAX_GROUP: usize = 1024;
/// Time that the first of several lines waits for others.
const GATHERING: Duration = Duration::from_millis(4);

/// Finished work by key.
#[derive(Debug)]
pub struct Journal<V> {
    path: PathBuf,
    /// Position of the last line of each key: its first byte and its length.
    index: Arc<Mutex<DiskMap>>,
    reader: Mutex<File>,
    /// `None` only while it is dropped.
    lines: Option<mpsc::Sender<Line>>,
    writer: Option<JoinHandle<()>>,
    values: PhantomData<fn() -> V>,
}

/// A line on its way to the disk.
struct Line {
    key: Key,
    bytes: Vec<u8>,
    written: oneshot::Sender<io::Result<()>>,
}

#[derive(Deserialize)]
struct Entry<'a, V> {
    #[serde(borrow)]
    key: Cow<'a, str>,
    value: V,
}

#[derive(Serialize)]
struct EntryRef<'a, V> {
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
        let file = open_locked(&path)?;
        let (index, end) = read_index(&file, &path)?;
        let length = file
            .metadata()
            .map_err(FilesError::io("read", &path))?
            .len();
        if end < length {
            file.set_len(end).map_err(FilesError::io("repair", &path))?;
        }
        let reader = Mutex::new(File::open(&path).map_err(FilesError::io("open", &path))?);
        let index = Arc::new(Mutex::new(index));
        let (lines, received) = mpsc::channel();
        let writer = Writer {
            file,
            end,
            index: Arc::clone(&index),
        };
        let writer = thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer.write_groups(&received))
            .map_err(FilesError::io("write", &path))?;
        Ok(Self {
            path,
            index,
            reader,
            lines: Some(lines),
            writer: Some(writer),
            values: PhantomData,
        })
    }

    /// True if something was written under `key`.
    ///
    /// # Errors
    /// If the temporary file of the keys cannot be read.
    pub fn contains(&self, key: &str) -> Result<bool> {
        Ok(self.position(key)?.is_some())
    }

    /// The value last written under `key`.
    ///
    /// # Errors
    /// If the file cannot be read any more, or the value is of another type.
    pub fn get(&self, key: &str) -> Result<Option<V>> {
        let Some(position) = self.position(key)? else {
            return Ok(None);
        };
        let bytes = self
            .read(position)
            .map_err(FilesError::io("read", &self.path))?;
        let entry: Entry<'_, V> =
            serde_json::from_slice(&bytes).map_err(|source| FilesError::Json {
                path: self.path.clone(),
                source,
            })?;
        Ok(Some(entry.value))
    }

    /// Writes `value` under `key`. When the future is ready, the line is on the disk; lines that wait at the same time
    /// share one sync. The line is written whether or not the future is polled.
    ///
    /// # Errors
    /// If the disk is full or gone; the journal is then as it was before.
    pub fn append(&self, key: &str, value: &V) -> impl Future<Output = Result<()>> + Send + use<V> {
        let path = self.path.clone();
        let written = self.send(key, value);
        async move {
            let written = written?
                .await
                .unwrap_or_else(|_| Err(io::Error::other("its writer has stopped")));
            written.map_err(FilesError::io("append to", &path))
        }
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        locked(&self.index).len()
    }

    /// True if nothing is finished yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn send(&self, key: &str, value: &V) -> Result<oneshot::Receiver<io::Result<()>>> {
        let mut bytes =
            serde_json::to_vec(&EntryRef { key, value }).map_err(|source| FilesError::Json {
                path: self.path.clone(),
                source,
            })?;
        bytes.push(b'\n');
        let (written, receiver) = oneshot::channel();
        let lines = self.lines.as_ref().expect("it is open");
        // A writer that has stopped has dropped the other end: the receiver tells.
        let _ = lines.send(Line {
            key: hashed(key),
            bytes,
            written,
        });
        Ok(receiver)
    }

    fn position(&self, key: &str) -> Result<Option<(u64, u32)>> {
        locked(&self.index)
            .get(hashed(key))
            .map_err(FilesError::io("look up a key of", &self.path))
    }

    fn read(&self, (start, length): (u64, u32)) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length as usize];
        read_at(&locked(&self.reader), start, &mut bytes)?;
        Ok(bytes)
    }
}

/// Every key and value that was ever written to the journal at `path`, in order; none where there is no journal. It may be
/// open.
///
/// # Errors
/// If it cannot be read. Each entry: a whole line that does not parse, by its number.
pub fn entries<V: DeserializeOwned>(
    path: &Path,
) -> Result<impl Iterator<Item = Result<(String, V)>>> {
    let file = match File::open(path) {
        Ok(file) => Some(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(source) => {
            return Err(FilesError::Io {
                doing: "open",
                path: path.to_owned(),
                source,
            });
        }
    };
    let path = path.to_owned();
    let mut reader = file.map(|file| BufReader::with_capacity(1 << 16, file));
    let (mut line, mut number) = (Vec::new(), 0);
    Ok(std::iter::from_fn(move || {
        line.clear();
        number += 1;
        let read = reader.as_mut()?.read_until(b'\n', &mut line);
        let entry = match read {
            Err(source) => Err(FilesError::Io {
                doing: "read",
                path: path.clone(),
                source,
            }),
            Ok(_) if !line.ends_with(b"\n") => return None,
            Ok(_) => serde_json::from_slice::<Entry<'_, V>>(&line)
                .map(|entry| (entry.key.into_owned(), entry.value))
                .map_err(|source| FilesError::Line {
                    path: path.clone(),
                    line: number,
                    source,
                }),
        };
        Some(entry)
    }))
}

impl<V> Drop for Journal<V> {
    /// Waits for the lines that are on their way.
    fn drop(&mut self) {
        self.lines = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

/// The thread that writes.
struct Writer {
    file: File,
    /// Bytes of whole lines.
    end: u64,
    index: Arc<Mutex<DiskMap>>,
}

impl Writer {
    fn write_groups(mut self, lines: &mpsc::Receiver<Line>) {
        let mut come_together = false;
        while let Ok(first) = lines.recv() {
            if come_together {
                thread::sleep(GATHERING);
            }
            let group: Vec<Line> = std::iter::once(first)
                .chain(lines.try_iter().take(MAX_GROUP - 1))
                .collect();
            come_together = group.len() > 1;
            let bytes: Vec<u8> = group
                .iter()
                .flat_map(|line| line.bytes.iter().copied())
                .collect();
            let written = self
                .file
                .write_all(&bytes)
                .and_then(|()| self.file.sync_data());
            let written = written.and_then(|()| self.remember(&group));
            if written.is_err() {
                // Half a line in the middle would make the journal unreadable. If even this fails, opening cuts it off.
                drop(self.file.set_len(self.end));
            }
            for line in group {
                // Who waits no more needs no answer.
                let _ = line
                    .written
                    .send(written.as_ref().map_err(same_error).copied());
            }
        }
    }

    fn remember(&mut self, group: &[Line]) -> io::Result<()> {
        let mut index = locked(&self.index);
        for line in group {
            let length = u32::try_from(line.bytes.len()).unwrap_or(u32::MAX);
            index.insert(line.key, (self.end, length))?;
            self.end += line.bytes.len() as u64;
        }
        Ok(())
    }
}

/// One error for every line of a group.
fn same_error(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

/// Position of every key's last line, and the end of the last whole line.
fn read_index(file: &File, path: &Path) -> Result<(DiskMap, u64)> {
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let (mut index, mut start, mut line) = (DiskMap::new(folder_of(path)), 0_u64, Vec::new());
    for number in 1.. {
        line.clear();
        let length = reader
            .read_until(b'\n', &mut line)
            .map_err(FilesError::io("read", path))?;
        if !line.ends_with(b"\n") {
            break;
        }
        let entry: Entry<'_, IgnoredAny> =
            serde_json::from_slice(&line).map_err(|source| FilesError::Line {
                path: path.to_owned(),
                line: number,
                source,
            })?;
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        index
            .insert(hashed(&entry.key), (start, length))
            .map_err(FilesError::io("index", path))?;
        start += u64::from(length);
    }
    Ok((index, start))
}

/// The guarded value, which is whole whenever the lock is free, whatever happened to the thread that held it last.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes a journal that an earlier version began from the eyes of others: it holds private documents. Where that is
/// another user's, that one decides.
fn make_private(_file: &File) {
    #[cfg(unix)]
    let _ = _file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600));
}

fn open_locked(path: &Path) -> Result<File> {
    let folder = folder_of(path);
    create_private_folders(folder).map_err(FilesError::io("create", folder))?;
    let mut options = File::options();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path).map_err(FilesError::io("open", path))?;
    make_private(&file);
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(FilesError::InUse {
                path: path.to_owned(),
            });
        }
        // File systems without locks exist; there the user sees to it that only one run writes.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
        Err(TryLockError::Error(source)) => {
            return Err(FilesError::Io {
                doing: "lock",
                path: path.to_owned(),
                source,
            });
        }
    }
    sync_folder(folder).map_err(FilesError::io("create", path))?;
    Ok(file)
}
