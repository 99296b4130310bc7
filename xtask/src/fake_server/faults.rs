//! What goes wrong, and when: the same for the same number of requests.

use crate::process::{Outcome, number};
use std::time::Duration;

/// The server's settings. Whatever happens `every` so many requests never happens at 0.
#[derive(Debug, Default)]
pub(super) struct Faults {
    latency: Duration,
    slow_every: u64,
    slow: Duration,
    fail_every: u64,
    fail_code: Option<u16>,
    bad_every: u64,
    truncated_every: u64,
    /// Seconds in the `Retry-After` of every error.
    pub(super) retry_after: Option<u64>,
    max_in_flight: Option<usize>,
    poisoned: Vec<u64>,
}

/// How a reply is spoilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reply {
    Good,
    /// Talk, then half of the JSON.
    Bad,
    /// The first two thirds, with `finish_reason` `length`.
    Truncated,
}

/// An error instead of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) message: &'static str,
}

impl Faults {
    /// Takes an option. `false`: there is none of this name.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Outcome<bool> {
        let milliseconds = || number(value).map(Duration::from_millis);
        match name {
            "--latency-ms" => self.latency = milliseconds()?,
            "--slow-every" => self.slow_every = number(value)?,
            "--slow-ms" => self.slow = milliseconds()?,
            "--fail-every" => self.fail_every = number(value)?,
            "--fail-code" => self.fail_code = Some(number(value)?),
            "--retry-after" => self.retry_after = Some(number(value)?),
            "--bad-every" => self.bad_every = number(value)?,
            "--truncated-every" => self.truncated_every = number(value)?,
            "--max-in-flight" => self.max_in_flight = Some(number(value)?),
            "--poison" => self.poisoned = value.split(',').map(number).collect::<Outcome<_>>()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Whether so many requests at once are too many: said at once.
    pub(super) fn refusal_at_once(&self, n_in_flight: usize) -> Option<Refusal> {
        let is_too_many = self.max_in_flight.is_some_and(|max| n_in_flight > max);
        is_too_many.then_some(Refusal { status: 429, message: "Rate limit reached" })
    }

    /// How long the `n`th request takes.
    pub(super) fn latency(&self, n: u64) -> Duration {
        if is_due(n, self.slow_every) { self.slow } else { self.latency }
    }

    /// Whether the `n`th request, about this document, is refused after its time.
    pub(super) fn refusal(&self, n: u64, document: Option<u64>) -> Option<Refusal> {
        if document.is_some_and(|document| self.poisoned.contains(&document)) {
            return Some(Refusal { status: 400, message: "This model's maximum context length is 8192 tokens" });
        }
        let status = self.fail_code.unwrap_or(500);
        is_due(n, self.fail_every).then_some(Refusal { status, message: "injected" })
    }

    /// What becomes of the `n`th reply.
    pub(super) fn reply(&self, n: u64) -> Reply {
        match () {
            () if is_due(n, self.bad_every) => Reply::Bad,
            () if is_due(n, self.truncated_every) => Reply::Truncated,
            () => Reply::Good,
        }
    }
}

fn is_due(n: u64, every: u64) -> bool {
    every > 0 && n.is_multiple_of(every)
}
