//! The state that every request can reach.

use super::{
    capacity::Capacity,
    clock::{Clock, SystemClock},
    exports::Exports,
    login_limiter::LoginLimiter,
    memory::Memory,
    metrics::Metrics,
    readiness::Readiness,
    searches::Searches,
    settings::Settings,
};
use crate::Store;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Passwords that are verified at once; each takes 19 MiB and a core.
const N_VERIFYING: usize = 2;

/// The state of a server, shared by its requests.
#[derive(Clone)]
pub struct AppState {
    pub(in crate::server) store: Store,
    pub(in crate::server) clock: Arc<dyn Clock>,
    pub(in crate::server) logins: Arc<LoginLimiter>,
    pub(in crate::server) verifying: Arc<Semaphore>,
    pub(in crate::server) settings: Arc<Settings>,
    pub(in crate::server) capacity: Arc<Capacity>,
    pub(in crate::server) memory: Arc<Memory>,
    pub(in crate::server) searches: Arc<Searches>,
    pub(in crate::server) metrics: Arc<Metrics>,
    pub(in crate::server) readiness: Arc<Readiness>,
    pub(in crate::server) exports: Arc<Exports>,
}

impl AppState {
    /// The state of a server over `store`, with the system's clock.
    pub fn new(store: Store) -> Self {
        Self::with_clock(store, Arc::new(SystemClock))
    }

    /// As [`AppState::new`], with another clock.
    pub fn with_clock(store: Store, clock: Arc<dyn Clock>) -> Self {
        let settings = Settings::default();
        Self {
            store,
            clock,
            logins: Arc::default(),
            verifying: Arc::new(Semaphore::new(N_VERIFYING)),
            capacity: Arc::new(Capacity::new(settings.max_requests)),
            memory: Arc::new(Memory::new(settings.max_bulk_bytes)),
            searches: Arc::default(),
            settings: Arc::new(settings),
            metrics: Arc::default(),
            readiness: Arc::default(),
            exports: Arc::default(),
        }
    }

    /// Sets the server up otherwise than usual.
    pub fn with_settings(self, settings: Settings) -> Self {
        Self {
            capacity: Arc::new(Capacity::new(settings.max_requests)),
            memory: Arc::new(Memory::new(settings.max_bulk_bytes)),
            settings: Arc::new(settings),
            ..self
        }
    }
}
