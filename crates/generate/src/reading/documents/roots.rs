//! Where the input's documents are looked for, and which of the files there are read.

use crate::{
    error::GenerateError,
    reading::{archive::is_archive, formats::Formats},
    settings::{Dataset, Inputs, Ocr},
};
use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use std::path::{Path, PathBuf};

/// Describes a dataset on its page; the same file of a folder is a document like others.
const CARD: &str = "README.md";

impl Inputs {
    /// Those of a dataset's files that are read, by their paths in it: what need not be fetched is none of them.
    ///
    /// # Errors
    /// If a pattern means nothing.
    pub fn files_read<'a>(
        &self,
        dataset: &Dataset,
        files: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<&'a str>, GenerateError> {
        let (root, filter) = (Root::of_dataset(dataset)?, self.filter()?);
        let formats = Formats::with(self.formats);
        let is_hidden = |path: &Path| {
            path.iter()
                .any(|part| part.as_encoded_bytes().starts_with(b"."))
        };
        let is_read = |file: &&str| {
            let path = Path::new(file);
            let is_wanted = match is_archive(path) {
                true => !filter.excludes(path),
                false => filter.takes(path) && formats.has(path),
            };
            !is_hidden(path) && is_wanted && root.takes(path)
        };
        Ok(files.into_iter().filter(is_read).collect())
    }

    /// Refuses patterns that mean nothing, and paths that are not there.
    pub(crate) fn check(&self) -> Result<(), GenerateError> {
        self.filter()?;
        if self.ocr == Ocr::Always && !Ocr::is_installed() {
            return Err(GenerateError::Setting {
                name: "ocr",
                reason: "tesseract is not installed, or has no language".to_owned(),
            });
        }
        self.roots().map(|_| ())
    }

    pub(super) fn filter(&self) -> Result<Filter, GenerateError> {
        let all = |name, patterns: &[String]| set(name, patterns);
        let include = if self.include.is_empty() {
            None
        } else {
            Some(all("include", &self.include)?)
        };
        Ok(Filter {
            include,
            exclude: all("exclude", &self.exclude)?,
        })
    }

    /// Where to look: for each path and dataset the folder that its documents' paths are below, and what is taken from
    /// there.
    pub(super) fn roots(&self) -> Result<Vec<Root>, GenerateError> {
        let paths = self.paths.iter().map(|path| Root::of(path));
        let mut roots = paths
            .chain(self.datasets.iter().map(Root::of_dataset))
            .collect::<Result<Vec<_>, _>>()?;
        name(&mut roots);
        Ok(roots)
    }
}

/// Which files are read.
pub(super) struct Filter {
    include: Option<GlobSet>,
    exclude: GlobSet,
}

impl Filter {
    pub(super) fn takes(&self, below: &Path) -> bool {
        self.include
            .as_ref()
            .is_none_or(|include| include.is_match(below))
            && !self.excludes(below)
    }

    pub(super) fn excludes(&self, below: &Path) -> bool {
        self.exclude.is_match(below)
    }
}

/// One path of the input.
pub(super) struct Root {
    /// The folder that paths are told below.
    pub(super) folder: PathBuf,
    /// Path to walk: the folder, or one file in it.
    pub(super) walked: PathBuf,
    /// Pattern that the paths must match, where the input is one.
    pattern: Option<GlobSet>,
    /// True if the folder's card is none of its documents.
    has_card: bool,
    /// Beginning of the paths where documents come from several folders; else empty.
    pub(super) prefix: String,
}

impl Root {
    fn of(path: &Path) -> Result<Self, GenerateError> {
        match std::fs::metadata(path) {
            Ok(metadata) => {
                let folder = if metadata.is_dir() {
                    path
                } else {
                    path.parent().unwrap_or(Path::new(""))
                };
                Ok(Self {
                    walked: path.to_owned(),
                    ..Self::new(folder, None)
                })
            }
            Err(source) => match base_and_pattern(path) {
                Some((base, pattern)) if base.is_dir() => {
                    Ok(Self::new(&base, Some(set("input", &[pattern])?)))
                }
                _ => Err(GenerateError::Input {
                    path: path.to_owned(),
                    source,
                }),
            },
        }
    }

    /// All that is below a folder, or what matches the pattern.
    fn new(folder: &Path, pattern: Option<GlobSet>) -> Self {
        let (folder, walked) = (folder.to_owned(), folder.to_owned());
        Self {
            folder,
            walked,
            pattern,
            has_card: false,
            prefix: String::new(),
        }
    }

    /// The folder that an archive is unpacked to; its documents are told by the archive's path and their own in it.
    pub(super) fn of_archive(folder: &Path, name: String) -> Self {
        Self {
            prefix: name + "/",
            ..Self::new(folder, None)
        }
    }

    fn of_dataset(dataset: &Dataset) -> Result<Self, GenerateError> {
        let path = dataset.path.as_deref();
        // A file of which the name happens to look like a pattern, too.
        let names = path.map(|path| [path.to_owned(), globset::escape(path)]);
        let patterns = names.map(|names| names.map(|name| [format!("{name}/**"), name]).concat());
        let pattern = patterns
            .map(|patterns| set("input", &patterns))
            .transpose()?;
        Ok(Self {
            has_card: true,
            ..Self::new(&dataset.folder, pattern)
        })
    }

    /// True if a file is taken, by its path below the folder.
    pub(super) fn takes(&self, below: &Path) -> bool {
        match &self.pattern {
            Some(pattern) => pattern.is_match(below),
            None => !(self.has_card && below == Path::new(CARD)),
        }
    }
}

