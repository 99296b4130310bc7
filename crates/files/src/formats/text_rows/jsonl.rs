//! JSON: one object a line, or the values of an array, or one object.

use super::{
    Chosen, Rows, TextRow,
    input::{Bytes, Input},
    no_text, selection,
};
use crate::error::{FilesError, Result};
use serde_json::{Map, Value};
use std::{
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

#[derive(Debug)]
pub(super) struct Jsonl {
    path: PathBuf,
    input: Input,
    /// The first byte of each value, and the first that is none of its.
    places: Vec<(u64, u64)>,
    chosen: Option<Chosen>,
    title: Option<String>,
    cursor: Mutex<Option<Cursor>>,
}

/// A reader, and the byte that it reads next.
type Cursor = (u64, BufReader<Box<dyn Bytes>>);

impl Jsonl {
    pub(super) fn open(path: &Path, text_column: Option<&str>) -> Result<Self> {
        let failed = |error| FilesError::io("read", path)(error);
        let input = Input::open(path)?;
        let places = if is_whole(path, &input).map_err(failed)? {
            values(&input)
        } else {
            lines(&input)
        };
        let mut rows = Self {
            path: path.to_owned(),
            input,
            places: places.map_err(failed)?,
            chosen: None,
            title: None,
            cursor: Mutex::new(None),
        };
        if rows.places.is_empty() {
            return Ok(rows);
        }
        let first = rows.object(0)?;
        let columns: Vec<String> = first.keys().cloned().collect();
        let shown = selection::paths(&Value::Object(first));
        let chosen = Chosen::of(path, &columns, &shown, text_column)?;
        rows.title = chosen.title.map(|index| columns[index].clone());
        rows.chosen = Some(chosen);
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
        let (start, end) = self.places[index];
        let mut cursor = self.cursor.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = match cursor.take() {
            Some((next, file)) if next == start => file,
            _ => self.input.buffered(start)?,
        };
        let mut line = Vec::new();
        let n_bytes = file.by_ref().take(end - start).read_to_end(&mut line)?;
        *cursor = Some((start + n_bytes as u64, file));
        Ok(line)
    }
}

impl Rows for Jsonl {
    fn len(&self) -> usize {
        self.places.len()
    }

    fn read(&self, index: usize) -> Result<TextRow> {
        let object = self.object(index)?;
        let chosen = self.chosen.as_ref();
        let text = chosen.and_then(|chosen| chosen.selection.text(|column| object.get(column)));
        let shown = chosen.map_or("text", |chosen| &chosen.shown);
        let text = text.ok_or_else(|| no_text(&self.path, index, shown))?;
        let title = self
            .title
            .as_deref()
            .and_then(|title| object.get(title)?.as_str());
        Ok(TextRow {
            text: text.into_bytes(),
            title: title
                .filter(|title| !title.is_empty())
                .map(|title| title.as_bytes().to_vec()),
        })
    }
}

/// True for an array, and for a file that is not one of lines by its name unless its first line is a value.
fn is_whole(path: &Path, input: &Input) -> io::Result<bool> {
    let mut reader = input.buffered(input.start)?;
    let mut first = [b' '];
    while first[0].is_ascii_whitespace() {
        if reader.read(&mut first)? == 0 {
            return Ok(false);
        }
    }
    let is_json = super::extension(path).as_deref() == Some("json");
    let is_line = || Ok(serde_json::from_slice::<Value>(&input.first_line(input.start)?).is_ok());
    match first[0] {
        b'[' => Ok(true),
        _ if is_json => is_line().map(|is_line: bool| !is_line),
        _ => Ok(false),
    }
}

/// The places of all lines that are not empty.
fn lines(input: &Input) -> io::Result<Vec<(u64, u64)>> {
    let mut file = input.buffered(input.start)?;
    let (mut places, mut position, mut line) = (Vec::new(), input.start, Vec::new());
    loop {
        line.clear();
        let n_bytes = file.read_until(b'\n', &mut line)? as u64;
        if n_bytes == 0 {
            places.shrink_to_fit();
            return Ok(places);
        }
        if !line.trim_ascii().is_empty() {
            places.push((position, position + n_bytes));
        }
        position += n_bytes;
    }
}

/// The places of the values of an array, or of values one after the other.
fn values(input: &Input) -> io::Result<Vec<(u64, u64)>> {
    let (mut places, mut position) = (Vec::new(), input.start);
    let (mut depth, mut is_string, mut is_escaped, mut start) = (0_usize, false, false, None);
    let (mut outer, mut is_begun) = (0, false);
    for byte in input.buffered(input.start)?.bytes() {
        let byte = byte?;
        position += 1;
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_string => is_escaped = true,
            b'"' => {
                is_string = !is_string;
                start = start.or(Some(position - 1));
            }
            _ if is_string => {}
            b'[' if !is_begun => outer = 1,
            b'{' | b'[' => {
                depth += 1;
                start = start.or(Some(position - 1));
            }
            b'}' | b']' => {
                if depth == 1 {
                    places.extend(start.take().map(|start| (start, position)));
                }
                depth = depth.saturating_sub(1);
            }
            b',' if depth == 0 && outer == 1 => {
                places.extend(start.take().map(|start| (start, position - 1)))
            }
            byte if !byte.is_ascii_whitespace() && depth == 0 => {
                start = start.or(Some(position - 1))
            }
            _ => {}
        }
        is_begun |= !byte.is_ascii_whitespace();
    }
    places.extend(start.map(|start| (start, position)));
    places.shrink_to_fit();
    Ok(places)
}
