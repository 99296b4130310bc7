//! Why nothing was pushed, and what to do about it.

/// Error of a push. The repository is as it was.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// Nobody is logged in.
    #[error("{repository}: the Hub asks for a token")]
    NoToken {
        /// The repository.
        repository: String,
    },
    /// The Hub may not be asked.
    #[error("{repository}: HF_HUB_OFFLINE forbids to ask the Hub")]
    Offline {
        /// The repository.
        repository: String,
    },
    /// Somebody else pushed since the repository was looked at.
    #[error("{repository} has changed since it was looked at; nothing was pushed")]
    Moved {
        /// The repository.
        repository: String,
    },
    /// The Hub refused, in its own words.
    #[error("could not push to {repository}: the Hub answers {status}: {told}")]
    Refused {
        /// The repository.
        repository: String,
        /// Status of its answer.
        status: u16,
        /// Its sentence.
        told: String,
    },
}

impl PushError {
    /// Next step for the user.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoToken { .. } => {
                "log in with `examen login`, or set HF_TOKEN to a token that may write"
            }
            Self::Offline { .. } => "unset HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE",
            Self::Moved { .. } => "look at what is new with --dry-run, then push again",
            Self::Refused { status, .. } => refusal_hint(*status),
        }
    }
}

fn refusal_hint(status: u16) -> &'static str {
    match status {
        401 => "the token is not valid (any more): log in with `examen login`, or set HF_TOKEN",
        403 => {
            "the token may not write there: make one that may write, be a member of the organization, or push to your own \
             name (`examen whoami`)"
        }
        404 => {
            "is the name right? A private repository of somebody else looks as if it were not there"
        }
        409 => {
            "somebody else is writing there, or the name is taken by something else: wait a moment, and push again"
        }
        413 => "the Hub takes no file as large as this: ask whoever runs it, or publish fewer rows",
        429 => "the Hub has had too many requests: wait some minutes, and push again",
        500.. => "the Hub has a problem of its own: wait, and push again; nothing is sent twice",
        _ => "nothing was changed on the Hub",
    }
}
