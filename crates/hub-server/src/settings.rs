//! Settings of the hub.

use examen_listening::Network;
use jiff::Timestamp;

/// Settings of the hub.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Scheme, host and port by which clients reach the hub, where requests do not tell it, as behind a proxy that changes them.
    pub public_url: Option<String>,
    /// Proxies that may speak for their clients.
    pub trusted_proxies: Vec<Network>,
    /// Largest large file, in bytes.
    pub max_file: u64,
    /// Bytes of bodies that are held in memory at a time; requests beyond are answered 503.
    pub max_bodies: usize,
    /// Most requests at a time; others are answered 503.
    pub max_requests: usize,
    /// The time of day.
    pub clock: fn() -> Timestamp,
}

impl Settings {
    /// Files of 1 TiB, 512 MiB of bodies, 512 requests at a time.
    pub const fn new(clock: fn() -> Timestamp) -> Self {
        Self {
            public_url: None,
            trusted_proxies: Vec::new(),
            max_file: 1 << 40,
            max_bodies: 512 << 20,
            max_requests: 512,
            clock,
        }
    }
}
