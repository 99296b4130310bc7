//! Where documents come from, as the user says it: paths and patterns as they are, standard input as a file, datasets of
//! the Hub as the folders that they are fetched to.

use crate::{
    console::{self, Bar, megabytes},
    defaults,
    failure::Failure,
    formats,
    interrupt::until_interrupted,
    models,
    number::number_in,
    paths,
};
use clap::Args;
use examen_generate::{Dataset, Inputs, Ocr, reading::decode};
use examen_hub::{DatasetCache, DatasetFile, DatasetListing, HuggingFaceFile};
use std::{
    collections::HashSet,
    fs::File,
    io::{self, BufRead, BufReader},
    path::PathBuf,
};
use tempfile::TempDir;

/// Heading of the options about what is read and written.
pub(crate) const HEADING: &str = "Input and output";

/// What is read.
#[derive(Debug, Args)]
#[command(next_help_heading = HEADING)]
pub(crate) struct Sources {
    #[arg(
        long,
        alias = "input-dir",
        value_name = "PATH",
        default_value = defaults::DOCUMENTS,
        num_args = 1..,
        help = documents()
    )]
    input: Vec<PathBuf>,
    /// Read only files whose path below the input matches, such as '*.pdf' or 'lectures/**'
    #[arg(long, value_name = "PATTERN")]
    include: Vec<String>,
    /// Skip files whose path below the input matches, such as 'drafts/' or 'README*'
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    /// Text of each row: a column, a path such as 'pages[].text', or a template such as '{title}: {body}' (default: the
    /// column text, document, content, body or passage)
    #[arg(long, value_name = "NAME")]
    text_column: Option<String>,
    /// Recognise the text of pages that are pictures, with tesseract: auto where it is installed, always (required), never
    #[arg(long, value_name = "WHEN", default_value = "auto", value_parser = parse_ocr)]
    ocr: Ocr,
    /// Encoding of text files that are not UTF-8, such as macintosh, windows-1251 or gb18030 (default: found by file)
    #[arg(long, value_name = "NAME", value_parser = parse_encoding)]
    encoding: Option<String>,
    /// Largest download of datasets, in gigabytes
    #[arg(long, value_name = "GB", default_value_t = 10.0, value_parser = number_in(0.0..=1e6))]
    max_download: f64,
}

impl Sources {
    /// Encoding of text files, where it is named.
    pub(crate) fn encoding(&self) -> Option<&str> {
        self.encoding.as_deref()
    }
}

fn parse_ocr(when: &str) -> Result<Ocr, String> {
    match when {
        "auto" => Ok(Ocr::Auto),
        "always" => Ok(Ocr::Always),
        "never" => Ok(Ocr::Never),
        _ => Err("it is auto, always or never".to_owned()),
    }
}

fn parse_encoding(name: &str) -> Result<String, String> {
    match decode::is_encoding(name) {
        true => Ok(name.to_owned()),
        false => Err(
            "no encoding of the WHATWG has this name; examples: utf-8, macintosh, windows-1252"
                .to_owned(),
        ),
    }
}

fn documents() -> String {
    let formats = formats::all().names();
    format!(
        "Documents: folders (with subfolders), files, patterns such as 'docs/**/*.pdf', `-` for standard input, or \
         datasets of the Hugging Face Hub as `hf:ORG/NAME[/PATH][@REVISION]`. Formats: {formats}"
    )
}

/// Inputs that can be read once they are fetched, and what must not be removed before they are.
pub(crate) struct Resolved {
    pub(crate) inputs: Inputs,
    wanted: Vec<Wanted>,
    max_download: f64,
    _standard_input: Option<TempDir>,
}

/// Files of a dataset.
struct Wanted {
    listing: DatasetListing,
    files: Vec<DatasetFile>,
}

/// Resolves the inputs: `-` is read to its end and kept on the disk as long as the result lives; of datasets the Hub tells
/// what they hold. Fetches nothing.
pub(crate) fn resolve(sources: &Sources) -> Result<Resolved, Failure> {
    let is_dataset = |path: &&PathBuf| path.to_str().is_some_and(HuggingFaceFile::is_meant);
    let (datasets, local): (Vec<&PathBuf>, Vec<&PathBuf>) =
        sources.input.iter().partition(is_dataset);
    let (paths, standard_input) = with_standard_input(local)?;
    let inputs = Inputs {
        paths,
        datasets: Vec::new(),
        include: sources.include.clone(),
        exclude: sources.exclude.clone(),
        text_column: sources.text_column.clone(),
        ocr: sources.ocr,
        formats: formats::passed_in(),
    };
    let max_download = sources.max_download;
    let mut resolved = Resolved {
        inputs,
        wanted: Vec::new(),
        max_download,
        _standard_input: standard_input,
    };
    if !datasets.is_empty() {
        let names = datasets.into_iter().filter_map(|path| path.to_str());
        let named = names
            .map(HuggingFaceFile::dataset)
            .collect::<Result<Vec<_>, _>>();
        let named = named.map_err(|error| Failure::from(error).into_usage())?;
        until_interrupted("nothing was begun", resolved.list(&named))?;
    }
    Ok(resolved)
}

impl Resolved {
    async fn list(&mut self, named: &[HuggingFaceFile]) -> Result<(), Failure> {
        let cache = cache()?;
        for source in named {
            let listing = cache.list(source).await?;
            let dataset = Dataset {
                name: listing.source.to_string(),
                folder: listing.folder.clone(),
                path: source.file.clone(),
            };
            let files = wanted(&listing, &self.inputs, &dataset)?;
            self.inputs.datasets.push(dataset);
            self.wanted.push(Wanted { listing, files });
        }
        Ok(())
    }

