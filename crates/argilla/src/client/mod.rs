//! A client for any server that speaks Argilla's API: Argilla itself, or `examen serve`. One file a noun.
//!
//! Requests that may be made twice without harm (reading, `PUT`, `DELETE`) are made again after failures that may pass.
//! The API key is in no error, no log and no debug output. Prints nothing and reads no environment.

mod accounts;
mod datasets;
mod error;
mod records;
mod source;
mod transport;

pub use datasets::{Settings, WholeDataset};
pub use error::ClientError;
pub use records::{Include, MAX_BATCH, Pages, batches};
pub use source::RemoteDataset;

use examen_http::{Secrets, root_cause, secret, typed_without_secrets, without_secrets};
use reqwest::{
    Url,
    header::{HeaderMap, HeaderName},
};
use std::{
    fmt,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

/// The header with the API key.
const API_KEY_HEADER: &str = "x-argilla-api-key";

/// Settings of a connection to a server.
#[derive(Clone)]
pub struct ClientOptions {
    /// Its address, with or without a slash at the end; the API lies below it, under `api/v1`.
    pub base_url: String,
    /// The caller's API key.
    pub api_key: String,
    /// Longest time of a request, from the first byte to the last. Argilla stores some 100 records a second.
    pub timeout: Duration,
    /// Tries after the first; 0 never retries.
    pub max_retries: usize,
    /// The first wait before a retry; it doubles from retry to retry, with jitter.
    pub first_delay: Duration,
}

impl ClientOptions {
    /// Two minutes a request; six retries after 1, 2, 4, 8, 16 and 32 s.
    pub fn new(base_url: impl Into<String>, api_key: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            api_key: api_key.into(),
            timeout: Duration::from_secs(120),
            max_retries: 6,
            first_delay: Duration::from_secs(1),
        }
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            base_url,
            timeout,
            max_retries,
            first_delay,
            ..
        } = self;
        f.debug_struct("ClientOptions")
            .field("base_url", &typed_without_secrets(base_url))
            .field("api_key", &"…")
            .field("timeout", timeout)
            .field("max_retries", max_retries)
            .field("first_delay", first_delay)
            .finish()
    }
}

/// A connection to a server. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    /// Ends with a slash.
    api: Url,
    shown: Arc<str>,
    secrets: Arc<Secrets>,
    max_retries: usize,
    first_delay: Duration,
    /// `true` if the server ever answered anything.
    has_answered: Arc<AtomicBool>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("url", &self.shown)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Prepares the connection; nothing is sent yet (see [`Client::me`]).
    ///
    /// # Errors
    /// An address or a key that cannot be sent at all.
    pub fn new(options: &ClientOptions) -> Result<Self, ClientError> {
        let (api, shown) = address(&options.base_url)?;
        let http = examen_http::client(
            Some(&api),
            examen_http::ClientOptions {
                headers: headers(&options.api_key)?,
                timeout: options.timeout,
                max_idle_connections: None,
            },
        );
        let http = http.map_err(|error| ClientError::Setup {
            reason: root_cause(&error),
        })?;
        Ok(Self {
            http,
            secrets: Secrets::of(Some(&options.api_key), &api).into(),
            api,
            shown: shown.into(),
            max_retries: options.max_retries,
            first_delay: options.first_delay,
            has_answered: Arc::default(),
        })
    }

    /// The server's address, without secrets and without a slash at the end.
    pub fn url(&self) -> &str {
        &self.shown
    }
}

/// The address of the API, and the server's as it may be shown.
fn address(base_url: &str) -> Result<(Url, String), ClientError> {
    let text = base_url.trim().trim_end_matches('/');
    let refused = |reason: String| ClientError::Address {
        url: typed_without_secrets(text),
        reason,
    };
    let mut url = Url::parse(text).map_err(|error| refused(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(refused("it must begin with http:// or https://".to_owned()));
    }
    url.set_query(None);
    url.set_fragment(None);
    let shown = without_secrets(&url).trim_end_matches('/').to_owned();
    url.set_path(&format!("{}/api/v1/", url.path().trim_end_matches('/')));
    Ok((url, shown))
}

fn headers(api_key: &str) -> Result<HeaderMap, ClientError> {
    let key = api_key.trim();
    if key.is_empty() {
        return Err(ClientError::Key {
            reason: "it is empty",
        });
    }
    let value = secret(key).map_err(|_| ClientError::Key {
        reason: "it holds characters that no HTTP header can carry",
    })?;
    Ok(HeaderMap::from_iter([(
        HeaderName::from_static(API_KEY_HEADER),
        value,
    )]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_may_end_with_a_slash_and_hide_what_is_secret() {
        for text in ["http://a.example:6900/x", " http://a.example:6900/x/ "] {
            let (api, shown) = address(text).unwrap();
            assert_eq!(api.as_str(), "http://a.example:6900/x/api/v1/");
            assert_eq!(shown, "http://a.example:6900/x");
        }
        let (api, shown) = address("https://ana:secret@a.example").unwrap();
        assert_eq!(api.as_str(), "https://ana:secret@a.example/api/v1/");
        assert_eq!(shown, "https://a.example");
        for bad in ["a.example:6900", "localhost", "ftp://a.example", ""] {
            address(bad).unwrap_err();
        }
        for bad in [
            "ftp://ana:s3cret@host",
            "http://ana:s3cret@ho st",
            "ana:s3cret@host",
        ] {
            let error = address(bad).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn the_key_is_never_shown() {
        let options = ClientOptions::new("http://127.0.0.1:1/", "top-secret");
        let client = Client::new(&options).unwrap();
        assert!(!format!("{options:?} {client:?}").contains("top-secret"));
        Client::new(&ClientOptions::new("http://127.0.0.1:1", " ")).unwrap_err();
        let bad =
            Client::new(&ClientOptions::new("http://127.0.0.1:1", "top\nsecret")).unwrap_err();
        assert!(!format!("{bad:?} {bad}").contains("secret"));
    }
}
