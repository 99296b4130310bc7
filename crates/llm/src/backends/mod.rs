//! Models that live somewhere else: one file a vendor's API. Each makes one try a call; asking again, limits and budgets
//! are wrapped around it.

mod anthropic;
mod azure;
pub mod dialect;
pub mod endpoint;
mod gemini;
mod http;
mod offered;
mod openai_compatible;
pub mod presets;
mod shape;

pub use anthropic::Anthropic;
pub use gemini::Gemini;
pub use offered::Offered;
pub use openai_compatible::OpenAiCompatible;
pub use presets::{Api, Preset};

use crate::{BoxFuture, ChatError, ChatModel, ChatReply, ChatRequest};
use dialect::{Dialect, ResponseFormat};
use endpoint::Endpoint;
use serde::Serialize;
use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

/// Whom to ask.
#[derive(Clone)]
pub struct ServerOptions {
    /// The server's address as people paste it; the rule is [`Endpoint::parse`]'s.
    pub base_url: String,
    /// The model's name as the server knows it.
    pub model: String,
    /// The key; `None` or blank sends none.
    pub api_key: Option<String>,
    /// The longest wait for one whole answer.
    pub timeout: Duration,
    /// Connections that are kept open: as many as requests may be in flight.
    pub n_connections: usize,
    /// What the server is known to understand; it is asked for everything else until it refuses.
    pub dialect: Dialect,
}

impl ServerOptions {
    /// No key, ten minutes for an answer (a small machine writes slowly), 64 connections.
    pub fn new(base_url: impl Into<String>, model: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            model: model.into(),
            api_key: None,
            timeout: Duration::from_secs(600),
            n_connections: 64,
            dialect: Dialect::default(),
        }
    }
}

impl fmt::Debug for ServerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerOptions")
            .field("base_url", &self.base_url)
            .field("model", &self.model)
            .field("api_key", &self.api_key.as_ref().map(|_| "…"))
            .field("timeout", &self.timeout)
            .field("n_connections", &self.n_connections)
            .field("dialect", &self.dialect)
            .finish()
    }
}

/// A model behind a server: what can be asked besides replies.
pub trait Remote: ChatModel {
    /// Where the server is.
    fn endpoint(&self) -> &Endpoint;

    /// What the server was found to understand; before the first reply, what it is assumed to.
    fn dialect(&self) -> Dialect;

    /// The same as a summary.
    fn capabilities(&self) -> Capabilities {
        self.dialect().into()
    }

    /// What the headers of its first answer say about limits, by name.
    fn limits(&self) -> BTreeMap<String, String>;

    /// The models that the server offers.
    fn offered(&self) -> BoxFuture<'_, Result<Vec<Offered>, ChatError>>;

    /// Answers one request in exactly this dialect.
    fn chat_in<'a>(
        &'a self,
        request: &'a ChatRequest,
        dialect: Dialect,
    ) -> BoxFuture<'a, Result<ChatReply, ChatError>>;

    /// Whether the server gives log-probabilities of the tokens that it writes.
    fn gives_log_probs<'a>(
        &'a self,
        request: &'a ChatRequest,
    ) -> BoxFuture<'a, Result<bool, ChatError>>;
}

/// What a server understands of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Capabilities {
    /// How the shape of a reply can be asked for.
    pub response_format: ResponseFormat,
    /// Temperature and top-p.
    pub temperature: bool,
    /// The seed, though it may not keep to it.
    pub seed: bool,
    /// Top-k, min-p and the repetition penalty, or some of them.
    pub extra_sampling: bool,
}

impl From<Dialect> for Capabilities {
    fn from(dialect: Dialect) -> Self {
        Self {
            response_format: dialect.response_format,
            temperature: !dialect.without_temperature,
            seed: !dialect.without_seed,
            extra_sampling: !dialect.without_extra_sampling,
        }
    }
}

/// The model behind a server that speaks `api`. Nothing is sent yet.
///
/// # Errors
/// [`ChatError::Setting`]: an address or a key that cannot be sent at all.
pub fn connect(api: Api, options: &ServerOptions) -> Result<Arc<dyn Remote>, ChatError> {
    Ok(match api {
        Api::OpenAi => Arc::new(OpenAiCompatible::new(options)?),
        Api::Azure => Arc::new(OpenAiCompatible::azure(options)?),
        Api::Anthropic => Arc::new(Anthropic::new(options)?),
        Api::Gemini => Arc::new(Gemini::new(options)?),
    })
}
