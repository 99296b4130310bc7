//! Settings of the server.

use jiff::Timestamp;
use std::time::Duration;

/// Settings of the server.
#[derive(Clone)]
pub struct Settings {
    /// Names that requests may give the model; the first is the one that answers give.
    pub names: Vec<String>,
    /// Key that requests must bring as `Authorization: Bearer KEY`. Without one only clients on this machine are served.
    pub key: Option<String>,
    /// Most bytes of a request's body.
    pub max_body: usize,
    /// Most requests at a time, waiting ones included; others are answered 503.
    pub max_requests: usize,
    /// Longest time for a request; then it is answered 408, or its stream ends.
    pub request_timeout: Duration,
    /// The time of day.
    pub clock: fn() -> Timestamp,
}

impl Settings {
    /// Bytes of bodies that are held at a time, in bodies of the largest size.
    const BODIES: usize = 16;
    /// Most prompts of one request, its `n` counted.
    pub(crate) const MAX_CHOICES: usize = 512;
    /// Most log-probabilities of one answer: one a token, and one for each of the likeliest beside it.
    pub(crate) const MAX_LOG_PROBS: usize = 4_000_000;
    /// Most alternatives beside each token.
    pub(crate) const MAX_TOP: usize = 20;

    /// No key, bodies of 8 MiB, 256 requests at a time, ten minutes each.
    pub fn new(name: impl Into<String>, clock: fn() -> Timestamp) -> Self {
        Self {
            names: vec![name.into()],
            key: None,
            max_body: 8 << 20,
            max_requests: 256,
            request_timeout: Duration::from_secs(600),
            clock,
        }
    }

    /// Bytes of bodies that are held at a time.
    pub(crate) fn max_bodies(&self) -> usize {
        self.max_body.saturating_mul(Self::BODIES)
    }
}
