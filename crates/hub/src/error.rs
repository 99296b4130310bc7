//! Errors between a name and a model on the disk.

mod push;

pub use push::PushError;

use examen_files::FilesError;
use hf_hub::HFError;
use std::{
    io,
    path::{Path, PathBuf},
};

/// Error of naming, fetching or keeping a model or dataset.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// A text that names no model in any way.
    #[error("`{text}` is neither a path, nor a known model, nor a model source")]
    NotASource {
        /// Text as it was given.
        text: String,
    },
    /// `hf:` or `pypi:` with something else after it.
    #[error("`{text}` is not of the form {form}")]
    Malformed {
        /// Text as it was given.
        text: String,
        /// Form that it should have.
        form: &'static str,
    },
    /// `hf:` with something after it that names no dataset.
    #[error("`{text}` is not of the form hf:ORG/NAME, hf:ORG/NAME/PATH or either with @REVISION")]
    NotADataset {
        /// Text as it was given.
        text: String,
    },
    /// A text that looks like a path, of which nothing is there.
    #[error("there is no model at {}", path.display())]
    NoSuchPath {
        /// The path.
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
        /// Command that was run.
        command: String,
        /// The last lines of what it said.
        stderr: String,
    },
    /// The wheel has no such file.
    #[error("{wheel} holds no file {path}")]
    NotInWheel {
        /// The wheel.
        wheel: String,
        /// Path that was looked for.
        path: String,
        /// The largest files that it does hold.
        candidates: Vec<String>,
    },
    /// The wheel cannot be read.
    #[error("could not read the wheel {}: {source}", path.display())]
    Wheel {
        /// The path.
        path: PathBuf,
        /// Reason.
        source: zip::result::ZipError,
    },
    /// The file in the wheel is compressed far more than weights can be.
    #[error("{file} in {} would be {unpacked} bytes, too much for its size in the wheel", path.display())]
    WheelBomb {
        /// The wheel.
        path: PathBuf,
        /// File in it.
        file: String,
        /// Size that the wheel announces, in bytes.
        unpacked: u64,
    },
    /// The Hub said no, or nothing.
    #[error("could not fetch {repository} from the Hub: {source}")]
    HuggingFace {
        /// The repository or file.
        repository: String,
        /// Reason.
        source: Box<HFError>,
    },
    /// The Hub refused, in its own words.
    #[error("could not fetch {repository} from the Hub: {}", refusal(*status, told))]
    Refused {
        /// The repository.
        repository: String,
        /// Status of its answer.
        status: u16,
        /// Its name of the reason, such as `GatedRepo`.
        code: Option<String>,
        /// Its sentence.
        told: String,
    },
    /// The Hub knows no such branch, tag or commit.
    #[error("could not fetch {repository} from the Hub: Revision not found: {revision}")]
    NoRevision {
        /// The repository.
        repository: String,
        /// The branch, tag or commit that was asked for.
        revision: String,
    },
    /// Nothing was pushed.
    #[error(transparent)]
    Push(#[from] PushError),
    /// The Hub may not be asked.
    #[error("{what} is not on this machine, and HF_HUB_OFFLINE forbids to ask the Hub{}{}", lacking(missing), looked(cache.as_deref()))]
    Offline {
        /// The model or dataset.
        what: String,
        /// The cache of `huggingface_hub`, where that was looked for too.
        cache: Option<PathBuf>,
        /// Files that are missing where the rest is there.
        missing: Vec<String>,
        /// Commits of it that were fetched before, as they are given to a command.
        fetched: Vec<String>,
    },
    /// The Hub does not answer about a dataset.
    #[error("could not ask the Hub about the dataset {dataset}: {source}")]
    NotReached {
        /// The dataset, as `org/name`.
        dataset: String,
        /// Commits of it that were fetched before, as they are given to a command.
        fetched: Vec<String>,
        /// Reason.
        source: reqwest::Error,
    },
    /// The Hub knows the repository, and no commit of it.
    #[error("the Hub names no commit of {repository}")]
    NoCommit {
        /// The repository.
        repository: String,
    },
    /// The list of a repository's files cannot be used.
    #[error("could not list the files of {repository}: {reason}")]
    Listing {
        /// The repository.
        repository: String,
        /// Reason.
        reason: String,
    },
    /// The Hub lists more files than any repository has.
    #[error("the Hub lists more than {limit} files of {repository}")]
    TooManyFiles {
        /// The repository.
        repository: String,
        /// Most files that are read.
        limit: usize,
    },
    /// Asking the Hub about a file failed.
    #[error("could not ask the Hub about {file}: {source}")]
    HuggingFaceFile {
        /// The file.
        file: String,
        /// Reason.
        source: reqwest::Error,
    },
    /// The repository holds nothing that Examen can load, or several things.
    #[error("{repository} does not hold one model: {reason}")]
    NoModel {
        /// The repository.
        repository: String,
        /// Reason.
        reason: String,
        /// Files that could be asked for by name.
        candidates: Vec<String>,
    },
    /// Fewer or more bytes than announced.
    #[error("{what} has {found} bytes instead of {expected}; it was not kept")]
    WrongSize {
        /// The file.
        what: String,
        /// Size as announced.
        expected: u64,
        /// Size as received.
        found: u64,
    },
    /// Other bytes than expected.
    #[error("{what} has the SHA-256 {found} instead of {expected}")]
    WrongHash {
        /// The file.
        what: String,
        /// Hash as it should be.
        expected: String,
        /// Hash as it is.
        found: String,
        /// Where the file is kept aside, if it is.
        kept: Option<PathBuf>,
    },
    /// A hash was given for a model of several files.
    #[error("{what} is not one file, so it has no SHA-256 to check")]
    NotOneFile {
        /// The model.
        what: String,
    },
    /// Nothing of that name is in the cache.
    #[error("there is no model `{name}` in the cache")]
    NotCached {
        /// Text as it was given.
        name: String,
        /// Names that are there.
        cached: Vec<String>,
    },
    /// Another process fetches the same model.
    #[error("`{name}` is being fetched by another process")]
    InUse {
        /// The name.
        name: String,
    },
    /// The system refused.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// A verb.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Reason.
        source: io::Error,
    },
    /// A file or folder of the cache cannot be replaced or removed.
    #[error(transparent)]
    Files(#[from] FilesError),
}

