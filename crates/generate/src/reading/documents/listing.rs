//! The documents of the input as a list that is read in any order. Listing reads no document; rows are counted.

use super::{
    Source, Unreadable,
    find::{Found, FoundFile, find, shown},
    roots::Root,
    rows,
};
use crate::{
    error::GenerateError,
    reading::{ReadError, child::Reader, formats::Formats},
    settings::Settings,
};
use examen_core::Language;
use examen_files::text_rows::TextRows;
use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

/// Number of files of rows that are kept ready to be read on.
const MOST_FILES_READY: usize = 4;

/// The documents of the input, by path. Takes a few dozen bytes for each document beside its path; a row of a file of
/// rows takes eight at most.
pub struct Listing {
    roots: Vec<Root>,
    files: Vec<Listed>,
    unlisted: Vec<Unreadable>,
    n_other_files: usize,
    language: Option<Language>,
    formats: Formats,
    reader: Option<Reader>,
    /// The files of rows that were read last.
    ready: Mutex<VecDeque<usize>>,
}

struct Listed {
    file: FoundFile,
    /// The number of documents before it.
    start: usize,
    rows: Option<Box<TextRows>>,
}

impl std::fmt::Debug for Listing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listing")
            .field("len", &self.len())
            .field("unlisted", &self.unlisted)
            .finish_non_exhaustive()
    }
}

impl Listing {
    /// Lists the input: folders with their subfolders, files, patterns. Hidden files and the output folder are not
    /// looked at; links are followed.
    ///
    /// # Errors
    /// If the input is not there, a pattern means nothing, or nothing has an extension that is read.
    pub fn of(settings: &Settings) -> Result<Self, GenerateError> {
        let inputs = &settings.input;
        let roots = inputs.roots()?;
        let Found {
            files,
            unlisted,
            n_other_files,
        } = find(inputs, &roots, &settings.output)?;
        let mut listing = Self {
            roots,
            files: Vec::with_capacity(files.len()),
            unlisted,
            n_other_files,
            language: settings.language,
            formats: Formats::with(inputs.formats),
            reader: settings.reader.clone().map(Reader::new),
            ready: Mutex::default(),
        };
        for file in files {
            listing.add(file, inputs.text_column.as_deref());
        }
        listing.files.shrink_to_fit();
        if listing.is_empty() && listing.unlisted.is_empty() {
            return Err(GenerateError::NoDocuments {
                input: inputs.to_string(),
                extensions: listing.formats.extensions(),
            });
        }
        Ok(listing)
    }

    fn add(&mut self, file: FoundFile, text_column: Option<&str>) {
        let start = self.len();
        let path = self.file_path(&file);
        if !TextRows::has_extension(&path) {
            self.files.push(Listed {
                file,
                start,
                rows: None,
            });
            return;
        }
        match TextRows::open(&path, text_column) {
            Ok(rows) if rows.is_empty() => self.refuse(&file, &ReadError::Empty),
            Ok(rows) => self.files.push(Listed {
                file,
                start,
                rows: Some(Box::new(rows)),
            }),
            Err(error) => self.refuse(&file, &error.into()),
        }
    }

    fn refuse(&mut self, file: &FoundFile, error: &ReadError) {
        let path = shown(&self.roots[file.root], &file.below);
        let index = self.unlisted.partition_point(|other| other.path <= path);
        let reason = error.to_string();
        self.unlisted.insert(index, Unreadable { path, reason });
    }

    /// Number of documents: files, and rows of files of rows. Some of them may turn out to be unreadable.
    pub fn len(&self) -> usize {
        self.files.last().map_or(0, Listed::end)
    }

    /// True if there is no document.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Paths that cannot be listed, and files of rows that cannot be opened; by path.
    pub fn unlisted(&self) -> &[Unreadable] {
        &self.unlisted
    }

    /// Files in no format that is read.
    pub fn n_other_files(&self) -> usize {
        self.n_other_files
    }

    /// Reads the document at `index`, which must be below [`Listing::len`]. Blocks; may be called from several threads,
    /// in any order. Rows are read fastest in theirs.
    ///
    /// # Errors
    /// Tell the document and why it cannot be read.
    ///
    /// # Panics
    /// If there is no such document.
    pub fn read(&self, index: usize) -> Result<Source, Unreadable> {
        let number = self.number_of_file(index);
        let listed = &self.files[number];
        let contents = match &listed.rows {
            None => {
                let path = self.file_path(&listed.file);
                self.formats.read(&path, self.reader.as_ref())
            }
            Some(rows) => {
                self.keep_ready(number);
                rows::read(rows, index - listed.start)
            }
        };
        let path = self.path(index);
        match contents {
            Ok(contents) => Ok(Source::new(path, contents, self.language)),
            Err(error) => Err(Unreadable {
                path,
                reason: error.to_string(),
            }),
        }
    }

    /// The path that the document at `index` is told by.
    pub(crate) fn path(&self, index: usize) -> String {
        let listed = &self.files[self.number_of_file(index)];
        let shown = shown(&self.roots[listed.file.root], &listed.file.below);
        match listed.rows {
            None => shown,
            Some(_) => format!("{shown}#{}", index - listed.start + 1),
        }
    }

    fn number_of_file(&self, index: usize) -> usize {
        self.files.partition_point(|file| file.start <= index) - 1
    }

    /// Remembers that a file of rows is read, and lets the one rest that was read longest ago.
    fn keep_ready(&self, number: usize) {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if ready.contains(&number) {
            return;
        }
        ready.push_back(number);
        if ready.len() > MOST_FILES_READY
            && let Some(rows) = ready
                .pop_front()
                .and_then(|oldest| self.files[oldest].rows.as_ref())
        {
            rows.rest();
        }
    }

    fn file_path(&self, file: &FoundFile) -> PathBuf {
        self.roots[file.root].folder.join(&file.below)
    }
}

impl Listed {
    fn end(&self) -> usize {
        self.start + self.rows.as_ref().map_or(1, |rows| rows.len())
    }
}