/// A pattern's leading folders without wildcards, and the rest. `None` for what is no pattern.
fn base_and_pattern(path: &Path) -> Option<(PathBuf, String)> {
    let is_wild = |part: &std::path::Component<'_>| {
        part.as_os_str()
            .to_string_lossy()
            .contains(['*', '?', '[', '{'])
    };
    let base: PathBuf = path
        .components()
        .take_while(|part| !is_wild(part))
        .collect();
    let rest = path.strip_prefix(&base).ok()?;
    let pattern = rest.to_str().filter(|rest| !rest.is_empty())?.to_owned();
    Some((
        if base.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            base
        },
        pattern,
    ))
}

/// Gives each of several folders a name of its own: its last part, numbered where another has the same.
fn name(roots: &mut [Root]) {
    let real =
        |root: &Root| std::fs::canonicalize(&root.folder).unwrap_or_else(|_| root.folder.clone());
    let mut named: Vec<(PathBuf, String)> = Vec::new();
    for folder in roots.iter().map(real) {
        if named.iter().any(|(known, _)| *known == folder) {
            continue;
        }
        let name = folder.file_name().map_or_else(
            || "root".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        );
        let is_taken = |name: &str| named.iter().any(|(_, other)| other == name);
        let numbered = |n: usize| {
            if n == 1 {
                name.clone()
            } else {
                format!("{name}-{n}")
            }
        };
        let free = (1..)
            .map(numbered)
            .find(|name| !is_taken(name))
            .expect("numbers do not end");
        named.push((folder, free));
    }
    if named.len() > 1 {
        for root in roots {
            let folder = real(root);
            let name = named
                .iter()
                .find(|(known, _)| *known == folder)
                .map(|(_, name)| name.as_str());
            root.prefix = format!("{}/", name.unwrap_or_default());
        }
    }
}

fn set(name: &'static str, patterns: &[String]) -> Result<GlobSet, GenerateError> {
    let refuse = |error: globset::Error| GenerateError::Setting {
        name,
        reason: error.to_string(),
    };
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(glob(pattern, name == "input").map_err(refuse)?);
    }
    set.build().map_err(refuse)
}

/// `*` and `?` stay within one folder. A filter without `/` is one of names, one that ends in `/` is one of folders.
/// The matcher of paths below the input that `--include` would make of a pattern.
pub(super) fn matcher(pattern: &str) -> Result<globset::GlobMatcher, globset::Error> {
    Ok(glob(pattern, false)?.compile_matcher())
}

fn glob(pattern: &str, is_input: bool) -> Result<Glob, globset::Error> {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
    let everywhere = match is_input {
        true => pattern.to_owned(),
        false => match (pattern.contains('/'), pattern.strip_suffix('/')) {
            (_, Some(folder)) => format!("**/{folder}/**"),
            (false, None) => format!("**/{pattern}"),
            (true, None) => pattern.to_owned(),
        },
    };
    GlobBuilder::new(&everywhere)
        .literal_separator(true)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_of_names_folders_or_paths() {
        let inputs = Inputs {
            include: vec!["*.md".into(), "papers/*.pdf".into()],
            exclude: vec!["drafts/".into(), "README*".into()],
            ..Inputs::default()
        };
        let filter = inputs.filter().unwrap();
        let takes = |path: &str| filter.takes(Path::new(path));
        assert!(takes("a.md") && takes("deep/er/b.md") && takes("papers/c.pdf"));
        assert!(!takes("a.txt") && !takes("c.pdf") && !takes("papers/old/c.pdf"));
        assert!(!takes("drafts/a.md") && !takes("x/drafts/y/a.md") && !takes("x/README.md"));
    }

    #[test]
    fn of_a_dataset_the_path_is_a_file_a_folder_or_a_pattern_and_the_card_is_no_document() {
        let files = [
            "README.md",
            "data/.cache/a.txt",
            "data/README.md",
            "data/a.txt",
            "data/b.bin",
            "data/b [1].csv",
        ];
        let read = |path: Option<&str>, exclude: &[&str]| {
            let dataset = Dataset {
                name: String::new(),
                folder: "x".into(),
                path: path.map(str::to_owned),
            };
            let exclude = exclude.iter().map(|&pattern| pattern.to_owned()).collect();
            let inputs = Inputs {
                datasets: vec![dataset.clone()],
                exclude,
                ..Inputs::default()
            };
            inputs.files_read(&dataset, files).unwrap()
        };
        assert_eq!(
            read(None, &[]),
            ["data/README.md", "data/a.txt", "data/b [1].csv"]
        );
        assert_eq!(read(Some("README.md"), &[]), ["README.md"]);
        assert_eq!(
            read(Some("data"), &["README*"]),
            ["data/a.txt", "data/b [1].csv"]
        );
        assert_eq!(read(Some("data/*.csv"), &[]), ["data/b [1].csv"]);
        assert_eq!(read(Some("data/b [1].csv"), &[]), ["data/b [1].csv"]);
        assert_eq!(read(Some("a.txt"), &[]), [""; 0]);
    }

    #[test]
    fn a_pattern_that_means_nothing_is_refused() {
        let inputs = Inputs {
            exclude: vec!["a[".into()],
            ..Inputs::from(".")
        };
        assert!(matches!(
            inputs.check(),
            Err(GenerateError::Setting {
                name: "exclude",
                ..
            })
        ));
    }
}
