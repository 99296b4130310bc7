//! Any server that speaks OpenAI's `POST /chat/completions`: OpenAI, vLLM, TGI, llama.cpp, Ollama, LM Studio, Together,
//! Groq, Mistral and others. What a server does not understand is left out from then on (see [`dialect`]).

pub mod dialect;
pub mod endpoint;
mod wire;

use crate::{BoxFuture, ChatError, ChatModel, ChatReply, ChatRequest, RetryPolicy};
use dialect::Dialect;
use endpoint::Endpoint;
use reqwest::{
    Client, Response, StatusCode,
    header::{AUTHORIZATION, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
};
use std::{
    collections::BTreeSet,
    fmt,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

/// A server that never answered may still be starting; it is tried so many times more, then nobody is taken to be
/// there.
const RETRIES_OF_FIRST_CONTACT: usize = 2;

/// Whom to ask, and how patiently.
#[derive(Clone)]
pub struct OpenAiOptions {
    /// The server's address as people paste it; the rule is [`Endpoint::parse`]'s.
    pub base_url: String,
    /// The model's name as the server knows it.
    pub model: String,
    /// Sent as bearer token; `None` or blank sends none.
    pub api_key: Option<String>,
    /// The longest wait for one whole answer.
    pub timeout: Duration,
    /// When a failed request is made again.
    pub retry: RetryPolicy,
}

impl OpenAiOptions {
    /// No key, ten minutes for an answer (a small machine writes slowly), the default retries.
    pub fn new(base_url: impl Into<String>, model: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            model: model.into(),
            api_key: None,
            timeout: Duration::from_secs(600),
            retry: RetryPolicy::default(),
        }
    }
}

impl fmt::Debug for OpenAiOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiOptions")
            .field("base_url", &self.base_url)
            .field("model", &self.model)
            .field("api_key", &self.api_key.as_ref().map(|_| "…"))
            .field("timeout", &self.timeout)
            .field("retry", &self.retry)
            .finish()
    }
}

/// A model behind an OpenAI-compatible server.
#[derive(Debug)]
pub struct OpenAiCompatible {
    client: Client,
    endpoint: Endpoint,
    model: String,
    retry: RetryPolicy,
    /// What the server was found to understand.
    dialect: Mutex<Dialect>,
    /// What it was said in the log not to understand.
    told: Mutex<BTreeSet<&'static str>>,
    /// Whether the server ever answered anything.
    has_answered: AtomicBool,
}

impl OpenAiCompatible {
    /// Prepares the connection; nothing is sent before the first request. Fails on an address or a key that cannot be
    /// sent at all.
    pub fn new(options: OpenAiOptions) -> Result<Self, ChatError> {
        let endpoint = Endpoint::parse(&options.base_url)?;
        let mut builder = Client::builder().timeout(options.timeout).default_headers(headers(options.api_key)?);
        if endpoint.is_loopback() {
            // A proxy for the outer world cannot reach this machine's own servers.
            builder = builder.no_proxy();
        }
        let client = builder
            .build()
            .map_err(|error| ChatError::Setting { setting: "HTTP client", reason: root_cause(&error) })?;
        let (model, retry) = (options.model, options.retry);
        let (dialect, told, has_answered) = (Mutex::default(), Mutex::default(), AtomicBool::new(false));
        Ok(Self { client, endpoint, model, retry, dialect, told, has_answered })
    }

    /// Asks in the dialect known so far; where the server objects to a part of it, asks once more without that part.
    async fn ask(&self, request: &ChatRequest) -> Result<ChatReply, ChatError> {
        let known = *self.known();
        let mut dialect = known;
        loop {
            let error = match self.ask_in(request, dialect).await {
                Ok(reply) => {
                    self.remember(known, dialect);
                    return Ok(reply);
                }
                Err(error) => error,
            };
            let Some(simpler) = dialect.without_what_is_refused(&error) else { return Err(error) };
            self.tell_once(&error, simpler.difference(dialect));
            dialect = simpler;
        }
    }

