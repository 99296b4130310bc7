//! Values separated by commas, semicolons, tabs or bars, with a header, quoted as spreadsheets do (RFC 4180). A line
//! `sep=;` before the header names the delimiter.

use super::{
    Chosen, Rows, TextRow,
    input::{Bytes, Input},
    no_text,
};
use crate::error::{FilesError, Result};
use csv::{ByteRecord, Reader, ReaderBuilder};
use serde_json::Value;
use std::{
    io::BufRead,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

#[derive(Debug)]
pub(super) struct Csv {
    path: PathBuf,
    input: Input,
    delimiter: u8,
    columns: Vec<String>,
    /// The first byte of each row.
    starts: Vec<u64>,
    chosen: Chosen,
    cursor: Mutex<Option<Cursor>>,
}

/// A reader, and the row that it reads next.
type Cursor = (usize, Reader<Box<dyn Bytes>>);

impl Csv {
    pub(super) fn open(path: &Path, text_column: Option<&str>) -> Result<Self> {
        let failed = |source| FilesError::Csv {
            path: path.to_owned(),
            source,
        };
        let input = Input::open(path)?;
        let (delimiter, first) = beginning(&input).map_err(FilesError::io("read", path))?;
        check_quotes(path, &input, delimiter, first)?;
        let mut reader = reader(path, &input, delimiter, first)?;
        let mut row = ByteRecord::new();
        reader.read_byte_record(&mut row).map_err(failed)?;
        let columns: Vec<String> = row
            .iter()
            .map(|column| String::from_utf8_lossy(column).into_owned())
            .collect();
        let chosen = Chosen::of(path, &columns, &columns, text_column)?;
        let mut starts = Vec::new();
        while reader.read_byte_record(&mut row).map_err(failed)? {
            starts.push(first + row.position().map_or(0, csv::Position::byte));
        }
        starts.shrink_to_fit();
        Ok(Self {
            path: path.to_owned(),
            input,
            delimiter,
            columns,
            starts,
            chosen,
            cursor: Mutex::new(None),
        })
    }

    /// The text of a row: the bytes of one column as they are, those of several as text.
    fn text(&self, row: &ByteRecord) -> Option<Vec<u8>> {
        let index = |name: &str| self.columns.iter().position(|column| column == name);
        let field = |name: &str| {
            index(name)
                .and_then(|index| row.get(index))
                .filter(|field| !field.is_empty())
        };
        match self.chosen.selection.column() {
            Some(column) => field(column).map(<[u8]>::to_vec),
            None => {
                let values: Vec<(&str, Value)> = self
                    .chosen
                    .selection
                    .roots()
                    .filter_map(|name| Some((name, String::from_utf8_lossy(field(name)?).into())))
                    .collect();
                let value = |name: &str| {
                    values
                        .iter()
                        .find(|(known, _)| *known == name)
                        .map(|(_, value)| value)
                };
                self.chosen.selection.text(value).map(String::into_bytes)
            }
        }
    }
}

impl Rows for Csv {
    fn len(&self) -> usize {
        self.starts.len()
    }

    fn read(&self, index: usize) -> Result<TextRow> {
        let mut row = ByteRecord::new();
        let mut cursor = self.cursor.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken out, so that a reader that failed is not asked again.
        let mut reader = match cursor.take() {
            Some((next, reader)) if next == index => reader,
            _ => reader(&self.path, &self.input, self.delimiter, self.starts[index])?,
        };
        reader
            .read_byte_record(&mut row)
            .map_err(|source| FilesError::Csv {
                path: self.path.clone(),
                source,
            })?;
        *cursor = Some((index + 1, reader));
        let text = self
            .text(&row)
            .ok_or_else(|| no_text(&self.path, index, &self.chosen.shown))?;
        let title = self.chosen.title.and_then(|title| row.get(title));
        Ok(TextRow {
            text,
            title: title.filter(|title| !title.is_empty()).map(<[u8]>::to_vec),
        })
    }
}

/// The delimiter, that of a line `sep=` or the commonest candidate of the header; and the first byte of the header.
fn beginning(input: &Input) -> std::io::Result<(u8, u64)> {
    let header = input.first_line(input.start)?;
    let line = header.strip_suffix(b"\n").unwrap_or(&header);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if let Some([delimiter]) = line.strip_prefix(b"sep=") {
        return Ok((*delimiter, input.start + header.len() as u64));
    }
    let count = |candidate: &u8| header.iter().filter(|&byte| byte == candidate).count();
    // Of equally many the last: commas, also where a header has one column only.
    let delimiter = *b"|\t;,"
        .iter()
        .max_by_key(|candidate| count(candidate))
        .expect("there are candidates");
    Ok((delimiter, input.start))
}

/// Refuses a file in which a quote that opens a field takes in the lines that follow, because nothing closes it or the
/// next quote does.
fn check_quotes(path: &Path, input: &Input, delimiter: u8, first: u64) -> Result<()> {
    let failed = |error| FilesError::io("read", path)(error);
    let mut reader = input.buffered(first).map_err(failed)?;
    let mut line = Vec::new();
    // The line of the quote that is open.
    let (mut open, mut number) = (None, u64::from(first > input.start));
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(failed)? == 0 {
            break;
        }
        number += 1;
        let begins_within = open.is_some();
        match open_at_end(&line, delimiter, begins_within) {
            Quotes::Closed => open = None,
            Quotes::Open => open = open.or(Some(number)),
            Quotes::Reopened => open = Some(number),
            Quotes::Torn => return Err(unclosed(path, open.unwrap_or(number))),
        }
    }
    open.map_or(Ok(()), |open| Err(unclosed(path, open)))
}

fn unclosed(path: &Path, line: u64) -> FilesError {
    FilesError::Damaged {
        path: path.to_owned(),
        message: format!("the quote that opens a value in line {line} is not closed"),
    }
}

/// What a line does to quoted values.
enum Quotes {
    /// None is open at its end.
    Closed,
    /// The one that was open, or none before, is open.
    Open,
    /// Another one than at its beginning is open.
    Reopened,
    /// The one that was open from a line before ends in the middle of a value.
    Torn,
}

fn open_at_end(line: &[u8], delimiter: u8, begins_within: bool) -> Quotes {
    let (mut is_within, mut is_first, mut at_start) = (begins_within, begins_within, true);
    let mut bytes = line.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' if is_within && bytes.peek() == Some(&b'"') => {
                bytes.next();
            }
            b'"' if is_within => {
                let ends = bytes
                    .peek()
                    .is_none_or(|&next| next == delimiter || next.is_ascii_whitespace());
                if is_first && !ends {
                    return Quotes::Torn;
                }
                (is_within, is_first) = (false, false);
            }
            b'"' if at_start => is_within = true,
            _ => {}
        }
        at_start = !is_within && byte == delimiter;
    }
    match (is_within, is_first || !begins_within) {
        (false, _) => Quotes::Closed,
        (true, true) => Quotes::Open,
        (true, false) => Quotes::Reopened,
    }
}

/// Rows from the byte `start` on, the header's too.
fn reader(path: &Path, input: &Input, delimiter: u8, start: u64) -> Result<Reader<Box<dyn Bytes>>> {
    let bytes = input.at(start).map_err(FilesError::io("read", path))?;
    let mut builder = ReaderBuilder::new();
    builder
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .buffer_capacity(1 << 16);
    Ok(builder.from_reader(bytes))
}
