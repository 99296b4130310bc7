//! Retries: if and when to ask again. Knows errors ([`ChatError::is_transient`]), not what is asked; sleeps nowhere itself.

use crate::error::ChatError;
use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use std::time::Duration;

/// A server that never answered may still be starting; it is tried so many times more, then nobody is taken to be
/// there.
const RETRIES_OF_FIRST_CONTACT: usize = 2;

/// Number and times of retries of a failed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries after the first; 0 never retries.
    pub max_retries: usize,
    /// The first wait, before jitter; it doubles from retry to retry.
    pub first_delay: Duration,
    /// Longest wait of our own, before jitter.
    pub longest_delay: Duration,
    /// A server that asks for a longer wait than this (`Retry-After`) is not waited for.
    pub longest_retry_after: Duration,
}

impl Default for RetryPolicy {
    /// 6 retries after 1, 2, 4, 8, 16 and 32 s, each plus up to as much again, while the server answers nobody;
    /// `Retry-After` is honoured up to 10 minutes.
    fn default() -> Self {
        Self {
            max_retries: 6,
            first_delay: Duration::from_secs(1),
            longest_delay: Duration::from_secs(60),
            longest_retry_after: Duration::from_secs(600),
        }
    }
}

impl RetryPolicy {
    /// The retries of one request.
    pub fn begin(&self) -> Retries<'_> {
        let delays = ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(self.first_delay)
            .with_max_delay(self.longest_delay)
            .with_max_times(self.max_retries)
            .build();
        Retries {
            policy: self,
            delays,
            n_first_contacts: 0,
        }
    }
}

/// State of the server, as far as a request that failed can know it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Health {
    /// `true` if the server has answered any request since this one failed the last time, or was begun.
    pub others_are_answered: bool,
    /// Share of the latest tries of all requests that failed, from 0 to 1.
    pub failure_share: f64,
}

impl Health {
    /// A server that answers nobody.
    pub const DOWN: Self = Self {
        others_are_answered: false,
        failure_share: 1.0,
    };

    /// Part of its own pause that a request has to wait. A server that answers nobody is given all of it; one that fails
    /// now and then is asked again soon, as the next try is as likely to be answered as any other request. The square
    /// makes little of a few failures and nearly everything of many.
    fn share_of_pause(self) -> f64 {
        match self.others_are_answered {
            true => self.failure_share.clamp(0.0, 1.0).powi(2),
            false => 1.0,
        }
    }
}

/// Rest of one request's retries.
#[derive(Debug)]
pub struct Retries<'a> {
    policy: &'a RetryPolicy,
    delays: ExponentialBackoff,
    n_first_contacts: usize,
}

impl Retries<'_> {
    /// Wait before the next try after `error`; `None` where no try is worth it or left. Waits grow exponentially with
    /// jitter, so that requests which failed together do not return together; they are shorter the more of the other
    /// requests are answered, and never shorter than the server asked. A refusal for asking too fast (429) uses up no
    /// try while others are answered: this request's time will come.
    pub fn after(&mut self, error: &ChatError, health: Health) -> Option<Duration> {
        if error.is_first_contact() {
            self.n_first_contacts += 1;
            return self
                .delays
                .next()
                .filter(|_| self.n_first_contacts <= RETRIES_OF_FIRST_CONTACT);
        }
        let asked = error.retry_after();
        if !error.is_transient() || asked.is_some_and(|wait| wait > self.policy.longest_retry_after)
        {
            return None;
        }
        let is_queueing =
            matches!(error, ChatError::Status { status: 429, .. }) && health.others_are_answered;
        let delay = if is_queueing {
            self.policy.first_delay
        } else {
            self.delays.next()?
        };
        let delay = delay.mul_f64(health.share_of_pause());
        Some(delay.max(asked.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(max_retries: usize) -> RetryPolicy {
        RetryPolicy {
            max_retries,
            ..RetryPolicy::default()
        }
    }

    fn status(status: u16, retry_after: Option<u64>) -> ChatError {
        let retry_after = retry_after.map(Duration::from_secs);
        ChatError::Status {
            url: "http://here".to_owned(),
            status,
            body: String::new(),
            retry_after,
        }
    }

    fn delays(max_retries: usize, error: &ChatError) -> Vec<Duration> {
        let policy = policy(max_retries);
        let mut retries = policy.begin();
        std::iter::from_fn(|| retries.after(error, Health::DOWN))
            .take(20)
            .collect()
    }

    #[test]
    fn transient_errors_are_retried_as_often_as_said_and_later_each_time() {
        let seconds: Vec<u64> = delays(4, &status(503, None))
            .iter()
            .map(Duration::as_secs)
            .collect();
        assert_eq!(seconds.len(), 4);
        for (at_least, &seconds) in [1, 2, 4, 8].into_iter().zip(&seconds) {
            assert!(
                (at_least..=2 * at_least + 1).contains(&seconds),
                "{seconds} s"
            );
        }
        assert!(delays(0, &status(503, None)).is_empty());
    }

    #[test]
    fn lasting_errors_are_not_retried() {
        for code in [400, 401, 403, 404, 422, 501] {
            assert!(delays(3, &status(code, None)).is_empty(), "{code}");
        }
        let budget = |text: &str| text.to_owned();
        let spent = ChatError::Budget {
            spent: budget("1"),
            limit: budget("1"),
            needed: budget("1"),
        };
        assert!(delays(3, &spent).is_empty());
    }

    #[test]
    fn the_server_says_how_long_but_not_hours() {
        assert!(
            delays(3, &status(429, Some(100)))
                .iter()
                .all(|&delay| delay == Duration::from_secs(100))
        );
        assert!(delays(3, &status(429, Some(7200))).is_empty());
    }

    #[test]
    fn nobody_is_tried_twice_more() {
        let nobody = ChatError::NobodyThere {
            url: "http://here".to_owned(),
            reason: "refused".to_owned(),
        };
        assert_eq!((delays(6, &nobody).len(), delays(1, &nobody).len()), (2, 1));
    }

    const BUSY: Health = Health {
        others_are_answered: true,
        failure_share: 0.5,
    };

    #[test]
    fn who_asks_too_fast_waits_for_as_long_as_others_are_answered() {
        let policy = policy(1);
        let mut retries = policy.begin();
        for _ in 0..100 {
            assert_eq!(
                retries.after(&status(429, None), BUSY),
                Some(policy.first_delay / 4)
            );
        }
        assert!(retries.after(&status(503, None), BUSY).is_some());
        assert_eq!(retries.after(&status(429, None), Health::DOWN), None);
    }

    #[test]
    fn the_pause_follows_the_health_of_the_server() {
        let policy = policy(2);
        let first = |health, asked| {
            let mut retries = policy.begin();
            retries.after(&status(500, asked), health).unwrap()
        };
        let (quarter, half) = (policy.first_delay / 4, policy.first_delay / 2);
        assert!((quarter..=half).contains(&first(BUSY, None)));
        let silent = Health {
            others_are_answered: false,
            ..BUSY
        };
        assert!(first(silent, None) >= policy.first_delay);
        assert_eq!(
            first(BUSY, Some(9)),
            Duration::from_secs(9),
            "the server knows better"
        );
        let mut retries = policy.begin();
        let n = (0..9)
            .filter_map(|_| retries.after(&status(500, None), BUSY))
            .count();
        assert_eq!(n, 2, "short pauses use up tries too");
    }
}
