//! Errors of a chat, and what they mean for the next try, the budget and the user.

use crate::limit;
use examen_http::{Repeat, Secrets, repeat};
use std::time::Duration;

/// Target of a redirection that names none.
pub(crate) const NOWHERE: &str = "no address";

/// Reason why there is no reply.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    /// Nothing listens at the address, and nothing ever did: the address is wrong or the server is not running.
    #[error("nobody answers at {url}: {reason}")]
    NobodyThere {
        /// Address of the server.
        url: String,
        /// Message of the network.
        reason: String,
    },
    /// A vendor's own host cannot be reached, and never could: there is no network, no name service, or no way through
    /// a firewall or proxy.
    #[error("could not reach {host}: {reason}")]
    NoConnection {
        /// Name of the host.
        host: String,
        /// Message of the network.
        reason: String,
    },
    /// The answer did not come in time.
    #[error("{url} gave no answer in time ({} s)", .after.as_secs_f64())]
    TimedOut {
        /// Address of the server.
        url: String,
        /// Time that it was waited for.
        after: Duration,
    },
    /// The connection broke.
    #[error("could not reach {url}: {reason}")]
    Unreachable {
        /// Address of the server.
        url: String,
        /// Message of the network.
        reason: String,
    },
    /// The server answered with an error status.
    #[error("{url} answered {status}: {body}")]
    Status {
        /// Address of the server.
        url: String,
        /// HTTP status.
        status: u16,
        /// The first part of the body.
        body: String,
        /// Wait that the server asks for.
        retry_after: Option<Duration>,
    },
    /// The server points to another address, which is not followed: the key and the documents would go along.
    #[error("{url} points to another address (status {status}): {target}")]
    Moved {
        /// Address of the server.
        url: String,
        /// HTTP status.
        status: u16,
        /// Address that it points to, without a query.
        target: String,
    },
    /// The server's answer is not one.
    #[error("the answer of {url} cannot be used: {reason}")]
    Malformed {
        /// Address of the server.
        url: String,
        /// Fault in it.
        reason: String,
    },
    /// The prompt, or the prompt and the reply together, is longer than the server takes.
    #[error(
        "{url} does not take so long a request (about {prompt_tokens} tokens of prompt, {max_tokens} of reply{}): {words}",
        named(*limit)
    )]
    TooLong {
        /// Address of the server.
        url: String,
        /// Tokens of the prompt, estimated.
        prompt_tokens: usize,
        /// Most tokens of the reply.
        max_tokens: usize,
        /// Tokens that the server takes, where it says so.
        limit: Option<u64>,
        /// The server's own words.
        words: String,
    },
    /// The request cannot be answered by this model whatever the sampling: too long, a broken schema, a broken
    /// template.
    #[error("the model cannot answer this request: {0}")]
    Refused(String),
    /// A setting that no server could be asked with.
    #[error("{setting} cannot be used: {reason}")]
    Setting {
        /// Name of the setting: `base URL`, `API key`, `regex constraint`.
        setting: &'static str,
        /// Reason. Never the value of a secret.
        reason: String,
    },
    /// The call was not made: with what it may take, more than the budget would be spent.
    #[error(
        "the budget is used up: {spent} of {limit} are spent, and the next call may take {needed}"
    )]
    Budget {
        /// Amount that is spent, with its unit.
        spent: String,
        /// The limit, with its unit.
        limit: String,
        /// Most that the call may take, with its unit.
        needed: String,
    },
    /// Everything that was tried of late failed: the server is taken to be out of order.
    #[error("{n_tries} tries in a row failed, for {} s; the last: {last}", .lasted.as_secs())]
    GaveUp {
        /// Tries of all requests since the last answer.
        n_tries: usize,
        /// Time since the last answer.
        lasted: Duration,
        /// Error of the last one.
        last: Box<ChatError>,
    },
}

