//! Comma-, semicolon- or tab-separated values with a header, quoted as spreadsheets do (RFC 4180).

use super::{Indices, Rows, TextRow, no_text};
use crate::{
    error::{FilesError, Result},
    regular,
};
use csv::{ByteRecord, Reader, ReaderBuilder};
use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

#[derive(Debug)]
pub(super) struct Csv {
    path: PathBuf,
    delimiter: u8,
    /// The first byte of each row.
    starts: Vec<u64>,
    indices: Indices,
    text_column: String,
    /// A reader, and the row that it reads next.
    cursor: Mutex<Option<(usize, Reader<File>)>>,
}

impl Csv {
    pub(super) fn open(path: &Path, text_column: Option<&str>) -> Result<Self> {
        let failed = |source| FilesError::Csv {
            path: path.to_owned(),
            source,
        };
        let (delimiter, first) = beginning(path).map_err(FilesError::io("read", path))?;
        let mut reader = reader(path, delimiter, first)?;
        let mut row = ByteRecord::new();
        reader.read_byte_record(&mut row).map_err(failed)?;
        let columns: Vec<String> = row
            .iter()
            .map(|column| String::from_utf8_lossy(column).into_owned())
            .collect();
        let indices = Indices::of(path, &columns, text_column)?;
        let mut starts = Vec::new();
        while reader.read_byte_record(&mut row).map_err(failed)? {
            starts.push(first + row.position().map_or(0, csv::Position::byte));
        }
        starts.shrink_to_fit();
        Ok(Self {
            path: path.to_owned(),
            delimiter,
            starts,
            indices,
            text_column: columns[indices.text].clone(),
            cursor: Mutex::new(None),
        })
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
            _ => reader(&self.path, self.delimiter, self.starts[index])?,
        };
        reader
            .read_byte_record(&mut row)
            .map_err(|source| FilesError::Csv {
                path: self.path.clone(),
                source,
            })?;
        *cursor = Some((index + 1, reader));
        let field = |index: usize| {
            row.get(index)
                .filter(|field| !field.is_empty())
                .map(<[u8]>::to_vec)
        };
        let text = field(self.indices.text)
            .ok_or_else(|| no_text(&self.path, index, &self.text_column))?;
        Ok(TextRow {
            text,
            title: self.indices.title.and_then(field),
        })
    }
}

/// The delimiter, the commonest candidate of the header; and the first byte after a byte-order mark.
fn beginning(path: &Path) -> std::io::Result<(u8, u64)> {
    let mut header = Vec::new();
    BufReader::new(regular::open(path)?)
        .take(1 << 16)
        .read_until(b'\n', &mut header)?;
    let count = |candidate: &u8| header.iter().filter(|&byte| byte == candidate).count();
    // Of equally many the last: commas, also where a header has one column only.
    let delimiter = *b"\t;,"
        .iter()
        .max_by_key(|candidate| count(candidate))
        .expect("there are candidates");
    Ok((
        delimiter,
        if header.starts_with("\u{feff}".as_bytes()) {
            3
        } else {
            0
        },
    ))
}

/// Rows from the byte `start` on, the header's too.
fn reader(path: &Path, delimiter: u8, start: u64) -> Result<Reader<File>> {
    let mut file = regular::open(path).map_err(FilesError::io("read", path))?;
    file.seek(SeekFrom::Start(start))
        .map_err(FilesError::io("read", path))?;
    let mut builder = ReaderBuilder::new();
    builder
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .buffer_capacity(1 << 16);
    Ok(builder.from_reader(file))
}
