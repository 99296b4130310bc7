//! The documents of the input as a list that is read in any order. Listing reads no document; rows are counted.

use super::{
    Source, Unreadable,
    archives::Unpacking,
    find::{Found, FoundFile, find, shown},
    roots::{Root, matcher},
};
use crate::{
    error::GenerateError,
    reading::{
        ReadError,
        child::{Place, Reader},
        formats::Formats,
        ocr,
    },
    settings::{LanguageRule, Ocr, Settings},
};
use examen_core::Language;
use examen_files::{child::Program, text_rows::TextRows};
use globset::GlobMatcher;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// The documents of the input, by path. Takes a few dozen bytes for each file beside its path; rows of a file of rows take
/// none.
pub struct Listing {
    roots: Vec<Root>,
    files: Vec<Listed>,
    unlisted: Vec<Unreadable>,
    n_other_files: usize,
    /// Languages that are told: the patterns of the documents, or all.
    languages: Vec<(Option<GlobMatcher>, Language)>,
    formats: Formats,
    ocr: Ocr,
    reader: Reader,
    /// What was in archives; goes with the listing.
    _unpacked: Option<TempDir>,
}

struct Listed {
    file: FoundFile,
    /// The number of documents before it.
    start: usize,
    /// Number of rows of a file of rows.
    n_rows: Option<usize>,
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
        let mut roots = inputs.roots()?;
        let mut found = find(inputs, &roots, &settings.output)?;
        let readable = readable(&roots, std::mem::take(&mut found.linked));
        let formats = Formats::with(inputs.formats);
        let reader = |more: Option<&Path>| {
            let readable = readable.iter().map(PathBuf::as_path).chain(more);
            let readable: Vec<PathBuf> = readable.map(Path::to_owned).collect();
            let program = settings.reader.clone().map(|program| Program {
                readable,
                ..program
            });
            Reader::new(program, formats, inputs.text_column.clone())
        };
        let unpacked = match found.archives.is_empty() {
            true => None,
            false => {
                let (reader, filter) = (reader(None), inputs.filter()?);
                let unpacking = Unpacking::new(&reader, &filter, formats)?;
                Some(unpacking.unpack(&mut found, &mut roots))
            }
        };
        let n_other_files = found.others.values().sum();
        if n_other_files > 0 {
            tracing::warn!(
                "{n_other_files} files are in no format that is read: {}",
                found.other_kinds()
            );
        }
        let Found {
            files, unlisted, ..
        } = found;
        let reader = reader(unpacked.as_ref().map(TempDir::path));
        let mut listing = Self {
            roots,
            files: Vec::with_capacity(files.len()),
            unlisted,
            n_other_files,
            languages: languages(&settings.languages)?,
            formats,
            ocr: inputs.ocr,
            reader,
            _unpacked: unpacked,
        };
        for file in files {
            listing.add(file);
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

    fn add(&mut self, file: FoundFile) {
        let start = self.len();
        let path = self.file_path(&file);
        if !TextRows::has_extension(&path) {
            self.files.push(Listed {
                file,
                start,
                n_rows: None,
            });
            return;
        }
        match self.reader.count(&path) {
            Ok(0) => self.refuse(&file, &ReadError::Empty),
            Ok(n) => self.files.push(Listed {
                file,
                start,
                n_rows: Some(n),
            }),
            Err(error) => self.refuse(&file, &error),
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
        let place = self.place(index);
        let is_row = place.1.is_some();
        let following = (index + 1..self.len()).map(|index| self.place(index));
        let following = following.take_while(|(path, row)| match is_row {
            true => *path == place.0 && row.is_some(),
            false => row.is_none(),
        });
        let contents = self.reader.read(place.clone(), following);
        let path = self.path(index);
        let language = self.told_language(&path);
        let contents = contents.and_then(|mut contents| {
            let code = language.as_ref().map(Language::code);
            self.ocr.read(&self.reader, &place.0, code, &mut contents);
            ocr::check(&contents).map(|()| contents)
        });
        match contents {
            Ok(contents) => Ok(Source::new(path, contents, language)),
            Err(error) => Err(Unreadable {
                path,
                reason: error.to_string(),
            }),
        }
    }

    /// The language of the document, if the user tells it.
    fn told_language(&self, path: &str) -> Option<Language> {
        let file = path.split('#').next().unwrap_or(path);
        let is_meant = |pattern: &Option<GlobMatcher>| match pattern {
            Some(pattern) => pattern.is_match(path) || pattern.is_match(file),
            None => true,
        };
        let mut rules = self.languages.iter();
        rules
            .find(|(pattern, _)| is_meant(pattern))
            .map(|(_, language)| *language)
    }

    fn place(&self, index: usize) -> Place {
        let listed = &self.files[self.number_of_file(index)];
        let row = listed.n_rows.map(|_| index - listed.start);
        (self.file_path(&listed.file), row)
    }

    /// The path that the document at `index` is told by.
    pub(crate) fn path(&self, index: usize) -> String {
        let listed = &self.files[self.number_of_file(index)];
        let shown = shown(&self.roots[listed.file.root], &listed.file.below);
        match listed.n_rows {
            None => shown,
            Some(_) => format!("{shown}#{}", index - listed.start + 1),
        }
    }

    fn number_of_file(&self, index: usize) -> usize {
        self.files.partition_point(|file| file.start <= index) - 1
    }

    fn file_path(&self, file: &FoundFile) -> PathBuf {
        self.roots[file.root].folder.join(&file.below)
    }
}

impl Listed {
    fn end(&self) -> usize {
        self.start + self.n_rows.unwrap_or(1)
    }
}

fn languages(
    rules: &[LanguageRule],
) -> Result<Vec<(Option<GlobMatcher>, Language)>, GenerateError> {
    let compiled = |rule: &LanguageRule| {
        let pattern = rule.pattern.as_deref().map(matcher);
        let pattern = pattern
            .transpose()
            .map_err(|error| GenerateError::Setting {
                name: "language",
                reason: error.to_string(),
            })?;
        Ok((pattern, rule.language))
    };
    rules.iter().map(compiled).collect()
}

/// Most paths that a reading process is told one by one.
const MOST_READABLE: usize = 500;

/// The paths that a reading process needs: the roots, and what links below them lead to. Where those are many, their
/// folders.
fn readable(roots: &[Root], linked: BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let linked = match linked.len() {
        0..=MOST_READABLE => linked,
        _ => linked
            .iter()
            .filter_map(|path| path.parent().map(Path::to_owned))
            .collect(),
    };
    let roots = roots.iter().map(|root| root.walked.clone());
    let readable: BTreeSet<PathBuf> = roots.chain(linked).collect();
    match readable.len() {
        0..=MOST_READABLE => readable.into_iter().collect(),
        _ => vec![PathBuf::from("/")],
    }
}