impl ChatError {
    /// The same without these secrets in the server's words.
    pub(crate) fn without(mut self, secrets: &Secrets) -> Self {
        match &mut self {
            Self::Status { body: words, .. }
            | Self::Moved { target: words, .. }
            | Self::TooLong { words, .. }
            | Self::Malformed { reason: words, .. }
            | Self::Refused(words) => *words = secrets.hidden_in(words),
            Self::NobodyThere { .. }
            | Self::NoConnection { .. }
            | Self::TimedOut { .. }
            | Self::Unreachable { .. }
            | Self::Setting { .. }
            | Self::Budget { .. }
            | Self::GaveUp { .. } => {}
        }
        self
    }

    /// The error without the server's address, for files that may be published.
    pub fn reason(&self) -> String {
        match self {
            Self::NobodyThere { reason, .. } => format!("nobody answers: {reason}"),
            Self::TimedOut { after, .. } => format!(
                "the server gave no answer in time ({} s)",
                after.as_secs_f64()
            ),
            Self::NoConnection { reason, .. } | Self::Unreachable { reason, .. } => {
                format!("the server could not be reached: {reason}")
            }
            Self::Status { status, body, .. } => format!("the server answered {status}: {body}"),
            Self::Moved { status, .. } => {
                format!("the server points to another address (status {status})")
            }
            Self::Malformed { reason, .. } => {
                format!("the server's answer cannot be used: {reason}")
            }
            Self::TooLong {
                prompt_tokens,
                max_tokens,
                limit,
                words,
                ..
            } => format!(
                "the server does not take so long a request (about {prompt_tokens} tokens of prompt, {max_tokens} of \
                 reply{}): {words}",
                named(*limit)
            ),
            Self::GaveUp {
                n_tries,
                lasted,
                last,
            } => {
                format!(
                    "{n_tries} tries in a row failed, for {} s; the last: {}",
                    lasted.as_secs(),
                    last.reason()
                )
            }
            Self::Refused(_) | Self::Setting { .. } | Self::Budget { .. } => self.to_string(),
        }
    }

    /// Cause of a failure in two or three words, by which failures are counted: `503`, `no answer in time`.
    pub(crate) fn cause(&self) -> String {
        match self {
            Self::Status { status, .. } => status.to_string(),
            Self::TimedOut { .. } => "no answer in time".to_owned(),
            Self::NobodyThere { .. } | Self::NoConnection { .. } => "nobody answers".to_owned(),
            Self::Unreachable { .. } => "connection broken".to_owned(),
            error => error.reason(),
        }
    }

