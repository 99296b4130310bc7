//! Requests that wait for their next try, as whoever watches the run is told of them: `12 × 503, next try in 4 s`.

use crate::error::ChatError;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// A shorter pause is over before anybody has read of it.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// Requests of one server that failed and wait for their next try.
#[derive(Debug, Default)]
pub(super) struct Waits {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    by_number: BTreeMap<u64, Wait>,
    n_begun: u64,
}

#[derive(Debug, Clone)]
struct Wait {
    cause: String,
    since: Instant,
    until: Instant,
}

impl Waits {
    /// A request waits for `delay` after `error`, and then for its turn, until the guard is dropped.
    pub(super) fn begin(&self, error: &ChatError, delay: Duration) -> WaitGuard<'_> {
        let mut state = self.state();
        let number = state.n_begun;
        state.n_begun += 1;
        let since = Instant::now();
        let wait = Wait {
            cause: error.cause(),
            since,
            until: since + delay,
        };
        state.by_number.insert(number, wait);
        WaitGuard {
            waits: self,
            number,
        }
    }

    /// Number of requests that wait, also those that are not worth telling of.
    pub(super) fn n(&self) -> usize {
        self.state().by_number.len()
    }

    /// Summary of those that are worth telling of. None is made before `held_until`, where the server asked for silence.
    pub(super) fn waiting(&self, held_until: Option<Instant>) -> Waiting {
        let state = self.state();
        let mut waiting = Waiting::default();
        for wait in state.by_number.values() {
            let until = held_until.map_or(wait.until, |held| held.max(wait.until));
            if until - wait.since >= WORTH_TELLING {
                *waiting.n_by_cause.entry(wait.cause.clone()).or_default() += 1;
                waiting.join_at(until);
            }
        }
        waiting
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a wait when it is dropped.
#[derive(Debug)]
pub(super) struct WaitGuard<'a> {
    waits: &'a Waits,
    number: u64,
}

impl Drop for WaitGuard<'_> {
    fn drop(&mut self) {
        self.waits.state().by_number.remove(&self.number);
    }
}

/// Requests that wait for their next try: number by cause, and the time of the first.
///
/// As text: `12 × 503, 1 × no answer in time, next try in 4 s`.
#[derive(Debug, Clone, Default)]
pub struct Waiting {
    n_by_cause: BTreeMap<String, usize>,
    next_try: Option<Instant>,
}

impl Waiting {
    /// `true` if no request waits.
    pub fn is_empty(&self) -> bool {
        self.n_by_cause.is_empty()
    }

    /// Adds the requests that wait for another server.
    pub(super) fn join(&mut self, other: Self) {
        for (cause, n) in other.n_by_cause {
            *self.n_by_cause.entry(cause).or_default() += n;
        }
        other.next_try.into_iter().for_each(|at| self.join_at(at));
    }

    fn join_at(&mut self, at: Instant) {
        self.next_try = Some(self.next_try.map_or(at, |known| known.min(at)));
    }
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (cause, n) in &self.n_by_cause {
            write!(f, "{n} × {cause}, ")?;
        }
        let left = self
            .next_try
            .map(|at| at.saturating_duration_since(Instant::now()));
        let seconds = left.unwrap_or_default().as_secs_f64().ceil();
        write!(f, "next try in {seconds} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy(status: u16) -> ChatError {
        ChatError::Status {
            url: "http://here".to_owned(),
            status,
            body: "busy".to_owned(),
            retry_after: None,
        }
    }

    #[test]
    fn waits_are_told_by_cause_and_end_with_their_guards() {
        let waits = Waits::default();
        let seconds = Duration::from_secs;
        let guards: Vec<_> = (4..16)
            .map(|n| waits.begin(&busy(503), seconds(n)))
            .collect();
        let late = ChatError::TimedOut {
            url: "http://here".to_owned(),
            after: seconds(600),
        };
        let other = waits.begin(&late, seconds(8));
        let short = waits.begin(&busy(500), seconds(1) / 2);
        let shown = waits.waiting(None).to_string();
        assert_eq!(shown, "12 × 503, 1 × no answer in time, next try in 4 s");
        let held = Some(Instant::now() + seconds(30));
        assert!(
            waits
                .waiting(held)
                .to_string()
                .ends_with("next try in 30 s")
        );
        drop((guards, short));
        let mut both = waits.waiting(None);
        both.join(waits.waiting(None));
        assert_eq!(both.to_string(), "2 × no answer in time, next try in 8 s");
        assert_eq!(waits.n(), 1);
        drop(other);
        assert!(waits.waiting(None).is_empty());
    }
}