impl HubError {
    /// Next step for the user.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NotASource { .. } | Self::Malformed { .. } => return Some(forms()),
            Self::NotADataset { .. } => {
                "a dataset is named as on the Hub, with its owner: hf:ORG/NAME"
            }
            Self::NoSuchPath { .. } => "check the path; a model of the Hub is named hf:ORG/REPO",
            Self::NoPip { .. } => "install Python 3 with pip (on Debian: apt install python3-pip)",
            Self::Pip { .. } => {
                "check the network and pip's index (`pip config list`), then run the command again"
            }
            Self::NotInWheel { candidates, .. } | Self::NoModel { candidates, .. } => {
                return there_is(candidates);
            }
            Self::NotCached { cached, .. } => return there_is(cached),
            Self::NotReached { fetched, .. } | Self::Offline { fetched, .. }
                if !fetched.is_empty() =>
            {
                let fetched = fetched.join(", ");
                return Some(format!(
                    "what was fetched before needs no network: {fetched}"
                ));
            }
            Self::Offline { .. } => {
                "fetch it where HF_HUB_OFFLINE is not set (`examen models fetch NAME`, or `hf download` for any program's use), or \
                 give its files by their path"
            }
            Self::HuggingFace { source, .. } => return hub_hint(source),
            Self::NotReached { .. } => OFFLINE,
            Self::Refused { status, code, .. } => return refusal_hint(*status, code.as_deref()),
            Self::Push(error) => return Some(error.hint().to_owned()),
            Self::NoRevision { .. } => {
                "name one of its branches, tags or commits, or leave @REVISION out"
            }
            Self::HuggingFaceFile { source, .. } if is_denied(source) => TOKEN,
            Self::HuggingFaceFile { source, .. } if source.is_connect() => OFFLINE,
            Self::HuggingFaceFile { .. } => AGAIN,
            Self::Listing { .. } => "is HF_ENDPOINT the address of a Hub?",
            Self::NotOneFile { .. } => {
                "leave --sha256 out (the Hub's own hashes are checked all the same), or name one .gguf file"
            }
            Self::WrongHash {
                kept: Some(path), ..
            } => return Some(kept_aside(path)),
            Self::WrongHash { .. } => {
                "the file is damaged or another one than was meant; `examen models remove NAME` removes it"
            }
            Self::WrongSize { .. } | Self::Wheel { .. } => {
                "run the command again to fetch the file again"
            }
            Self::InUse { .. } => "wait until it has arrived",
            Self::Files(error) => return error.hint(),
            Self::WheelBomb { .. } => "look into the wheel: it is no honest one",
            Self::NoCommit { .. } | Self::TooManyFiles { .. } | Self::Io { .. } => return None,
        };
        Some(hint.to_owned())
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

