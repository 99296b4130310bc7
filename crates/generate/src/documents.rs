//! Finds and reads the documents of a folder. A file that cannot be read is told with its reason, not dropped.

use crate::{GenerateError, Settings, formats, formats::Borders, language};
use examen_core::{Document, Language, Progress};
use ignore::WalkBuilder;
use serde::Serialize;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// What a folder holds.
#[derive(Debug, Default)]
pub struct Corpus {
    /// Those that were read, by path.
    pub documents: Vec<Source>,
    /// Those that were not, by path.
    pub unreadable: Vec<Unreadable>,
    /// Files in no format that is read.
    pub n_other_files: usize,
}

/// A document with what its passages depend on.
#[derive(Debug)]
pub struct Source {
    /// The document.
    pub document: Document,
    /// Its language, where that has no prompts of its own (ISO 639-3).
    pub other_language: Option<&'static str>,
    /// Where it is best cut.
    pub borders: Borders,
}

/// A document that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    /// Its path below the input folder.
    pub path: String,
    /// Why, as what follows the path in a sentence: `is not text: it holds NUL bytes`.
    pub reason: String,
}

/// Reads every document of the input. Hidden files and the output folder are not looked at; links are followed.
///
/// # Errors
/// If the input cannot be listed or holds no document of a format that is read.
pub fn read(settings: &Settings, progress: &dyn Progress) -> Result<Corpus, GenerateError> {
    let (files, mut corpus) = find(&settings.input, &settings.output)?;
    progress.begin("reading documents", files.len() as u64);
    for (relative, path) in files {
        match read_one(relative.clone(), &path, settings.language) {
            Ok(source) => corpus.documents.push(source),
            Err(reason) => corpus.unreadable.push(Unreadable { path: relative, reason }),
        }
        progress.advance(1);
    }
    progress.end();
    corpus.unreadable.sort_by(|a, b| a.path.cmp(&b.path));
    if corpus.documents.is_empty() && corpus.unreadable.is_empty() {
        return Err(GenerateError::NoDocuments { path: settings.input.clone() });
    }
    Ok(corpus)
}

/// The files to read, with their paths below the input, in the order of those.
fn find(input: &Path, output: &Path) -> Result<(Vec<(String, PathBuf)>, Corpus), GenerateError> {
    let metadata = fs::metadata(input).map_err(|source| GenerateError::Input { path: input.to_owned(), source })?;
    let root = if metadata.is_dir() { input } else { input.parent().unwrap_or(Path::new("")) };
    let (mut files, mut corpus) = (Vec::new(), Corpus::default());
    for entry in walk(input, output) {
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_dir()) => {}
            Ok(entry) if formats::of(entry.path()).is_some() => {
                files.push((below(root, entry.path()), entry.into_path()));
            }
            Ok(_) => corpus.n_other_files += 1,
            Err(error) => corpus.unreadable.push(Unreadable {
                path: error_path(&error).map(|path| below(root, path)).unwrap_or_default(),
                reason: format!("cannot be listed: {}", reason(&error)),
            }),
        }
    }
    files.sort_unstable();
    Ok((files, corpus))
}

fn walk(input: &Path, output: &Path) -> ignore::Walk {
    let output = fs::canonicalize(output).ok();
    WalkBuilder::new(input)
        .standard_filters(false)
        .hidden(true)
        .follow_links(true)
        .filter_entry(move |entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            // Our own card ends in .md: without this, a second run would ask about the first one's.
            !(is_folder && output.is_some() && fs::canonicalize(entry.path()).ok() == output)
        })
        .build()
}

fn read_one(relative: String, path: &Path, language: Option<Language>) -> Result<Source, String> {
    let format = formats::of(path).ok_or("is in no format that is read")?;
    let bytes = fs::read(path).map_err(|error: io::Error| format!("cannot be read: {error}"))?;
    let text = format.text(&bytes).map_err(|error| error.to_string())?;
    let (language, other_language) = match language {
        Some(language) => (language, None),
        None => {
            let detected = language::detect(&text);
            (detected.language, detected.other)
        }
    };
    Ok(Source { document: Document::new(relative, text, language), other_language, borders: format.borders() })
}

fn below(root: &Path, path: &Path) -> String {
    let parts = path.strip_prefix(root).unwrap_or(path).components();
    parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// What went wrong, without the machine's paths that the error holds: rows are published.
fn reason(error: &ignore::Error) -> String {
    match error.io_error() {
        Some(error) => error.kind().to_string(),
        None => "a link leads back to a folder above it".to_owned(),
    }
}

fn error_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => error_path(err),
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}
