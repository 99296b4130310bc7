//! Errors between us and a server, in words for the person who gave its address.

use examen_http::clip;
use std::time::Duration;

/// Most names that an error lists.
const MOST_NAMES: usize = 20;

/// Error of a request to a server.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ClientError {
    /// No address of a server.
    #[error("`{url}` is not the address of a server: {reason}")]
    Address {
        /// Text as it was given.
        url: String,
        /// Fault in it.
        reason: String,
    },
    /// No API key.
    #[error("the API key cannot be sent: {reason}")]
    Key {
        /// Fault in it.
        reason: &'static str,
    },
    /// The HTTP client cannot be made.
    #[error("cannot prepare HTTP requests: {reason}")]
    Setup {
        /// Reason.
        reason: String,
    },
    /// No connection, from the very first request on.
    #[error("nobody answers at {url}: {reason}")]
    NobodyThere {
        /// The server.
        url: String,
        /// Reason.
        reason: String,
    },
    /// The connection failed, or broke off.
    #[error("no answer from {url} while {doing}: {reason}")]
    Unreachable {
        /// The server.
        url: String,
        /// Action that failed.
        doing: String,
        /// Reason.
        reason: String,
        /// `true` if the request may have reached the server.
        was_sent: bool,
    },
    /// Something else lives at the address.
    #[error("{url} does not answer as an Argilla server does: {reason}")]
    NotArgilla {
        /// The server.
        url: String,
        /// Behaviour that was seen instead.
        reason: String,
    },
    /// The server points elsewhere.
    #[error("{url} points to another address: {target}")]
    Moved {
        /// The server.
        url: String,
        /// Address that it points to.
        target: String,
    },
    /// 401.
    #[error("{url} does not know this API key")]
    Unauthorized {
        /// The server.
        url: String,
    },
    /// Any other refusal.
    #[error("{url} refused while {doing} (status {status}): {detail}")]
    Refused {
        /// The server.
        url: String,
        /// Action that failed.
        doing: String,
        /// The status.
        status: u16,
        /// The server's reason.
        detail: String,
        /// Wait that it asks for.
        retry_after: Option<Duration>,
    },
    /// An answer of another shape.
    #[error("the answer of {url} while {doing} is not what an Argilla server sends: {reason}")]
    Unreadable {
        /// The server.
        url: String,
        /// Action that failed.
        doing: String,
        /// Fault in it.
        reason: String,
    },
    /// An answer that is longer than any is read.
    #[error("the answer of {url} while {doing} is too large: {reason}")]
    TooLarge {
        /// The server.
        url: String,
        /// Action that failed.
        doing: String,
        /// The bound that it exceeds.
        reason: String,
    },
    /// No workspace has this name.
    #[error("there is no workspace named `{name}` at {url}{}", list(known))]
    UnknownWorkspace {
        /// The server.
        url: String,
        /// The name.
        name: String,
        /// Names that the caller sees.
        known: Vec<String>,
    },
    /// The caller sees no workspace at all.
    #[error("this API key sees no workspace at {url}")]
    NoWorkspace {
        /// The server.
        url: String,
    },
    /// No dataset has this name.
    #[error("there is no dataset named `{name}` at {url}{}", list(known))]
    UnknownDataset {
        /// The server.
        url: String,
        /// The name.
        name: String,
        /// Names that the caller sees.
        known: Vec<String>,
    },
    /// Datasets of this name are in several workspaces.
    #[error(
        "there are datasets named `{name}` in several workspaces at {url}: {}",
        few(workspaces)
    )]
    AmbiguousDataset {
        /// The server.
        url: String,
        /// The name.
        name: String,
        /// Workspaces that have one.
        workspaces: Vec<String>,
    },
    /// Records came or went while they were read.
    #[error("the records of the dataset changed while they were read from {url}")]
    Changing {
        /// The server.
        url: String,
    },
}

impl ClientError {
    /// Next step for the user, where there is one.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Address { .. } => "give it as in http://localhost:6900",
            Self::Key { .. } | Self::Unauthorized { .. } => {
                "give the key with --argilla-api-key or ARGILLA_API_KEY; Argilla shows it under `My settings`"
            }
            Self::NobodyThere { .. } => "is the server running, and is this its address?",
            Self::NotArgilla { .. } => {
                "--argilla-url is the address that the browser shows for Argilla's page, without what follows the host"
            }
            Self::Moved { target, .. } => {
                return Some(format!(
                    "if that is the server you mean, give its address: --argilla-url {target}"
                ));
            }
            Self::Refused { status: 403, .. } => {
                "the key must be that of an owner, or of an admin who belongs to the workspace"
            }
            Self::Refused { status: 413, .. } => {
                "a proxy before the server takes only small requests; let it take 2 MB"
            }
            Self::Unreachable { .. }
            | Self::Refused {
                status: 429 | 502..=504,
                ..
            } => "run the same command again when the server answers",
            Self::UnknownWorkspace { .. } | Self::AmbiguousDataset { .. } => {
                "name one with --argilla-workspace"
            }
            Self::NoWorkspace { .. } => "an owner must make one and add you to it",
            Self::UnknownDataset { .. } => {
                "--argilla-workspace looks in one workspace only; leave it out to look in all"
            }
            Self::TooLarge { .. } => {
                "is that an Argilla server, and is the dataset really so large?"
            }
            Self::Changing { .. } => "run the command again when nobody adds or deletes records",
            Self::Setup { .. } | Self::Refused { .. } | Self::Unreadable { .. } => return None,
        };
        Some(hint.to_owned())
    }

    /// The status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            Self::Unauthorized { .. } => Some(401),
            _ => None,
        }
    }

    /// `true` if the role is not allowed to do that.
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(403)
    }
}

/// The first names, as one line: there may be any number of them, of any length.
fn few(names: &[String]) -> String {
    let shown = names.iter().take(MOST_NAMES).map(|name| clip(name));
    let mut shown: Vec<String> = shown.collect();
    if names.len() > MOST_NAMES {
        shown.push(format!("and {} more", names.len() - MOST_NAMES));
    }
    shown.join(", ")
}

/// `; there are: a, b`, or that there is nothing.
fn list(known: &[String]) -> String {
    match known {
        [] => "; there is none that this API key sees".to_owned(),
        names => format!("; there are: {}", few(names)),
    }
}
