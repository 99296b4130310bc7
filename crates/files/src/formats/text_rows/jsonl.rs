//! JSON lines: one object a line.

use super::{Indices, Rows, TextRow, no_text};
use crate::{
    error::{FilesError, Result},
    regular,
};
use serde_json::{Map, Value};
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

#[derive(Debug)]
pub(super) struct Jsonl {
    path: PathBuf,
    /// The first byte of each line that is not empty.
    starts: Vec<u64>,
    text: String,
    title: Option<String>,
    /// A reader, and the byte that it reads next.
    cursor: Mutex<Option<(u64, BufReader<File>)>>,
}

impl Jsonl {
    pub(super) fn open(path: &Path, text_column: Option<&str>) -> Result<Self> {
        let starts = starts(path).map_err(FilesError::io("read", path))?;
        let mut rows = Self {
            path: path.to_owned(),
            starts,
            text: String::new(),
            title: None,
            cursor: Mutex::new(None),
        };
        if rows.starts.is_empty() {
            return Ok(rows);
        }
        let columns: Vec<String> = rows.object(0)?.keys().cloned().collect();
        let indices = Indices::of(path, &columns, text_column)?;
        rows.text.clone_from(&columns[indices.text]);
        rows.title = indices.title.map(|index| columns[index].clone());
        Ok(rows)
    }

    fn object(&self, index: usize) -> Result<Map<String, Value>> {
        let line = self
            .line(index)
            .map_err(FilesError::io("read", &self.path))?;
        serde_json::from_slice(&line).map_err(|source| FilesError::Row {
            path: self.path.clone(),
            row: index + 1,
            column: None,
            message: format!("it is no JSON object: {source}"),
        })
    }

    fn line(&self, index: usize) -> io::Result<Vec<u8>> {
        let start = self.starts[index];
        let mut cursor = self.cursor.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = match cursor.take() {
            Some((next, file)) if next == start => file,
            _ => {
                let mut file = regular::open(&self.path)?;
                file.seek(SeekFrom::Start(start))?;
                BufReader::with_capacity(1 << 16, file)
            }
        };
        let mut line = Vec::new();
        let length = self
            .starts
            .get(index + 1)
            .map_or(u64::MAX, |end| end - start);
        let n_bytes = file.by_ref().take(length).read_to_end(&mut line)?;
        *cursor = Some((start + n_bytes as u64, file));
        Ok(line)
    }
}

impl Rows for Jsonl {
    fn len(&self) -> usize {
        self.starts.len()
    }

    fn read(&self, index: usize) -> Result<TextRow> {
        let mut object = self.object(index)?;
        let mut take = |column: &str| match object.remove(column) {
            Some(Value::String(text)) => Some(text.into_bytes()),
            _ => None,
        };
        let text = take(&self.text).ok_or_else(|| no_text(&self.path, index, &self.text))?;
        let title = self
            .title
            .as_deref()
            .and_then(take)
            .filter(|title| !title.is_empty());
        Ok(TextRow { text, title })
    }
}

fn starts(path: &Path) -> io::Result<Vec<u64>> {
    let mut file = BufReader::with_capacity(1 << 16, regular::open(path)?);
    let (mut starts, mut position, mut line) = (Vec::new(), 0, Vec::new());
    if file.fill_buf()?.starts_with("\u{feff}".as_bytes()) {
        file.consume(3);
        position = 3;
    }
    loop {
        line.clear();
        let n_bytes = file.read_until(b'\n', &mut line)?;
        if n_bytes == 0 {
            starts.shrink_to_fit();
            return Ok(starts);
        }
        if !line.trim_ascii().is_empty() {
            starts.push(position);
        }
        position += n_bytes as u64;
    }
}
