//! The parts in which one vendor's API differs from another's.

use super::{dialect::Dialect, endpoint::Endpoint, options::ServerOptions};
use crate::{
    chat::{ChatReply, ChatRequest},
    error::ChatError,
    first_token::FirstToken,
};
use examen_http::clip;
use reqwest::Url;
use serde::de::DeserializeOwned;
use std::fmt;

/// API that a server speaks.
#[derive(Clone, Copy)]
pub struct Api {
    name: &'static str,
    pub(super) vendor: &'static dyn Vendor,
}

impl Api {
    pub(super) const fn new(name: &'static str, vendor: &'static dyn Vendor) -> Self {
        Self { name, vendor }
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Api({})", self.name)
    }
}

impl PartialEq for Api {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Api {}

/// One vendor's API: addresses, bodies, replies, and what is odd about them. Sends nothing itself.
pub(super) trait Vendor: Sync {
    /// Addresses and headers of a server.
    ///
    /// # Errors
    /// [`ChatError::Setting`]: an address that cannot be used.
    fn site(&self, options: &ServerOptions) -> Result<Site, ChatError>;

    /// Body of a request, as JSON.
    ///
    /// # Errors
    /// [`ChatError::Setting`]: a constraint that cannot be asked for in this dialect.
    fn body(
        &self,
        model: &str,
        request: &ChatRequest,
        dialect: Dialect,
    ) -> Result<Vec<u8>, ChatError>;

    /// Reply in a good answer.
    ///
    /// # Errors
    /// An answer of another shape, a refusal of the model, or an error behind a good status.
    fn read(&self, received: Received<'_>) -> Result<ChatReply, ChatError>;

    /// Corrects an error whose status means something else here than everywhere.
    fn corrected(&self, error: ChatError) -> ChatError {
        error
    }

    /// Way to ask for the likeliest first tokens of a reply, where there is one.
    fn first_token(&self) -> Option<AskFirstToken> {
        None
    }

    /// `true` if servers of this API may echo a prompt with its log-probabilities.
    fn may_echo(&self) -> bool {
        false
    }
}

/// Text of a good answer, and the server that sent it.
#[derive(Clone, Copy)]
pub(super) struct Received<'a> {
    /// Body of the answer.
    pub(super) text: &'a str,
    /// Address of the server, as errors show it.
    pub(super) url: &'a str,
}

impl Received<'_> {
    /// Reads the JSON of the answer.
    pub(super) fn parse<T: DeserializeOwned>(self) -> Result<T, ChatError> {
        examen_http::json(self.text).map_err(|error| {
            let reason = self.not_json().unwrap_or_else(|| error.to_string());
            self.malformed(reason)
        })
    }

    /// What came in place of JSON, by its first line: the page of a proxy, a message in plain words.
    fn not_json(self) -> Option<String> {
        let text = self.text.trim();
        let first = clip(text.lines().next().unwrap_or_default());
        let begins = |with: &str| {
            text.get(..with.len())
                .is_some_and(|it| it.eq_ignore_ascii_case(with))
        };
        match text {
            "" => Some("it is empty".to_owned()),
            _ if begins("<!doctype") || begins("<html") => {
                Some(format!("it is a web page, not JSON: `{first}`"))
            }
            _ if stream_begins(text) => {
                Some(format!("it is a stream of events, not JSON: `{first}`"))
            }
            _ if text.starts_with(['{', '[', '"']) => None,
            _ => Some(format!("it is not JSON: `{first}`")),
        }
    }

    /// The error of an answer that is not as the vendor's reference says.
    pub(super) fn malformed(self, reason: impl Into<String>) -> ChatError {
        ChatError::Malformed {
            url: self.url.to_owned(),
            reason: clip(&reason.into()),
        }
    }
}

fn stream_begins(text: &str) -> bool {
    ["data:", "event:"]
        .iter()
        .any(|field| text.starts_with(field))
}

/// From model, request, dialect and number of tokens to a body.
type FirstTokenBody = fn(&str, &ChatRequest, Dialect, usize) -> Result<Vec<u8>, ChatError>;

/// Way to ask for the likeliest first tokens of a reply.
pub(super) struct AskFirstToken {
    /// Body of a request for this many of them, as JSON.
    pub(super) body: FirstTokenBody,
    /// The tokens in a good answer.
    pub(super) read: fn(Received<'_>) -> Result<FirstToken, ChatError>,
}

/// A server as a vendor's API addresses it.
pub(super) struct Site {
    /// Base of the API.
    pub(super) endpoint: Endpoint,
    /// Address that requests are posted to.
    pub(super) replies: Url,
    /// Address of the list of models.
    pub(super) models: Url,
    /// `true` if that list has the names that requests use.
    pub(super) lists_model_names: bool,
    /// Name of the model in requests.
    pub(super) model: String,
    /// Header of the key, and the text before the key in it.
    pub(super) key_header: (&'static str, &'static str),
    /// Headers of every request.
    pub(super) headers: &'static [(&'static str, &'static str)],
    /// Dialect to begin with.
    pub(super) dialect: Dialect,
}

impl Site {
    /// Requests go to `part` of the API; everything else is OpenAI's way.
    pub(super) fn new(endpoint: Endpoint, part: &str, options: &ServerOptions) -> Self {
        Self {
            replies: endpoint.at(part),
            models: endpoint.at("models"),
            lists_model_names: true,
            model: options.model.clone(),
            key_header: ("authorization", "Bearer "),
            headers: &[],
            dialect: options.dialect,
            endpoint,
        }
    }

    /// The same with a parameter in the address of the list of models.
    pub(super) fn with_models_query(mut self, name: &str, value: &str) -> Self {
        self.models.query_pairs_mut().append_pair(name, value);
        self
    }
}
