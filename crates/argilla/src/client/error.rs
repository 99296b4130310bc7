//! What can go wrong between us and a server, in words for the person who gave its address.

use serde_json::Value;
use std::time::Duration;

/// Why a request was not answered as it should be.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ClientError {
    /// No address of a server.
    #[error("`{url}` is not the address of a server: {reason}")]
    Address {
        /// What was given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No API key.
    #[error("the API key cannot be sent: {reason}")]
    Key {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The HTTP client cannot be made.
    #[error("cannot prepare HTTP requests: {reason}")]
    Setup {
        /// Why.
        reason: String,
    },
    /// No connection, from the very first request on.
    #[error("nobody answers at {url}: {reason}")]
    NobodyThere {
        /// The server.
        url: String,
        /// Why.
        reason: String,
    },
    /// The connection failed, or broke off.
    #[error("no answer from {url} while {doing}: {reason}")]
    Unreachable {
        /// The server.
        url: String,
        /// What was being done.
        doing: String,
        /// Why.
        reason: String,
        /// Whether the request may have reached the server.
        was_sent: bool,
    },
    /// Something else lives at the address.
    #[error("{url} does not answer as an Argilla server does: {reason}")]
    NotArgilla {
        /// The server.
        url: String,
        /// What it does instead.
        reason: String,
    },
    /// The server points elsewhere.
    #[error("{url} points to another address: {target}")]
    Moved {
        /// The server.
        url: String,
        /// Where it points.
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
        /// What was being done.
        doing: String,
        /// The status.
        status: u16,
        /// The server's reason.
        detail: String,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// An answer of another shape.
    #[error("the answer of {url} while {doing} is not what an Argilla server sends: {reason}")]
    Unreadable {
        /// The server.
        url: String,
        /// What was being done.
        doing: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No workspace has this name.
    #[error("there is no workspace named `{name}` at {url}{}", list(known))]
    UnknownWorkspace {
        /// The server.
        url: String,
        /// The name.
        name: String,
        /// Those that the caller sees.
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
        /// Those that the caller sees.
        known: Vec<String>,
    },
    /// Datasets of this name are in several workspaces.
    #[error("there are datasets named `{name}` in several workspaces at {url}: {}", workspaces.join(", "))]
    AmbiguousDataset {
        /// The server.
        url: String,
        /// The name.
        name: String,
        /// Where they are.
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
    /// What the user can do about it, where there is something.
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

    /// Whether the role is not allowed to do that.
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(403)
    }
}

/// The reason in the body of a refusal: Argilla's sentence, or the problems that it lists, or the beginning of the text.
pub(super) fn detail(body: &str) -> String {
    let sentence = serde_json::from_str::<Value>(body)
        .ok()
        .and_then(|body| sentence(&body));
    let text = sentence.unwrap_or_else(|| match body.trim_start().starts_with('<') {
        true => "an HTML page".to_owned(),
        false => body.split_whitespace().collect::<Vec<_>>().join(" "),
    });
    match text.is_empty() {
        true => "no reason given".to_owned(),
        false => shortened(&text),
    }
}

fn sentence(body: &Value) -> Option<String> {
    let detail = body
        .get("detail")
        .or_else(|| body.get("message"))
        .unwrap_or(body);
    if let Some(text) = detail.as_str() {
        return Some(text.to_owned());
    }
    let params = &detail["params"];
    if let Some(problems) = params["errors"].as_array() {
        return Some(problems.iter().map(problem).collect::<Vec<_>>().join("; "));
    }
    let text = params["detail"]
        .as_str()
        .or_else(|| params["message"].as_str());
    text.map(str::to_owned)
}

/// `body.items.0.fields: Field required`
fn problem(problem: &Value) -> String {
    let step = |step: &Value| {
        step.as_str()
            .map_or_else(|| step.to_string(), str::to_owned)
    };
    let place: Vec<String> = problem["loc"]
        .as_array()
        .into_iter()
        .flatten()
        .map(step)
        .collect();
    format!(
        "{}: {}",
        place.join("."),
        problem["msg"].as_str().unwrap_or("not valid")
    )
}

/// The beginning of a text.
pub(super) fn shortened(text: &str) -> String {
    const SHOWN: usize = 400;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What an error comes down to: `Connection refused (os error 111)`.
pub(super) fn root_cause(error: &dyn std::error::Error) -> String {
    let last = std::iter::successors(Some(error), |error| error.source()).last();
    last.unwrap_or(error).to_string()
}

/// `; there are: a, b`, or that there is nothing.
fn list(known: &[String]) -> String {
    match known {
        [] => "; there is none that this API key sees".to_owned(),
        names => format!("; there are: {}", names.join(", ")),
    }
}