const AGAIN: &str = "check the network, or wait for the Hub; what has arrived is kept, and the same command goes on from there";
const OFFLINE: &str = "is there a network? HF_ENDPOINT names another address than the Hub's own, such as a mirror; what is on \
                       this machine needs no network: name its file or folder";
const GATED: &str = "it is gated: accept its conditions on its page on the Hub, then set HF_TOKEN to a token of that account";
const TOKEN: &str = "if it is there and private or gated, set HF_TOKEN to a token that may read it";

fn kept_aside(path: &Path) -> String {
    format!(
        "the file was damaged on its way, or has been replaced: it is not used. Run the same command again to \
         fetch it anew; if you trust it as it is, name {} as the model",
        path.display()
    )
}

fn lacking(missing: &[String]) -> String {
    match missing {
        [] => String::new(),
        missing => format!("; of its files there is no {}", missing.join(", ")),
    }
}

fn looked(cache: Option<&Path>) -> String {
    cache.map_or_else(String::new, |cache| {
        format!(" (also not in {})", cache.display())
    })
}

fn there_is(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| format!("there is: {}", names.join(", ")))
}

fn forms() -> String {
    let known: Vec<_> = crate::known::KNOWN.iter().map(|known| known.name).collect();
    let forms =
        "a path, hf:ORG/REPO[/FILE][@REVISION], ORG/REPO or pypi:PACKAGE==VERSION/PATH/IN/WHEEL";
    format!("a model is one of {}, {forms}", known.join(", "))
}

fn refusal(status: u16, told: &str) -> String {
    match status {
        401 => format!("it asks for a token: {told}"),
        404 => "Repository not found".to_owned(),
        429 => format!("it has had too many requests: {told}"),
        status => format!("it answers {status}: {told}"),
    }
}

fn refusal_hint(status: u16, code: Option<&str>) -> Option<String> {
    let hint = match status {
        401 | 403 if code == Some("GatedRepo") => GATED,
        401 | 403 | 404 => TOKEN,
        429 | 500.. => AGAIN,
        _ => return None,
    };
    Some(hint.to_owned())
}

fn hub_hint(error: &HFError) -> Option<String> {
    match error {
        HFError::AuthRequired { context } | HFError::Forbidden { context } => {
            refusal_hint(context.status.as_u16(), context.error_code.as_deref())
        }
        HFError::RepoNotFound { .. } => Some(TOKEN.to_owned()),
        HFError::Request { source, .. } if source.is_connect() => Some(OFFLINE.to_owned()),
        HFError::Request { .. } => Some(AGAIN.to_owned()),
        _ => None,
    }
}

fn is_denied(error: &reqwest::Error) -> bool {
    error
        .status()
        .is_some_and(|status| matches!(status.as_u16(), 401 | 403))
}
