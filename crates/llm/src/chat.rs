//! Chat requests and replies.

use serde::{Deserialize, Serialize};
use std::{num::NonZeroUsize, sync::Arc, time::Duration};

/// A future that a trait object can return.
pub type BoxFuture<'a, T> = futures::future::BoxFuture<'a, T>;

/// A model that answers messages.
pub trait ChatModel: Send + Sync {
    /// What rows and reports call it.
    fn id(&self) -> &str;

    /// Tokens of `text`: exact where the tokenizer is at hand, else an estimate of one token per four characters.
    fn count_tokens(&self, text: &str) -> usize;

    /// How many requests are worth handing over at once, at the moment: those beyond would only wait. `None` where that is
    /// for the caller to say.
    fn n_at_once(&self) -> Option<usize> {
        None
    }

    /// Answers one request.
    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ChatError>>;
}

/// Who says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions.
    System,
    /// The one who asks.
    User,
    /// The model.
    Assistant,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Message {
    /// Who says it.
    pub role: Role,
    /// What. Shared, as most requests of a run begin with the same messages.
    pub content: Arc<str>,
}

/// Keyword of a JSON schema: the string must be a verbatim part of this text. See [`Constraint::JsonSchema`].
pub const SUBSTRING_OF: &str = "x-substring-of";

/// What the reply must look like.
///
/// The engine keeps every constraint. A server is asked for a JSON schema or, by way of one, for a choice; a pattern or
/// a substring cannot be asked of servers in general and is an error there ([`ChatError::Setting`]).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Constraint {
    /// A JSON value of this schema.
    ///
    /// A string in it may be bound to a text by the keyword [`x-substring-of`](SUBSTRING_OF): once parsed, it is then a
    /// verbatim part of that text, under the rules of [`SubstringOf`](Self::SubstringOf).
    ///
    /// ```
    /// # use serde_json::json;
    /// let passage = "The river rises in the mountains. \"It never dries up,\" they say.";
    /// let quote = json!({"type": "string", "x-substring-of": passage, "maxLength": 300});
    /// let schema = json!({
    ///     "type": "object",
    ///     "properties": {"quote": quote, "question": {"type": "string"}},
    ///     "required": ["quote", "question"],
    /// });
    /// # examen_llm::Constraint::JsonSchema(schema.into());
    /// ```
    ///
    /// Beside the keyword stand at most `type`, `minLength` and `maxLength` (in characters) and annotations such as
    /// `title`. It is understood in the root, in `properties` of objects and in `items` of arrays, nested at will. The
    /// objects and arrays around it have no other keywords than those, `required`, `additionalProperties`, `minItems`,
    /// `maxItems` and annotations; such an object is always written with all of its properties and no others. The
    /// keyword anywhere else, or under any other, is refused rather than passed over. Servers do not know it: it is left
    /// out for them, and the caller has to check the quote.
    JsonSchema(Arc<serde_json::Value>),
    /// The whole reply matches this regular expression, in the syntax of the Rust crate `regex` with Unicode classes;
    /// `.` is any character but a line feed. There are no look-arounds, back references or word borders, and no need of
    /// `^` and `$`: it is anchored at both ends.
    Regex(String),
    /// The reply is one of these texts exactly.
    Choice(Vec<String>),
    /// The reply is a verbatim part of this text, not empty. It begins and ends at a border of words (Unicode Standard
    /// Annex 29; in scripts without spaces such as Chinese, at a character) and with something other than white space.
    SubstringOf(String),
}

/// How the next token is drawn.
///
/// The settings are applied as transformers does, in this order: constraint, repetition penalty, temperature, top-k,
/// top-p, min-p; each filter sees what the one before has left over. All of the last four are off at temperature 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// 0 takes the likeliest; 1 the model's own distribution.
    pub temperature: f64,
    /// The smallest set of tokens with this probability is drawn from (Holtzman et al. 2020); 1 draws from all.
    pub top_p: f64,
    /// So many of the likeliest tokens are drawn from, and those as likely as the last of them; `None` draws from all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_k: Option<NonZeroUsize>,
    /// Tokens less likely than this share of the likeliest one's probability are not drawn (Nguyen et al. 2024), from 0
    /// to 1; 0 draws from all.
    #[serde(default, skip_serializing_if = "is_off")]
    pub min_p: f64,
    /// Tokens that the prompt or the reply so far has become less likely by it (Keskar et al. 2019): as in
    /// transformers' `RepetitionPenaltyLogitsProcessor`, their positive logits are divided by it and their negative ones
    /// multiplied, once, however often and wherever they stand. (llama.cpp computes the same, but looks only at its last
    /// 64 tokens unless told otherwise.) Above 0; 1 changes nothing.
    #[serde(default = "neutral", skip_serializing_if = "is_neutral")]
    pub repetition_penalty: f64,
    /// Same request, same seed, same reply, where the model can promise it.
    pub seed: u64,
    /// At most this many tokens are written.
    pub max_tokens: usize,
    /// The reply ends before any of these.
    pub stop: Vec<String>,
}

