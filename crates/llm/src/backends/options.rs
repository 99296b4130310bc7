//! Settings of a connection to a server.

use super::dialect::Dialect;
use examen_http::typed_without_secrets;
use serde_json::{Map, Value};
use std::{fmt, time::Duration};

/// A model on a server, and how it is reached.
#[derive(Clone)]
pub struct ServerOptions {
    /// Address of the server as people paste it; [`Endpoint::parse`](super::endpoint::Endpoint::parse) reads it.
    pub base_url: String,
    /// Name of the model as the server knows it.
    pub model: String,
    /// API key; `None` or blank sends none.
    pub api_key: Option<String>,
    /// Longest wait for one whole answer.
    pub timeout: Duration,
    /// Connections that are kept open: as many as requests may be in flight.
    pub n_connections: usize,
    /// Dialect that the server is known to understand; the rest is tried until it refuses.
    pub dialect: Dialect,
    /// Members that every request for a reply has too, or instead of ours.
    pub extra_body: Map<String, Value>,
    /// Headers that every request has too, or instead of ours.
    pub extra_headers: Vec<(String, String)>,
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
            extra_body: Map::new(),
            extra_headers: Vec::new(),
        }
    }
}

impl fmt::Debug for ServerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerOptions")
            .field("base_url", &typed_without_secrets(&self.base_url))
            .field("model", &self.model)
            .field("api_key", &self.api_key.as_ref().map(|_| "…"))
            .field("timeout", &self.timeout)
            .field("n_connections", &self.n_connections)
            .field("dialect", &self.dialect)
            .field("extra_body", &self.extra_body.keys().collect::<Vec<_>>())
            .field("extra_headers", &self.extra_headers.len())
            .finish()
    }
}
