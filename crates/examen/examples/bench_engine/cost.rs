//! What a part of this process costs.

use cpu_time::ProcessTime;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Time that something took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// On the clock.
    pub(crate) wall: Duration,
    /// Of all threads of the process.
    pub(crate) cpu: Duration,
}

/// Runs it, and says what it cost.
pub(crate) fn of<T>(run: impl FnOnce() -> T) -> (T, Cost) {
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    let result = run();
    (
        result,
        Cost {
            wall: wall.elapsed(),
            cpu: cpu.elapsed(),
        },
    )
}

impl Cost {
    /// Seconds, as xtask reads them.
    pub(crate) fn to_json(self) -> Value {
        json!({ "wall_s": self.wall.as_secs_f64(), "cpu_s": self.cpu.as_secs_f64() })
    }

    /// What is left of it without another part.
    pub(crate) fn without(self, other: Self) -> Self {
        Self {
            wall: self.wall.saturating_sub(other.wall),
            cpu: self.cpu.saturating_sub(other.cpu),
        }
    }
}
