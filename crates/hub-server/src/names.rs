//! Names: of repositories, of revisions, of files; what may be one, since each becomes a path on the disk or a line of a file.

use crate::refusal::{Answer, Refusal, shown};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest name of a namespace or a repository, as the Hub's clients allow.
const LONGEST_NAME: usize = 96;
/// Longest path of a file in a repository.
const LONGEST_PATH: usize = 1024;
/// Longest part of a path between slashes, which is the limit of most disks.
const LONGEST_PART: usize = 255;
/// First parts of paths that are routes, so that no namespace has them as its name.
const RESERVED: [&str; 11] = [
    "api", "assets", "datasets", "health", "large", "metrics", "models", "ready", "spaces", "v1",
    "v2",
];

/// What a repository holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A model.
    Model,
    /// A dataset.
    Dataset,
    /// An application; kept, never run.
    Space,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Model, Self::Dataset, Self::Space];

    /// `model`, as requests name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Dataset => "dataset",
            Self::Space => "space",
        }
    }

    /// `models`, as paths of the API name it.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Model => "models",
            Self::Dataset => "datasets",
            Self::Space => "spaces",
        }
    }

    /// The part of a page's path before the repository's id: nothing for a model.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Model => "",
            Self::Dataset => "/datasets",
            Self::Space => "/spaces",
        }
    }

    /// The kind whose plural stands in a path.
    pub(crate) fn of_plural(plural: &str) -> Answer<Self> {
        let kind = Self::ALL.into_iter().find(|kind| kind.plural() == plural);
        kind.ok_or_else(|| {
            Refusal::not_found("there are /api/models, /api/datasets and /api/spaces")
        })
    }

    /// The kind that a request names; a model where it names none.
    pub(crate) fn of_name(name: Option<&str>) -> Answer<Self> {
        let name = name.unwrap_or("model");
        let kind = Self::ALL.into_iter().find(|kind| kind.name() == name);
        kind.ok_or_else(|| Refusal::invalid(format!("`{name}` is none of model, dataset, space")))
    }
}

/// A repository's name: what it holds, whose it is, what it is called.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepositoryName {
    /// What it holds.
    pub kind: Kind,
    /// Whose it is: a person or an organisation.
    pub namespace: String,
    /// What it is called there.
    pub name: String,
}

impl RepositoryName {
    /// The name, if it is one. A `.git` at its end is left out.
    ///
    /// # Errors
    /// If a part has characters that the Hub's clients refuse, or is a route of this server.
    pub(crate) fn new(kind: Kind, namespace: &str, name: &str) -> Answer<Self> {
        let name = name.strip_suffix(".git").unwrap_or(name);
        for part in [namespace, name] {
            if !is_name(part) {
                return Err(Refusal::invalid(format!(
                    "`{}` is no name: 1 to {LONGEST_NAME} letters, digits, `-`, `_`, `.`; no `..` or `--`; neither first nor last `-` or `.`",
                    shown(part)
                )));
            }
        }
        if RESERVED.contains(&namespace.to_ascii_lowercase().as_str()) {
            return Err(Refusal::invalid(format!(
                "`{namespace}` is a path of this server; choose another namespace"
            )));
        }
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        Ok(Self {
            kind,
            namespace,
            name,
        })
    }

    /// The name in an id, `namespace/name`.
    pub fn of_id(kind: Kind, id: &str) -> Result<Self, String> {
        let parts = id.split_once('/');
        let (namespace, name) = parts.ok_or_else(|| format!("`{id}` is no ORG/NAME"))?;
        Self::new(kind, namespace, name).map_err(|refusal| refusal.to_string())
    }

    /// `namespace/name`.
    pub fn id(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// The path of its page.
    pub fn path(&self) -> String {
        format!("{}/{}", self.kind.prefix(), self.id())
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.name(), self.id())
    }
}

fn is_name(part: &str) -> bool {
    let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=LONGEST_NAME).contains(&part.len())
        && part.chars().all(is_good)
        && !part.contains("..")
        && !part.contains("--")
        && !part.starts_with(['-', '.'])
        && !part.ends_with(['-', '.'])
        && !part.to_ascii_lowercase().ends_with(".git")
}

/// A branch or a tag by this name can be made; the rules are git's.
pub(crate) fn check_reference(name: &str) -> Answer<()> {
    let is_bad = |c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\".contains(c);
    let is_bad_part = |part: &str| {
        part.is_empty() || part.starts_with('.') || part.ends_with('.') || part.ends_with(".lock")
    };
    let is_fine = name.len() <= LONGEST_PART
        && !name.chars().any(is_bad)
        && !name.contains("..")
        && !name.contains("@{")
        && name != "@"
        && !name.starts_with('-')
        && !name.split('/').any(is_bad_part);
    match is_fine && !is_commit(name) && !name.starts_with("refs/") {
        true => Ok(()),
        false => Err(Refusal::invalid(format!(
            "`{}` cannot be the name of a branch or a tag",
            shown(name)
        ))),
    }
}

/// True for what looks like the id of a commit.
pub(crate) fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && is_hex(revision)
}

/// True for lower-case hexadecimal digits.
pub(crate) fn is_hex(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A file by this path can be in a repository, and be checked out on every system that has no names of its own.
pub(crate) fn check_path(path: &str) -> Answer<()> {
    let is_bad_part = |part: &str| {
        part.is_empty()
            || part == "."
            || part == ".."
            || part.eq_ignore_ascii_case(".git")
            || part.len() > LONGEST_PART
    };
    let is_fine = path.len() <= LONGEST_PATH
        && !path.chars().any(|c| c.is_control() || c == '\\')
        && !path.split('/').any(is_bad_part);
    match is_fine {
        true => Ok(()),
        false => Err(Refusal::invalid(format!(
            "`{}` cannot be a file of a repository: parts of 1 to {LONGEST_PART} bytes, {LONGEST_PATH} in all, no control characters, none of `.`, `..`, `.git`",
            shown(path)
        ))),
    }
}
