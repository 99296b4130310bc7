//! What can be asked about a file, and the answers: given by the child process, or by this one where there is no program
//! for that.

use crate::reading::{
    ReadError,
    archive::{self, Member},
    decode::decode,
    formats::Formats,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use examen_core::{Contents, Heading};
use examen_files::text_rows::TextRows;
use serde::{Deserialize, Serialize};
use std::{
    ffi::OsString,
    path::Path,
    time::{Duration, Instant},
};

/// Bytes of text, and time, after which no more documents are put into one answer.
const ENOUGH_BYTES: usize = 1 << 18;
const ENOUGH_TIME: Duration = Duration::from_millis(50);

/// What to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Request {
    /// Files that are documents.
    Files(Vec<OsString>),
    /// Some rows of a file of rows.
    Rows {
        /// The file.
        of: Table,
        /// The first row, from 0.
        first: usize,
        /// Number of rows at most.
        n: usize,
    },
    /// Number of rows of a file of rows.
    Count(Table),
    /// The files in an archive.
    Members(OsString),
    /// The bytes of one of them.
    Member {
        /// The archive.
        path: OsString,
        /// Its place among the archive's entries.
        index: usize,
    },
    /// A page of a file, from 0, as a picture.
    Picture {
        /// The file.
        path: OsString,
        /// The page.
        page: usize,
    },
}

/// A file of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Table {
    pub(crate) path: OsString,
    /// The column that holds the text, if it was named.
    pub(crate) text_column: Option<String>,
}

/// What files say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// The first of the documents that were asked for, at least one.
    Documents(Vec<Result<Contents, String>>),
    /// Number of rows.
    Count(usize),
    /// Files in an archive.
    Members(Vec<Member>),
    /// The bytes of one of them, as base64.
    Member(String),
    /// A picture in PNG, as base64.
    Picture(String),
}

/// Answers requests one after the other. Keeps the file of rows that was read last.
#[derive(Debug)]
pub(crate) struct Answering {
    formats: Formats,
    open: Option<(Table, TextRows)>,
}

impl Answering {
    /// Reads these formats.
    pub(crate) fn new(formats: Formats) -> Self {
        Self {
            formats,
            open: None,
        }
    }

    /// Answers a request.
    ///
    /// # Errors
    /// Say why a file of rows cannot be read.
    pub(crate) fn answer(&mut self, request: Request) -> Result<Answer, ReadError> {
        match request {
            Request::Files(paths) => {
                let paths = paths.iter().map(Path::new);
                let contents = paths.map(|path| self.formats.contents(path));
                Ok(Answer::Documents(enough(contents)))
            }
            Request::Count(table) => self.rows(table).map(|rows| Answer::Count(rows.len())),
            Request::Members(path) => archive::members(Path::new(&path)).map(Answer::Members),
            Request::Member { path, index } => {
                let bytes = archive::member(Path::new(&path), index)?;
                Ok(Answer::Member(BASE64_STANDARD.encode(bytes)))
            }
            Request::Picture { path, page } => {
                let picture = self.formats.picture(Path::new(&path), page)?;
                Ok(Answer::Picture(BASE64_STANDARD.encode(picture)))
            }
            Request::Rows { of, first, n } => {
                let rows = self.rows(of)?;
                if first >= rows.len() {
                    return Err(ReadError::Changed);
                }
                let part = first..rows.len().min(first.saturating_add(n));
                Ok(Answer::Documents(enough(
                    part.map(|index| row(rows, index)),
                )))
            }
        }
    }

    fn rows(&mut self, table: Table) -> Result<&TextRows, ReadError> {
        let open = match self.open.take() {
            Some(open) if open.0 == table => open,
            _ => {
                let rows = TextRows::open(Path::new(&table.path), table.text_column.as_deref())?;
                (table, rows)
            }
        };
        Ok(&self.open.insert(open).1)
    }
}

/// The first documents, fewer where they are long or take long.
fn enough(
    documents: impl Iterator<Item = Result<Contents, ReadError>>,
) -> Vec<Result<Contents, String>> {
    let (begun, mut n_bytes) = (Instant::now(), 0);
    let mut answers = Vec::new();
    for document in documents {
        let answer = document.map_err(|error| error.to_string());
        n_bytes += answer.as_ref().map_or(0, |contents| contents.text.len());
        answers.push(answer);
        if n_bytes > ENOUGH_BYTES || begun.elapsed() > ENOUGH_TIME {
            break;
        }
    }
    answers
}

/// The contents of a row; its title is the heading above it.
fn row(rows: &TextRows, index: usize) -> Result<Contents, ReadError> {
    let row = rows.read(index)?;
    let text = decode(&row.text)?;
    let title = row.title.map(|title| {
        String::from_utf8_lossy(&title)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    });
    let headings = title
        .filter(|title| !title.is_empty())
        .map(|title| Heading {
            start: 0,
            level: 1,
            title,
        });
    Ok(Contents {
        text,
        headings: headings.into_iter().collect(),
        ..Contents::default()
    })
}