    /// Fetches what is not here, unless that is too much.
    pub(crate) fn fetch(&self) -> Result<(), Failure> {
        if self.wanted.is_empty() {
            return Ok(());
        }
        self.wanted
            .iter()
            .for_each(|wanted| console::say(&wanted.words()));
        let n_bytes: u64 = self
            .wanted
            .iter()
            .map(|wanted| n_bytes_missing(&wanted.files))
            .sum();
        if n_bytes as f64 > self.max_download * 1e9 {
            let more = (n_bytes as f64 / 1e9).ceil();
            return Err(Failure::usage(format!(
                "{} would have to be fetched, and --max-download allows {} GB",
                megabytes(n_bytes),
                self.max_download
            ))
            .hint(format!(
                "choose files with --include, or with a path as in hf:ORG/NAME/data/*.parquet; or allow more with --max-download {more}"
            )));
        }
        until_interrupted(
            "what has arrived is kept: run the same command again",
            async {
                let cache = cache()?;
                for Wanted { listing, files } in &self.wanted {
                    cache.fetch(listing, files, &Bar::new()).await?;
                }
                Ok(())
            },
        )
    }
}

/// Sum of sizes as the Hub announces them, which may be any numbers.
fn total(sizes: impl Iterator<Item = u64>) -> u64 {
    sizes.fold(0, u64::saturating_add)
}

/// Bytes of those files that are not here yet.
pub(crate) fn n_bytes_missing(files: &[DatasetFile]) -> u64 {
    let missing = files.iter().filter(|file| !file.is_here);
    total(missing.map(|file| file.bytes))
}

impl Wanted {
    fn words(&self) -> String {
        let n_bytes: u64 = total(self.files.iter().map(|file| file.bytes));
        let missing = match n_bytes_missing(&self.files) {
            0 => "all of it is here".to_owned(),
            missing => format!("{} to fetch", megabytes(missing)),
        };
        let Self { listing, files } = self;
        let (source, n_files, n_all) = (&listing.source, files.len(), listing.files.len());
        format!(
            "note: {source}: {n_files} of its {n_all} files are read, {}, {missing}",
            megabytes(n_bytes)
        )
    }
}

/// The cache of the Hub's datasets.
///
/// # Errors
/// If there is no place for it.
pub(crate) fn cache() -> Result<DatasetCache, Failure> {
    Ok(DatasetCache::new(
        paths::model_cache()?,
        models::hub_access(),
    ))
}

/// Those files of a dataset that are read; an error if there is none.
fn wanted(
    listing: &DatasetListing,
    inputs: &Inputs,
    dataset: &Dataset,
) -> Result<Vec<DatasetFile>, Failure> {
    let read: HashSet<&str> = inputs
        .files_read(dataset, listing.files.iter().map(|file| file.path.as_str()))?
        .into_iter()
        .collect();
    if read.is_empty() {
        return Err(nothing_to_read(listing, dataset));
    }
    Ok(listing
        .files
        .iter()
        .filter(|file| read.contains(file.path.as_str()))
        .cloned()
        .collect())
}

fn nothing_to_read(listing: &DatasetListing, dataset: &Dataset) -> Failure {
    /// So many files are named.
    const MOST_NAMED: usize = 8;
    let n_files = listing.files.len();
    let failure = Failure::new(format!(
        "none of the {n_files} files of {} is both chosen and in a format that is read ({})",
        dataset.name,
        formats::all().extensions()
    ));
    let named = listing
        .files
        .iter()
        .take(MOST_NAMED)
        .map(|file| file.path.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let more = if n_files > MOST_NAMED { ", …" } else { "" };
    if n_files == 0 {
        failure
    } else {
        failure.hint(format!("it holds {named}{more}"))
    }
}

/// The paths, with a file instead of `-`, and the folder that it lies in.
fn with_standard_input(given: Vec<&PathBuf>) -> Result<(Vec<PathBuf>, Option<TempDir>), Failure> {
    let is_standard_input = |path: &&PathBuf| path.as_os_str() == "-";
    if !given.iter().any(is_standard_input) {
        return Ok((given.into_iter().cloned().collect(), None));
    }
    let failed = |error: io::Error| Failure::new(format!("cannot read standard input: {error}"));
    let folder = tempfile::tempdir().map_err(failed)?;
    let path = keep(BufReader::new(io::stdin()), &folder).map_err(failed)?;
    let paths = given.into_iter().map(|given| {
        if is_standard_input(&given) {
            path.clone()
        } else {
            given.clone()
        }
    });
    Ok((paths.collect(), Some(folder)))
}

fn keep(mut input: impl BufRead, folder: &TempDir) -> io::Result<PathBuf> {
    let extension = formats::all().extension_of(input.fill_buf()?);
    let path = folder.path().join(format!("stdin.{extension}"));
    io::copy(&mut input, &mut File::create(&path)?)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_input_is_kept_under_a_name_that_says_what_it_is() {
        let kept = |input: &[u8]| {
            let folder = tempfile::tempdir().unwrap();
            let path = keep(input, &folder).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), input);
            path.file_name().unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(kept(b"%PDF-1.4"), "stdin.pdf");
        assert_eq!(
            kept(b"PK\x03\x04....mimetypeapplication/epub+zip"),
            "stdin.epub"
        );
        assert_eq!(kept(b"\n{\"text\": 1}"), "stdin.jsonl");
        assert_eq!(kept(b"<!doctype html>"), "stdin.html");
        assert_eq!(kept(b"# Title\n"), "stdin.md");
        assert_eq!(kept(b"A text."), "stdin.txt");
        assert_eq!(kept(b""), "stdin.txt");
    }
}
