//! Injected faults: the same for the same number of requests, or the same document.

use std::time::Duration;

/// Faults to inject. By default there are none; whatever happens `every` so many requests never happens at 0.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// Duration of a reply.
    pub latency: Duration,
    /// Every so many requests take [`slow`](Self::slow) instead.
    pub slow_every: u64,
    /// Duration of those.
    pub slow: Duration,
    /// A request that waits for others.
    pub hold: Option<Hold>,
    /// Every so many requests are refused with [`fail_code`](Self::fail_code), after their time.
    pub fail_every: u64,
    /// The status of those; 500 where none is named.
    pub fail_code: Option<u16>,
    /// Of every so many documents, the first reply about one is half of its JSON after some words.
    pub bad_every: u64,
    /// Of every so many, the first reply about another ends after two thirds, with `finish_reason` `length`.
    pub truncated_every: u64,
    /// Seconds in the `Retry-After` of every error.
    pub retry_after: Option<u64>,
    /// Beyond so many requests at once: 429.
    pub max_in_flight: Option<usize>,
    /// Requests about documents of these numbers get a 400.
    pub poisoned: Vec<u64>,
}

/// A request that is answered after others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Its number, from 1.
    pub request: u64,
    /// Number of others that are answered first.
    pub until_answered: u64,
}

/// State of a reply, as sent or spoilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    Good,
    /// Talk, then half of the JSON.
    Bad,
    /// The first two thirds, with `finish_reason` `length`.
    Truncated,
}

/// An error instead of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: &'static str,
}

impl Faults {
    /// Refuses at once if so many requests at once are too many.
    pub(crate) fn refusal_at_once(&self, n_in_flight: usize) -> Option<Refusal> {
        let is_too_many = self.max_in_flight.is_some_and(|max| n_in_flight > max);
        is_too_many.then_some(Refusal {
            status: 429,
            message: "Rate limit reached",
        })
    }

    /// Duration of the `n`th request.
    pub(crate) fn latency(&self, n: u64) -> Duration {
        if is_due(n, self.slow_every) {
            self.slow
        } else {
            self.latency
        }
    }

    /// Number of replies that the `n`th request waits for.
    pub(crate) fn held_until(&self, n: u64) -> Option<u64> {
        self.hold
            .filter(|hold| hold.request == n)
            .map(|hold| hold.until_answered)
    }

    /// Refusal of the `n`th request, about this document, after its time; `None` if it is answered.
    pub(crate) fn refusal(&self, n: u64, document: Option<u64>) -> Option<Refusal> {
        if document.is_some_and(|document| self.poisoned.contains(&document)) {
            return Some(Refusal {
                status: 400,
                message: "This model's maximum context length is 8192 tokens",
            });
        }
        let status = self.fail_code.unwrap_or(500);
        is_due(n, self.fail_every).then_some(Refusal {
            status,
            message: "injected",
        })
    }

    /// State of the first reply about a document.
    pub(crate) fn first_reply(&self, document: u64) -> Reply {
        match () {
            () if is_due(document, self.bad_every) => Reply::Bad,
            () if is_due(document + self.truncated_every / 2, self.truncated_every) => {
                Reply::Truncated
            }
            () => Reply::Good,
        }
    }
}

fn is_due(n: u64, every: u64) -> bool {
    every > 0 && n.is_multiple_of(every)
}
