//! What all requests share.

use crate::{refusal::Refusal, scorer::Scorer, settings::Settings};
use examen_engine::Engine;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tokio::sync::Semaphore;

/// The model, the settings, and the room for requests.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) engine: Arc<Engine>,
    pub(crate) scorer: Scorer,
    pub(crate) settings: Arc<Settings>,
    /// One permit a request.
    pub(crate) requests: Arc<Semaphore>,
    /// One permit a KiB of bodies.
    pub(crate) bodies: Arc<Semaphore>,
    next: Arc<AtomicU64>,
}

impl Shared {
    pub(crate) fn new(engine: Arc<Engine>, settings: Settings) -> Self {
        Self {
            scorer: Scorer::start(Arc::clone(&engine)),
            engine,
            requests: Arc::new(Semaphore::new(settings.max_requests.max(1))),
            bodies: Arc::new(Semaphore::new(settings.max_bodies() / 1024 + 1)),
            settings: Arc::new(settings),
            next: Arc::default(),
        }
    }

    /// Name of the model in answers.
    pub(crate) fn model(&self) -> &str {
        self.settings.names.first().map_or("", String::as_str)
    }

    /// Refuses the name of another model; none is fine.
    pub(crate) fn check_model(&self, asked: Option<&str>) -> Result<(), Refusal> {
        match asked {
            Some(name) if !self.settings.names.iter().any(|known| known == name) => {
                Err(Refusal::of(
                    axum::http::StatusCode::NOT_FOUND,
                    format!(
                        "the model `{name}` is not served here; it is `{}`",
                        self.model()
                    ),
                ))
            }
            _ => Ok(()),
        }
    }

    /// Seconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        (self.settings.clock)().as_second()
    }

    /// A number that no other request of this process has, different from run to run: for ids, and for seeds that nobody chose.
    pub(crate) fn unique(&self) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let time = (self.settings.clock)().as_nanosecond();
        let hash = blake3::hash(format!("{time} {number}").as_bytes());
        u64::from_le_bytes(std::array::from_fn(|index| hash.as_bytes()[index]))
    }
}
