//! Where exams come from, as the user says it: a folder or file of this machine, or a dataset of the Hub.

use crate::{
    console::{self, Bar, megabytes},
    failure::Failure,
    holdings::{self, Holding},
    inputs,
    interrupt::{self, until_interrupted},
    review_store::ReviewStore,
};
use examen_evaluate::{EvaluateError, Exam, Reading};
use examen_files::exam::{FilesOfSplit, files_of_split, plain_rows};
use examen_hub::{DatasetFile, DatasetListing, HuggingFaceFile};
use std::path::{Path, PathBuf};

/// Reads an exam, fetching it where it is one of the Hub's. What is there in its place, or was meant, is said; so is how
/// it was read.
pub(crate) fn read(path: &Path, reading: &Reading, option: &str) -> Result<Exam, Failure> {
    let exam = match path.to_str().filter(|text| HuggingFaceFile::is_meant(text)) {
        Some(text) => of_the_hub(text, reading)?,
        None => local(path, reading, option)?,
    };
    for note in &exam.notes {
        console::say(&format!("note: {}: {note}", exam.path));
    }
    Ok(exam)
}

fn local(path: &Path, reading: &Reading, option: &str) -> Result<Exam, Failure> {
    if !path.exists() {
        return Err(review_dataset(path)
            .unwrap_or_else(|| holdings::missing(Holding::Dataset, path, option)));
    }
    Exam::read(path, reading).map_err(|error| match Holding::of(path) {
        Some(Holding::Dataset) | None => error.into(),
        Some(_) => holdings::missing(Holding::Dataset, path, option),
    })
}

/// Fetches the files of one split of `hf:ORG/NAME[/PATH][@REVISION]` and reads them.
fn of_the_hub(text: &str, reading: &Reading) -> Result<Exam, Failure> {
    let source =
        HuggingFaceFile::dataset(text).map_err(|error| Failure::from(error).into_usage())?;
    let (path, reading, name) = until_interrupted(
        "what has arrived is kept: run the same command again",
        fetched(&source, reading),
    )?;
    let exam = Exam::read(&path, &reading)?;
    Ok(Exam { path: name, ..exam })
}

/// Fetches one split of `hf:ORG/NAME[/PATH][@REVISION]`, and its rows as they are.
pub(crate) fn rows_of_the_hub(text: &str, split: &str) -> Result<Vec<serde_json::Value>, Failure> {
    let source =
        HuggingFaceFile::dataset(text).map_err(|error| Failure::from(error).into_usage())?;
    let reading = Reading {
        split: Some(split.to_owned()),
        ..Reading::default()
    };
    let (path, reading, _) = until_interrupted(
        "what has arrived is kept: run the same command again",
        fetched(&source, &reading),
    )?;
    let reading = Reading {
        split: reading.split.filter(|_| path.is_dir()),
        ..reading
    };
    let rows = plain_rows(&path, &reading)
        .map_err(EvaluateError::from)?
        .rows;
    Ok(rows.into_iter().map(serde_json::Value::Object).collect())
}

/// The fetched folder or file, how it is read, and the name of the dataset with its commit.
async fn fetched(
    source: &HuggingFaceFile,
    reading: &Reading,
) -> Result<(PathBuf, Reading, String), Failure> {
    let cache = inputs::cache()?;
    let listing = cache.list(source).await?;
    let name = listing.source.to_string();
    let is_file = |file: &&DatasetFile| Some(&file.path) == source.file.as_ref();
    if let Some(file) = listing.files.iter().find(is_file) {
        let wanted = [file.clone()];
        announce(&listing, &wanted);
        cache.fetch(&listing, &wanted, &Bar::new()).await?;
        return Ok((listing.folder.join(&file.path), reading.clone(), name));
    }
    let below = source
        .file
        .as_ref()
        .map(|folder| format!("{}/", folder.trim_end_matches('/')));
    let below = below.unwrap_or_default();
    let names = listing
        .files
        .iter()
        .filter_map(|file| file.path.strip_prefix(&below));
    let FilesOfSplit { part, split, files } =
        files_of_split(Path::new(&name), names, reading).map_err(EvaluateError::from)?;
    let is_wanted = |file: &&DatasetFile| {
        let name = file.path.strip_prefix(&below);
        name.is_some_and(|name| files.iter().any(|wanted| wanted == name))
    };
    let wanted: Vec<DatasetFile> = listing.files.iter().filter(is_wanted).cloned().collect();
    announce(&listing, &wanted);
    cache.fetch(&listing, &wanted, &Bar::new()).await?;
    if reading.split.is_none() {
        console::say(&format!(
            "note: {name}: split `{split}` is read; another one is chosen with --split"
        ));
    }
    let reading = Reading {
        split: Some(split),
        ..reading.clone()
    };
    Ok((listing.folder.join(below).join(part), reading, name))
}

fn announce(listing: &DatasetListing, wanted: &[DatasetFile]) {
    let missing = match inputs::n_bytes_missing(wanted) {
        0 => "all of them are here".to_owned(),
        n_bytes => format!("{} to fetch", megabytes(n_bytes)),
    };
    let (n, n_all) = (wanted.len(), listing.files.len());
    console::say(&format!(
        "note: {}: {n} of its {n_all} files are read, {missing}",
        listing.source
    ));
}

/// The failure of a name that is one of a review dataset in the usual store, which nobody has published.
fn review_dataset(path: &Path) -> Option<Failure> {
    let name = path.to_str()?;
    let store = ReviewStore::usual();
    let names = interrupt::runtime()
        .ok()?
        .block_on(store.dataset_names())
        .ok()?;
    names.iter().any(|known| known == name).then(|| {
        let publish = holdings::publish(name, &store.flags());
        Failure::new(format!(
            "`{name}` is the name of a review dataset in {store}; an exam is a published folder"
        ))
        .hint(format!(
            "`{publish}` publishes it; {}",
            holdings::where_to_find(Holding::Dataset, "--input")
        ))
    })
}
