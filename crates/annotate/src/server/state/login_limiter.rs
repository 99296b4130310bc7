//! Slows the guessing of passwords: so many failures a username and address in a window of time.

use jiff::{SignedDuration, Timestamp};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

/// Failures that are allowed in a window.
const MAX_FAILURES: u32 = 5;
/// The window, counted from the first failure.
const WINDOW: SignedDuration = SignedDuration::from_mins(5);
/// Username and address pairs that are remembered; beyond it, nobody else can try, with whatever password, until the
/// window of some is over.
const MAX_REMEMBERED: usize = 10_000;

/// An attempt to log in: the username as typed, and the address if it is known.
type Attempt = (String, Option<IpAddr>);

/// Counts failed logins.
#[derive(Debug, Default)]
pub(in crate::server) struct LoginLimiter {
    failures: Mutex<HashMap<Attempt, Failures>>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    since: Timestamp,
}

impl LoginLimiter {
    /// Counts an attempt as failed until [`LoginLimiter::succeeded`] says otherwise, so that many at once do not slip
    /// through. `Err` holds the seconds to wait.
    pub(in crate::server) fn begin(
        &self,
        username: &str,
        address: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<(), u64> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (username.to_owned(), address);
        if failures.len() >= MAX_REMEMBERED && !failures.contains_key(&key) {
            failures.retain(|_, failures| !failures.over(now));
            if failures.len() >= MAX_REMEMBERED {
                return Err(WINDOW.as_secs().unsigned_abs());
            }
        }
        let entry = failures.entry(key).or_insert(Failures {
            count: 0,
            since: now,
        });
        if entry.over(now) {
            *entry = Failures {
                count: 0,
                since: now,
            };
        }
        if entry.count >= MAX_FAILURES {
            let left = WINDOW - now.duration_since(entry.since);
            return Err(left.as_secs().max(1).unsigned_abs());
        }
        entry.count += 1;
        Ok(())
    }

    /// Forgets the failures of somebody who got in.
    pub(in crate::server) fn succeeded(&self, username: &str, address: Option<IpAddr>) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.remove(&(username.to_owned(), address));
    }
}

impl Failures {
    fn over(&self, now: Timestamp) -> bool {
        now.duration_since(self.since) >= WINDOW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_failure_waits_for_the_window() {
        let limiter = LoginLimiter::default();
        let start = Timestamp::from_second(1_000_000).unwrap();
        for _ in 0..MAX_FAILURES {
            assert_eq!(limiter.begin("ana", None, start), Ok(()));
        }
        assert_eq!(
            limiter.begin("ana", None, start + SignedDuration::from_mins(1)),
            Err(240)
        );
        assert_eq!(limiter.begin("ben", None, start), Ok(()));
        assert_eq!(
            limiter.begin("ana", Some([10, 0, 0, 1].into()), start),
            Ok(())
        );
        assert_eq!(limiter.begin("ana", None, start + WINDOW), Ok(()));
    }

    #[test]
    fn success_forgets_failures_and_a_flood_is_refused() {
        let limiter = LoginLimiter::default();
        let start = Timestamp::from_second(1_000_000).unwrap();
        for _ in 0..20 {
            assert_eq!(limiter.begin("ana", None, start), Ok(()));
            limiter.succeeded("ana", None);
        }
        for name in 0..MAX_REMEMBERED {
            assert_eq!(limiter.begin(&name.to_string(), None, start), Ok(()));
        }
        assert_eq!(limiter.begin("one more", None, start), Err(300));
        assert_eq!(limiter.begin("one more", None, start + WINDOW), Ok(()));
    }
}
