//! The clock of sessions and of responses, and the one of waiting.

use jiff::Timestamp;
use std::{
    sync::LazyLock,
    time::{Duration, Instant},
};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now, as everybody tells it. The system's clock may be set.
    fn now(&self) -> Timestamp;

    /// Time since some moment, which nobody sets: for what must last so long and no longer.
    fn steady(&self) -> Duration;
}

/// The system's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn steady(&self) -> Duration {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed()
    }
}
