//! Contents of the folders that the commands write, and the hint where something else was named.

use crate::{defaults, failure::Failure, next::Next};
use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

/// Kind of contents that a command wrote to a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holding {
    /// Questions as `generate` or distilabel writes them.
    Questions,
    /// A review store.
    Store,
    /// A published dataset.
    Dataset,
    /// Results of `evaluate`.
    Runs,
}

impl Holding {
    const ALL: [Self; 4] = [Self::Questions, Self::Store, Self::Dataset, Self::Runs];

    /// Finds the kind of contents of a folder by the names of its files.
    pub(crate) fn of(folder: &Path) -> Option<Self> {
        Self::ALL.into_iter().find(|holding| holding.is_in(folder))
    }

    fn is_in(self, folder: &Path) -> bool {
        match self {
            Self::Questions => {
                folder.join("distiset_configs").is_dir()
                    || children(folder).any(|child| child.join("dataset_dict.json").is_file())
            }
            Self::Store => folder.join("examen.sqlite").is_file(),
            Self::Dataset => children(&folder.join("data")).any(|path| is_parquet(&path)),
            Self::Runs => folder.join("results").is_dir() && folder.join("details").is_dir(),
        }
    }

    /// The command that makes one.
    fn maker(self) -> Next {
        match self {
            Self::Questions => Next::command("generate").option("--model", "smollm2-135m"),
            Self::Store => Next::command("annotate"),
            Self::Dataset => Next::command("publish"),
            Self::Runs => Next::command("evaluate").option("--model", "smollm2-135m"),
        }
    }
}

impl fmt::Display for Holding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Questions => "generated questions",
            Self::Store => "a review store",
            Self::Dataset => "a published dataset",
            Self::Runs => "results of `evaluate`",
        })
    }
}

/// The failure of a command that wants a folder with `wanted` and was given `path`, by `option`.
pub(crate) fn missing(wanted: Holding, path: &Path, option: &str) -> Failure {
    let message = match (path.exists(), Holding::of(path)) {
        (false, _) => format!("there is no folder or file {}", path.display()),
        (true, Some(found)) => format!("{} holds {found}, not {wanted}", path.display()),
        (true, None) => format!("{} does not hold {wanted}", path.display()),
    };
    Failure::new(message).hint(where_to_find(wanted, option))
}

/// Lists the folders nearby that hold `wanted`, or else names the command that makes one.
pub(crate) fn where_to_find(wanted: Holding, option: &str) -> String {
    let found: Vec<String> = nearby(wanted)
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    match found.is_empty() {
        true => format!("`{}` makes {wanted}; {option} names it", wanted.maker()),
        false => format!("{option} names {wanted}; here: {}", found.join(", ")),
    }
}

/// The folders here and one level below that hold `wanted`, by name.
fn nearby(wanted: Holding) -> Vec<PathBuf> {
    /// Folders that are looked into: a home folder may have thousands.
    const MOST: usize = 500;
    let here: Vec<PathBuf> = folders(Path::new(".")).take(MOST).collect();
    let below = here.iter().flat_map(|folder| folders(folder));
    let mut found: Vec<PathBuf> = here
        .iter()
        .cloned()
        .chain(below)
        .take(MOST)
        .filter(|folder| Holding::of(folder) == Some(wanted))
        .map(|folder| folder.strip_prefix(".").unwrap_or(&folder).to_owned())
        .collect();
    found.sort();
    found
}

fn folders(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let is_hidden = |path: &Path| {
        path.file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
    };
    children(folder).filter(move |path| path.is_dir() && !is_hidden(path))
}

/// Lists the entries of a folder; nothing if it cannot be listed.
fn children(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path())
}

fn is_parquet(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "parquet")
}

/// The command that reviews what is in the store, given the flags that name it.
pub(crate) fn review(store_flags: &str) -> Next {
    Next::command("serve").flags(store_flags)
}

/// The command that publishes the reviewed dataset of that name.
pub(crate) fn publish(name: &str, store_flags: &str) -> Next {
    Next::command("publish")
        .unless(defaults::REVIEW, "--name", name)
        .flags(store_flags)
}