impl Sampling {
    /// The likeliest token each time, up to `max_tokens`; every other setting is off. Others start from it:
    /// `Sampling { temperature: 0.8, seed: 7, ..Sampling::greedy(100) }`.
    pub fn greedy(max_tokens: usize) -> Self {
        Self {
            temperature: 0.0,
            top_p: 1.0,
            top_k: None,
            min_p: 0.0,
            repetition_penalty: neutral(),
            seed: 0,
            max_tokens,
            stop: Vec::new(),
        }
    }
}

// Settings that are off are not written, so that a request has the bytes, and so the journal key, that it had before
// they existed.

fn is_off(min_p: &f64) -> bool {
    *min_p == 0.0
}

fn neutral() -> f64 {
    1.0
}

fn is_neutral(repetition_penalty: &f64) -> bool {
    *repetition_penalty == neutral()
}

/// One request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChatRequest {
    /// The conversation so far.
    pub messages: Vec<Message>,
    /// What the reply must look like; `None` for free text.
    pub constraint: Option<Constraint>,
    /// How it is drawn.
    pub sampling: Sampling,
}

/// Why the model stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// It was done, or met a stop string.
    Stop,
    /// `max_tokens` or the context was full: the reply is cut.
    Length,
}

/// Tokens read and written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub input_tokens: u64,
    /// Tokens of the reply.
    pub output_tokens: u64,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
    }
}

/// One reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatReply {
    /// What the model wrote.
    pub text: String,
    /// Why it stopped.
    pub finish: FinishReason,
    /// What it cost.
    pub usage: Usage,
}

/// Why there is no reply.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    /// Nobody listens at the address, and nobody ever did: the address is wrong or the server is not running.
    #[error("nobody answers at {url}: {reason}")]
    NobodyThere {
        /// Where.
        url: String,
        /// What the network said.
        reason: String,
    },
    /// The answer did not come in time.
    #[error("{url} gave no answer in time ({} s)", .after.as_secs_f64())]
    TimedOut {
        /// Whom.
        url: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// The connection broke.
    #[error("could not reach {url}: {reason}")]
    Unreachable {
        /// Whom.
        url: String,
        /// What the network said.
        reason: String,
    },
    /// The server answered with an error status.
    #[error("{url} answered {status}: {body}")]
    Status {
        /// Who.
        url: String,
        /// HTTP status.
        status: u16,
        /// The first part of the body.
        body: String,
        /// How long the server asks to wait.
        retry_after: Option<Duration>,
    },
    /// The server's answer is not one.
    #[error("the answer of {url} is not a chat completion: {reason}")]
    Malformed {
        /// Who.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The request cannot be answered by this model whatever the sampling: too long, a broken schema, a broken
    /// template.
    #[error("the model cannot answer this request: {0}")]
    Refused(String),
    /// A setting that no server could be asked with.
    #[error("{setting} cannot be used: {reason}")]
    Setting {
        /// Which: `base URL`, `API key`, `regex constraint`.
        setting: &'static str,
        /// Why. Never the value of a secret.
        reason: String,
    },
    /// The call was not made: with what it may take, more than the budget would be spent.
    #[error(
        "the budget is used up: {spent} of {limit} are spent, and the next call may take {needed}"
    )]
    Budget {
        /// What is spent, with its unit.
        spent: String,
        /// The limit, with its unit.
        limit: String,
        /// What the call may take at most, with its unit.
        needed: String,
    },
    /// Everything that was tried of late failed: the server is taken to be out of order.
    #[error("{n_tries} tries in a row failed, for {} s; the last: {last}", .lasted.as_secs())]
    GaveUp {
        /// Tries of all requests since the last answer.
        n_tries: usize,
        /// How long it has been like that.
        lasted: Duration,
        /// What the last one failed with.
        last: Box<ChatError>,
    },
}