    /// Requests in flight together run into the same refusal; one of them says so.
    fn tell_once(&self, error: &ChatError, difference: &'static str) {
        if self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(difference) {
            tracing::warn!(model = self.model, reason = %error, "the server refuses a part of the request; {difference}");
        }
    }

    async fn ask_in(&self, request: &ChatRequest, dialect: Dialect) -> Result<ChatReply, ChatError> {
        let max_first_contacts = self.retry.max_retries.min(RETRIES_OF_FIRST_CONTACT) + 1;
        let mut n_tries = 0;
        let call = || {
            n_tries += 1;
            self.post(request, dialect, n_tries < max_first_contacts)
        };
        self.retry.run(call).await
    }

    /// Makes one request. Until the server has answered once, a connection that fails is an error that may pass only
    /// while it `may_be_starting`.
    async fn post(
        &self,
        request: &ChatRequest,
        dialect: Dialect,
        may_be_starting: bool,
    ) -> Result<ChatReply, ChatError> {
        let body = wire::Body::new(&self.model, request, dialect)?;
        let sent = self.client.post(self.endpoint.chat_completions()).json(&body).send().await;
        let response = sent.map_err(|error| match error.is_connect() && !may_be_starting {
            true if !self.has_answered.load(Relaxed) => {
                ChatError::NobodyThere { url: self.endpoint.to_string(), reason: root_cause(&error) }
            }
            _ => self.unreachable(&error),
        })?;
        self.has_answered.store(true, Relaxed);
        let (status, retry_after) = (response.status(), retry_after(&response));
        let text = response.text().await.map_err(|error| self.unreachable(&error))?;
        if status != StatusCode::OK {
            return Err(ChatError::Status {
                url: self.endpoint.to_string(),
                status: status.as_u16(),
                body: wire::reason(&text),
                retry_after,
            });
        }
        let url = self.endpoint.to_string();
        wire::unwrap_choice(wire::read_reply(&text, &url)?, request.constraint.as_ref(), &url)
    }

    fn unreachable(&self, error: &reqwest::Error) -> ChatError {
        let reason = match error.is_timeout() {
            true => "no answer in time".to_owned(),
            false => root_cause(error),
        };
        ChatError::Unreachable { url: self.endpoint.to_string(), reason }
    }

    fn known(&self) -> MutexGuard<'_, Dialect> {
        // A `Dialect` is copied in and out whole, so a panic elsewhere cannot leave half of one.
        self.dialect.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Kept only once it worked: a single odd request must not impoverish all others.
    fn remember(&self, before: Dialect, working: Dialect) {
        if before != working {
            let mut known = self.known();
            *known = known.simplest(working);
        }
    }
}

impl ChatModel for OpenAiCompatible {
    fn id(&self) -> &str {
        &self.model
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.chars().count().div_ceil(4)
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ChatError>> {
        Box::pin(self.ask(request))
    }
}

fn headers(api_key: Option<String>) -> Result<HeaderMap, ChatError> {
    let mut headers = HeaderMap::new();
    let Some(key) = api_key.as_deref().map(str::trim).filter(|key| !key.is_empty()) else { return Ok(headers) };
    let mut value = HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| ChatError::Setting {
        setting: "API key",
        reason: "it holds characters that no HTTP header can carry".to_owned(),
    })?;
    value.set_sensitive(true);
    headers.insert(AUTHORIZATION, value);
    Ok(headers)
}

/// How long a response asks to wait: seconds, or a date (RFC 9110, 10.2.3). A date is compared with the response's own
/// `Date`, so that a wrong clock on either side does no harm.
fn retry_after(response: &Response) -> Option<Duration> {
    let header = |name: HeaderName| response.headers().get(name)?.to_str().ok();
    let asked = header(RETRY_AFTER)?.trim();
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| httpdate::parse_http_date(text).ok();
    Some(date(asked)?.duration_since(date(header(DATE)?)?).unwrap_or_default())
}

/// What an error comes down to: `Connection refused (os error 111)`. The layers above say only that a request failed.
fn root_cause(error: &dyn std::error::Error) -> String {
    let last = std::iter::successors(Some(error), |error| error.source()).last();
    last.unwrap_or(error).to_string()
}
