//! Asks again, later, where that may help. Knows errors ([`ChatError::is_transient`]), not what is asked.

use crate::ChatError;
use backon::{ExponentialBuilder, Retryable};
use std::time::Duration;

/// How often and how late a failed request is made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Tries after the first; 0 never retries.
    pub max_retries: usize,
    /// The first wait, before jitter; it doubles from retry to retry.
    pub first_delay: Duration,
    /// No wait of our own is longer than this, before jitter.
    pub longest_delay: Duration,
    /// A server that asks for a longer wait than this (`Retry-After`) is not waited for.
    pub longest_retry_after: Duration,
}

impl Default for RetryPolicy {
    /// 6 retries after 1, 2, 4, 8, 16 and 32 s, each plus up to as much again; `Retry-After` is honoured up to 10
    /// minutes.
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
    /// Makes `call` until it succeeds, fails for good, or was retried `max_retries` times; then its last error is
    /// returned. Waits grow exponentially with jitter, so that clients which failed together do not return together,
    /// and are never shorter than the server asked.
    pub async fn run<T, F: Future<Output = Result<T, ChatError>>>(
        &self,
        call: impl FnMut() -> F,
    ) -> Result<T, ChatError> {
        let backoff = ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(self.first_delay)
            .with_max_delay(self.longest_delay)
            .with_max_times(self.max_retries);
        call.retry(backoff)
            .sleep(tokio::time::sleep)
            .when(|error| self.is_worth_a_retry(error))
            .adjust(|error, delay| delay.map(|delay| delay.max(error.retry_after().unwrap_or_default())))
            .notify(|error, delay| tracing::debug!(%error, ?delay, "asking again"))
            .await
    }

    fn is_worth_a_retry(&self, error: &ChatError) -> bool {
        error.is_transient() && error.retry_after().is_none_or(|wait| wait <= self.longest_retry_after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn policy(max_retries: usize) -> RetryPolicy {
        let first_delay = Duration::from_millis(1);
        RetryPolicy { max_retries, first_delay, longest_delay: first_delay, ..RetryPolicy::default() }
    }

    fn status(status: u16, retry_after: Option<u64>) -> ChatError {
        let retry_after = retry_after.map(Duration::from_secs);
        ChatError::Status { url: "http://here".to_owned(), status, body: String::new(), retry_after }
    }

    async fn calls_until_done(policy: &RetryPolicy, error: impl Fn() -> ChatError) -> usize {
        let calls = AtomicUsize::new(0);
        let call = || async {
            calls.fetch_add(1, Ordering::Relaxed);
            Err::<(), _>(error())
        };
        policy.run(call).await.expect_err("the call always fails");
        calls.into_inner()
    }

    #[tokio::test]
    async fn transient_errors_are_retried_as_often_as_said() {
        assert_eq!(calls_until_done(&policy(3), || status(503, None)).await, 4);
        assert_eq!(calls_until_done(&policy(0), || status(503, None)).await, 1);
    }

    #[tokio::test]
    async fn lasting_errors_are_not_retried() {
        for code in [400, 401, 403, 404, 422, 501] {
            assert_eq!(calls_until_done(&policy(3), || status(code, None)).await, 1, "{code}");
        }
    }

    #[tokio::test]
    async fn a_server_that_asks_for_hours_is_not_waited_for() {
        assert_eq!(calls_until_done(&policy(3), || status(429, Some(7200))).await, 1);
    }
}
