//! Settings, which differ between installations.

use crate::server::listening::{BasePath, Certificate, Network, Origin};
use jiff::SignedDuration;
use std::time::Duration;

/// Settings of a server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The certificate to speak TLS with; without one the server speaks plain HTTP.
    pub certificate: Option<Certificate>,
    /// Proxies that are believed what they say of their clients.
    pub trusted_proxies: Vec<Network>,
    /// Path under which the server lies behind a proxy.
    pub base_path: BasePath,
    /// Sites that may show the page in a frame; none by default.
    pub frame_ancestors: Vec<Origin>,
    /// True for a server that others can reach: nobody comes in with a password that everybody knows.
    pub is_public: bool,
    /// Visibility of stored API keys.
    pub api_keys: ApiKeys,
    /// Time for which the audit log keeps its entries; all where there is none.
    pub keep_audit: Option<SignedDuration>,
    /// Longest time from the beginning of a session to its end, however much it is used.
    pub session_limit: SignedDuration,
    /// Lets webhooks go to private addresses, which a server that others can reach must not do unasked.
    pub allow_private_webhooks: bool,
    /// Most bytes of a request that brings many records.
    pub max_bulk_bytes: usize,
    /// Requests that are served at once; further ones are refused (503).
    pub max_requests: usize,
    /// Longest time for a request, from its head to the head of its answer (408).
    pub request_timeout: Duration,
    /// Longest time for a search, and for its wait for a turn (503).
    pub search_timeout: Duration,
}

/// Visibility of stored API keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ApiKeys {
    /// To their user and to owners, as in Argilla.
    #[default]
    Readable,
    /// To nobody: a key is shown when it is made, and only then.
    ShowOnce,
}

impl Default for Settings {
    /// Plain HTTP on this machine, no proxy, no path, no frame, readable keys, an audit log that keeps all, sessions of a week, public webhooks;
    /// 256 MiB, 256 requests, 300 s, 10 s for a search.
    fn default() -> Self {
        Self {
            certificate: None,
            trusted_proxies: Vec::new(),
            base_path: BasePath::default(),
            frame_ancestors: Vec::new(),
            is_public: false,
            api_keys: ApiKeys::default(),
            keep_audit: None,
            session_limit: SignedDuration::from_hours(7 * 24),
            allow_private_webhooks: false,
            max_bulk_bytes: 256 * 1024 * 1024,
            max_requests: 256,
            request_timeout: Duration::from_secs(300),
            search_timeout: Duration::from_secs(10),
        }
    }
}