impl ChatError {
    /// The error without the server's address, for files that may be published.
    pub fn reason(&self) -> String {
        match self {
            Self::NobodyThere { reason, .. } => format!("nobody answers: {reason}"),
            Self::TimedOut { after, .. } => format!(
                "the server gave no answer in time ({} s)",
                after.as_secs_f64()
            ),
            Self::Unreachable { reason, .. } => {
                format!("the server could not be reached: {reason}")
            }
            Self::Status { status, body, .. } => format!("the server answered {status}: {body}"),
            Self::Malformed { reason, .. } => {
                format!("the server's answer is not a chat completion: {reason}")
            }
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

    /// Whether the same request may succeed a little later: the network failed, or the server said so.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } => true,
            Self::Status {
                status,
                body,
                retry_after,
                ..
            } => {
                matches!(status, 408 | 429 | 500..=599)
                    && *status != 501
                    && !is_out_of_credit(body, *retry_after)
            }
            _ => false,
        }
    }

    /// Whether every other request would fail in the same way: a wrong key, model or address, or a server that has
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
            Self::NobodyThere { .. } | Self::Setting { .. } | Self::GaveUp { .. } => true,
            _ => false,
        }
    }

    /// Whether the call was not made because the budget does not hold it. No later call of the same size will be; those
    /// in flight still finish.
    pub fn is_budget(&self) -> bool {
        matches!(self, Self::Budget { .. })
    }

    /// Whether the server says that it is asked too much (429, 503, Anthropic's 529), or seems to be (a time-out).
    pub fn is_overload(&self) -> bool {
        match self {
            Self::Status { status, .. } => matches!(status, 429 | 503 | 529) && self.is_transient(),
            Self::TimedOut { .. } => true,
            _ => false,
        }
    }

    /// Whether the call may have cost something although there is no reply: whenever the model may have worked on it.
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
            | Self::Setting { .. }
            | Self::Budget { .. }
            | Self::GaveUp { .. } => false,
        }
    }

    /// How long the server asks to wait before the next request, if it said so.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NobodyThere { .. } => "is the server running, and is --base-url its address?",
            Self::Unreachable { .. } => "is the server overloaded? A lower --concurrency may help",
            Self::TimedOut { .. } => {
                "is the server overloaded? A lower --concurrency or a longer --timeout may help"
            }
            Self::Budget { .. } => {
                "raise --max-cost or --max-tokens and run the same command again: what is answered is not asked again"
            }
            Self::GaveUp { last, .. } => return last.hint(),
            Self::Status { status: 401, .. } => {
                "the server wants another key: `examen doctor` says which variable it is read from"
            }
            Self::Status { status: 402, .. } => "the account has no credit left",
            Self::Status { status: 403, .. } => "the key may not use this model",
            Self::Status {
                status: 404 | 405, ..
            } => "check --model-id (does the server offer a model of that name?) and --base-url",
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

/// Some answer 429 both to who asks too fast and to who has nothing left to pay with; only the first is worth a wait.
/// Gemini uses OpenAI's words for the first, but says when to come back.
fn is_out_of_credit(body: &str, retry_after: Option<Duration>) -> bool {
    body.contains("insufficient_quota")
        || (body.contains("exceeded your current quota") && retry_after.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_that_are_off_are_not_written_and_need_not_be() {
        let written =
            json!({"temperature": 0.0, "top_p": 1.0, "seed": 0, "max_tokens": 9, "stop": []});
        assert_eq!(
            serde_json::to_string(&Sampling::greedy(9)).unwrap(),
            written.to_string()
        );
        assert_eq!(
            serde_json::from_value::<Sampling>(written).unwrap(),
            Sampling::greedy(9)
        );
    }

    #[test]
    fn settings_that_are_on_are_kept() {
        let top_k = NonZeroUsize::new(40);
        let sampling = Sampling {
            top_k,
            min_p: 0.1,
            repetition_penalty: 1.2,
            ..Sampling::greedy(9)
        };
        let written = serde_json::to_value(&sampling).unwrap();
        assert_eq!(
            (&written["top_k"], &written["min_p"]),
            (&json!(40), &json!(0.1))
        );
        assert_eq!(
            serde_json::from_value::<Sampling>(written).unwrap(),
            sampling
        );
    }
}
