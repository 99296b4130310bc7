//! Names what is read: folders, files, patterns and datasets.

use super::Format;
use serde::{Deserialize, Serialize};
use std::{fmt, path::PathBuf};

/// The documents to read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Inputs {
    /// Folders (read with their subfolders), files, and patterns such as `docs/**/*.md`. They are the machine's own: the
    /// output does not tell them.
    #[serde(skip)]
    pub paths: Vec<PathBuf>,
    /// Datasets of the Hub.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub datasets: Vec<Dataset>,
    /// Patterns of the paths that are read; all where there are none. A pattern without `/` is one of file names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// Patterns of the paths that are not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<String>,
    /// The column of a file of rows that holds the text; `None` takes the first of
    /// [`TEXT_COLUMNS`](examen_files::text_rows::TEXT_COLUMNS) that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_column: Option<String>,
    /// Recognition of pages that are pictures.
    #[serde(skip_serializing_if = "Ocr::is_auto")]
    pub ocr: Ocr,
    /// Formats that are read beside the built-in ones.
    #[serde(skip)]
    pub formats: &'static [Format],
}

/// Recognition of the text of pages that are pictures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ocr {
    /// Where the program is installed.
    #[default]
    Auto,
    /// Refuse to start without it.
    Always,
    /// Leave them out.
    Never,
}

/// A dataset of the Hub whose files lie, or will lie, in a folder of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct Dataset {
    /// A name that stays valid, in messages and in the output: `hf:ORG/NAME/PATH@COMMIT`.
    pub name: String,
    /// Where its files are, by their paths in it. What else lies there is not read.
    pub folder: PathBuf,
    /// A file, a folder or a pattern of the files that are read; `None`: all but the dataset's card.
    pub path: Option<String>,
}

impl Ocr {
    /// True for the default.
    pub(crate) fn is_auto(&self) -> bool {
        *self == Self::Auto
    }
}

impl From<Dataset> for String {
    fn from(dataset: Dataset) -> Self {
        dataset.name
    }
}

impl<P: Into<PathBuf>> From<P> for Inputs {
    fn from(path: P) -> Self {
        Self {
            paths: vec![path.into()],
            ..Self::default()
        }
    }
}

impl fmt::Display for Inputs {
    /// The paths and datasets, for messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths = self.paths.iter().map(|path| path.display().to_string());
        let names = self.datasets.iter().map(|dataset| dataset.name.clone());
        f.write_str(&paths.chain(names).collect::<Vec<_>>().join(", "))
    }
}

impl Inputs {
    /// True if nothing is named.
    pub(crate) fn is_empty(&self) -> bool {
        self.paths.is_empty() && self.datasets.is_empty()
    }
}
