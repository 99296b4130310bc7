//! JSON over HTTP to one server: one try a call, and every failure as a [`ChatError`]. Knows no vendor.

use super::{options::ServerOptions, vendor::Site};
use crate::error::{ChatError, NOWHERE};
use examen_http::{BodyError, ClientOptions, Secrets, root_cause};
use reqwest::{
    Client, RequestBuilder, StatusCode, Url,
    header::{
        CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue,
        TRANSFER_ENCODING,
    },
};
use std::{
    collections::BTreeMap,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

/// Most bytes of a list of models, of which the longest have half a megabyte.
const MAX_LIST_BYTES: usize = 4 * 1024 * 1024;
/// Most bytes of any reply.
const MAX_REPLY_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of a reply to one request beside its tokens: thinking of models whose servers do not count it.
const THINKING_BYTES: usize = 1024 * 1024;
/// Most bytes that one token takes in a reply: long words, each character escaped as JSON.
const BYTES_PER_TOKEN: usize = 64;

/// Most bytes of the answer to a request for `max_tokens` tokens. Many answers are read at the same time.
pub(super) fn reply_bytes(max_tokens: usize) -> usize {
    let tokens = max_tokens.saturating_mul(BYTES_PER_TOKEN);
    tokens.saturating_add(THINKING_BYTES).min(MAX_REPLY_BYTES)
}

/// The same where each token comes as an event of its own, with names and numbers around it.
pub(super) fn stream_bytes(max_tokens: usize) -> usize {
    reply_bytes(max_tokens.saturating_mul(16))
}

/// Most bytes of the answer to a prompt of `max_tokens` tokens that is echoed: each token comes with its text, its
/// log-probability and a likelier one.
pub(super) fn echo_bytes(max_tokens: usize) -> usize {
    reply_bytes(max_tokens.saturating_mul(4))
}

/// A server, and the client for it.
#[derive(Debug)]
pub(super) struct Server {
    client: Client,
    /// Address as errors show it: without a query, where some put keys.
    url: String,
    /// Name of the server, if it is known to be right: the user did not type it.
    known_host: Option<String>,
    timeout: Duration,
    /// `true` once it answered anything.
    has_answered: AtomicBool,
    /// What no error shows.
    secrets: Secrets,
    /// Headers of its first answer that name limits.
    limits: OnceLock<BTreeMap<String, String>>,
}

impl Server {
    /// Prepares the client. `is_known` says that the address is a vendor's own.
    pub(super) fn new(
        site: &Site,
        options: &ServerOptions,
        is_known: bool,
    ) -> Result<Self, ChatError> {
        let client = examen_http::client(
            Some(&site.replies),
            ClientOptions {
                headers: headers(site, options)?,
                timeout: options.timeout,
                max_idle_connections: Some(options.n_connections),
            },
        );
        Ok(Self {
            client: client.map_err(|error| ChatError::Setting {
                setting: "HTTP client",
                reason: root_cause(&error),
            })?,
            url: site.endpoint.to_string(),
            known_host: is_known.then(|| site.endpoint.host().to_owned()),
            timeout: options.timeout,
            has_answered: AtomicBool::new(false),
            secrets: Secrets::of(options.api_key.as_deref(), &site.replies).and(
                options
                    .extra_headers
                    .iter()
                    .map(|(_, value)| value.as_str()),
            ),
            limits: OnceLock::new(),
        })
    }

    /// Address as errors show it.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Limits that the headers of its first answer name, such as `x-ratelimit-limit-requests: 500`.
    pub(super) fn limits(&self) -> BTreeMap<String, String> {
        self.limits.get().cloned().unwrap_or_default()
    }

    /// The error without the key, which servers repeat.
    pub(super) fn without_secrets(&self, error: ChatError) -> ChatError {
        error.without(&self.secrets)
    }

    /// Text of a good answer to `POST` with a body of JSON, of at most `limit` bytes.
    pub(super) async fn post(
        &self,
        url: &Url,
        mut body: Vec<u8>,
        limit: usize,
    ) -> Result<String, ChatError> {
        // It is held until the answer is in.
        body.shrink_to_fit();
        self.send(
            self.client
                .post(url.clone())
                .header(CONTENT_TYPE, "application/json")
                .body(body),
            limit,
        )
        .await
    }

    /// Text of a good answer to `GET`: a list of models.
    pub(super) async fn get(&self, url: &Url) -> Result<String, ChatError> {
        self.send(self.client.get(url.clone()), MAX_LIST_BYTES)
            .await
    }

    async fn send(&self, request: RequestBuilder, limit: usize) -> Result<String, ChatError> {
        let response = request.send().await.map_err(|error| self.failed(&error))?;
        self.has_answered.store(true, Relaxed);
        self.limits.get_or_init(|| limits(response.headers()));
        let status = response.status();
        if status == StatusCode::OK {
            let text = examen_http::text(response, limit).await;
            return text.map_err(|error| match error {
                BodyError::Broken(error) => self.failed(&error),
                BodyError::TooLong { .. } | BodyError::Packed { .. } => ChatError::Malformed {
                    url: self.url.clone(),
                    reason: error.to_string(),
                },
            });
        }
        if status.is_redirection() {
            return Err(ChatError::Moved {
                url: self.url.clone(),
                status: status.as_u16(),
                target: examen_http::target(&response).unwrap_or_else(|| NOWHERE.to_owned()),
            });
        }
        let retry_after = examen_http::retry_after(response.headers());
        let text = self
            .secrets
            .hidden_in(&examen_http::beginning(response).await);
        Err(ChatError::Status {
            url: self.url.clone(),
            status: status.as_u16(),
            body: examen_http::reason(&text),
            retry_after: retry_after.or_else(|| examen_http::retry_delay(&text)),
        })
    }

    fn failed(&self, error: &reqwest::Error) -> ChatError {
        let (url, reason) = (self.url.clone(), root_cause(error));
        if error.is_connect() && !self.has_answered.load(Relaxed) {
            return match &self.known_host {
                Some(host) => ChatError::NoConnection {
                    host: host.clone(),
                    reason,
                },
                None => ChatError::NobodyThere { url, reason },
            };
        }
        match error.is_timeout() {
            true => ChatError::TimedOut {
                url,
                after: self.timeout,
            },
            false => ChatError::Unreachable { url, reason },
        }
    }
}

/// Headers of every request: the vendor's own, the key unless it is blank, and those that the user adds.
fn headers(site: &Site, options: &ServerOptions) -> Result<HeaderMap, ChatError> {
    let key = options.api_key.as_deref();
    let fixed = site.headers.iter().map(|&(name, value)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    });
    let mut headers: HeaderMap = fixed.collect();
    if let Some(key) = key.map(str::trim).filter(|key| !key.is_empty()) {
        let (name, prefix) = site.key_header;
        let value = examen_http::secret(&format!("{prefix}{key}"));
        let value = value.map_err(|_| ChatError::Setting {
            setting: "API key",
            reason: "it holds characters that no HTTP header can carry".to_owned(),
        })?;
        headers.insert(HeaderName::from_static(name), value);
    }
    for (name, value) in &options.extra_headers {
        let refused = |reason: &str| ChatError::Setting {
            setting: "extra header",
            reason: format!("`{}` {reason}", examen_http::clip(name)),
        };
        let known = name.parse::<HeaderName>();
        let known = known.map_err(|_| refused("is no name of a header"))?;
        if [HOST, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION].contains(&known) {
            return Err(refused("belongs to the connection and cannot be set"));
        }
        let value = examen_http::secret(value);
        let value = value.map_err(|_| refused("has a value that no header can carry"))?;
        headers.insert(known, value);
    }
    Ok(headers)
}