    /// `true` if the same request may succeed a little later: the network failed, or the server said so.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } => true,
            Self::Status {
                status,
                body,
                retry_after,
                ..
            } => {
                repeat(*status) != Repeat::Never
                    && !is_out_of_credit(body, *retry_after)
                    // llama.cpp and others send 500 for a prompt that their context does not hold.
                    && (*status != 500 || limit::too_long(body).is_none())
            }
            _ => false,
        }
    }

    /// `true` if every other request would fail in the same way: a wrong key, model or address, or a server that has
    /// failed for too long.
    pub fn is_fatal(&self) -> bool {
        match self {
            Self::Status {
                status,
                body,
                retry_after,
                ..
            } => {
                matches!(status, 401..=405)
                    || (*status == 429 && is_out_of_credit(body, *retry_after))
            }
            Self::NobodyThere { .. }
            | Self::NoConnection { .. }
            | Self::Moved { .. }
            | Self::Setting { .. }
            | Self::GaveUp { .. } => true,
            _ => false,
        }
    }

    /// `true` if the call was not made because the budget does not hold it. No later call of the same size will be; those
    /// in flight still finish.
    pub fn is_budget(&self) -> bool {
        matches!(self, Self::Budget { .. })
    }

    /// `true` if the server says that it is asked too much (429, 503, Anthropic's 529), or seems to be (a time-out).
    pub fn is_overload(&self) -> bool {
        match self {
            Self::Status { status, .. } => matches!(status, 429 | 503 | 529) && self.is_transient(),
            Self::TimedOut { .. } => true,
            _ => false,
        }
    }

    /// `true` if the call may have cost something although there is no reply: whenever the model may have worked on it.
    /// Vendors bill no request that they answered with an error of their own; of one whose connection broke, whose
    /// time ran out, or for which a gateway answered (502, 504), nobody knows.
    pub fn may_have_cost(&self) -> bool {
        match self {
            Self::TimedOut { .. }
            | Self::Unreachable { .. }
            | Self::Malformed { .. }
            | Self::Refused(_) => true,
            Self::Status { status, .. } => matches!(status, 408 | 502 | 504),
            Self::NobodyThere { .. }
            | Self::NoConnection { .. }
            | Self::Moved { .. }
            | Self::TooLong { .. }
            | Self::Setting { .. }
            | Self::Budget { .. }
            | Self::GaveUp { .. } => false,
        }
    }

    /// `true` if nothing answered at all: no server, no network, no time.
    pub fn is_unreachable(&self) -> bool {
        matches!(
            self,
            Self::NobodyThere { .. }
                | Self::NoConnection { .. }
                | Self::Unreachable { .. }
                | Self::TimedOut { .. }
        )
    }

    /// `true` if no connection was ever made, so that the server may just be starting.
    pub(crate) fn is_first_contact(&self) -> bool {
        matches!(self, Self::NobodyThere { .. } | Self::NoConnection { .. })
    }

    /// Wait before the next request that the server asks for, if it does.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Next step for the user.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NobodyThere { .. } => "is the server running, and is --base-url its address?",
            Self::NoConnection { .. } => {
                "check the network, and HTTPS_PROXY if there is a proxy; a local model needs no network (`examen models`)"
            }
            Self::Unreachable { .. } => "is the server overloaded? A lower --concurrency may help",
            Self::TimedOut { .. } => {
                "is the server overloaded? A lower --concurrency or a longer --timeout may help"
            }
            Self::Budget { .. } => {
                "raise --max-cost or --max-tokens and run the same command again: what is answered is not asked again"
            }
            Self::Moved { target, .. } if target == NOWHERE => {
                "is --base-url the address of the API? `examen doctor` looks at it"
            }
            Self::Moved { target, .. } => {
                return Some(format!(
                    "no redirection is followed, since the key would go along; if you trust that address, give it: \
                     --base-url {target}"
                ));
            }
            Self::TooLong { .. } => {
                "shorten the passages (generate: --chunk-tokens) or the reply (--max-new-tokens), or start the server with \
                 a longer context (vLLM: --max-model-len, llama.cpp: -c, ollama: OLLAMA_CONTEXT_LENGTH)"
            }
            Self::GaveUp { last, .. } => return last.hint(),
            Self::Status { status: 401, .. } => {
                "the server wants another key: `examen doctor` says which variable it is read from"
            }
            Self::Status { status: 402, .. } => "the account has no credit left",
            Self::Status { status: 403, .. } => "the key may not use this model",
            Self::Status {
                status: 404 | 405, ..
            } => {
                "check --model (does the server offer a model of that name?) and the server's address: `examen doctor` looks at both"
            }
            Self::Status {
                status: 429,
                body,
                retry_after,
                ..
            } if is_out_of_credit(body, *retry_after) => "the account has no credit left",
            Self::Status { status: 429, .. } => "lower --concurrency or set --requests-per-minute",
            Self::Malformed { .. } => {
                "is --base-url the address of the API? `examen doctor` looks at it"
            }
            Self::Status { .. } | Self::Refused(_) | Self::Setting { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

/// The limit of a server that names one.
fn named(limit: Option<u64>) -> String {
    limit.map_or_else(String::new, |limit| format!("; it takes {limit}"))
}

/// Some answer 429 both to who asks too fast and to who has nothing left to pay with; only the first is worth a wait.
/// Gemini uses OpenAI's words for the first, but says when to come back.
fn is_out_of_credit(body: &str, retry_after: Option<Duration>) -> bool {
    body.contains("insufficient_quota")
        || (body.contains("exceeded your current quota") && retry_after.is_none())
}