fn limits(headers: &HeaderMap) -> BTreeMap<String, String> {
    let is_limit = |name: &str| name.contains("ratelimit");
    let shown = headers.iter().filter(|(name, _)| is_limit(name.as_str()));
    shown
        .filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backends::endpoint::Endpoint;

    /// The error of asking a port that nobody listens at.
    async fn nobody(is_known: bool) -> ChatError {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let options = ServerOptions::new(url, "tester");
        let site = Site::new(
            Endpoint::parse(&options.base_url).unwrap(),
            "chat",
            &options,
        );
        let server = Server::new(&site, &options, is_known).unwrap();
        server.get(&site.models).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_vendor_out_of_reach_is_named_and_its_address_is_not_doubted() {
        let error = nobody(true).await;
        assert!(error.to_string().starts_with("could not reach 127.0.0.1: "));
        let hint = error.hint().unwrap();
        assert!(hint.contains("network") && !hint.contains("--base-url"));
        assert!(error.is_fatal() && error.is_unreachable() && !error.may_have_cost());
        assert!(!error.reason().contains("127.0.0.1"));
    }

    #[tokio::test]
    async fn an_address_that_the_user_gave_is_doubted() {
        let error = nobody(false).await;
        assert!(matches!(error, ChatError::NobodyThere { .. }), "{error}");
        assert!(error.hint().unwrap().contains("--base-url"));
    }
}
