//! So much a minute: a token bucket. Knows no clock.

use std::time::Duration;
use tokio::time::Instant;

/// Lets at most a limit through in any 60 seconds: it holds about one second's worth and fills at the rest of the rate.
///
/// Amounts are booked first and then waited for, so that a single request may be larger than the bucket: a
/// minute that begins with one holds the limit and that one.
#[derive(Debug)]
pub(super) struct Bucket {
    capacity: f64,
    /// Units a second: a full bucket and a minute's inflow are the limit together.
    rate: f64,
    /// Below 0: booked, and to be waited for.
    level: f64,
    updated: Instant,
}

impl Bucket {
    pub(super) fn new(per_minute: f64, now: Instant) -> Self {
        let capacity = (per_minute / 61.0).max(1.0);
        let inflow = if per_minute > capacity {
            per_minute - capacity
        } else {
            per_minute
        };
        Self {
            capacity,
            rate: inflow / 60.0,
            level: capacity,
            updated: now,
        }
    }

    /// Takes `amount` out; a negative one gives back what was booked too much.
    pub(super) fn book(&mut self, amount: f64, now: Instant) {
        self.fill(now);
        self.level = (self.level - amount).min(self.capacity);
    }

    /// Time until everything that was booked may go.
    pub(super) fn wait(&mut self, now: Instant) -> Duration {
        self.fill(now);
        // Rounding must not leave a wait of nothing.
        if self.level > -1e-6 {
            return Duration::ZERO;
        }
        Duration::try_from_secs_f64(-self.level / self.rate).unwrap_or(Duration::MAX)
    }

    fn fill(&mut self, now: Instant) {
        let seconds = now.saturating_duration_since(self.updated).as_secs_f64();
        self.updated = now;
        self.level = (self.level + seconds * self.rate).min(self.capacity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Times at which `amounts` go, asked for one after the other without a pause.
    fn times(per_minute: f64, amounts: &[f64]) -> Vec<(f64, f64)> {
        let begun = Instant::now();
        let (mut bucket, mut now) = (Bucket::new(per_minute, begun), begun);
        let go = |&amount: &f64| {
            bucket.book(amount, now);
            now += bucket.wait(now);
            ((now - begun).as_secs_f64(), amount)
        };
        amounts.iter().map(go).collect()
    }

    fn most_in_a_minute(times: &[(f64, f64)]) -> f64 {
        let within = |from: f64| {
            times
                .iter()
                .filter(move |(at, _)| (from..from + 59.999).contains(at))
                .map(|(_, n)| n)
        };
        times
            .iter()
            .map(|&(from, _)| within(from).sum())
            .fold(0.0, f64::max)
    }

    #[test]
    fn the_limit_is_reached_and_kept() {
        for per_minute in [1.0, 2.0, 7.0, 60.0, 3000.0] {
            let times = times(per_minute, &vec![1.0; per_minute as usize * 3]);
            assert!(most_in_a_minute(&times) <= per_minute, "{per_minute}");
            let lasted = times.last().unwrap().0;
            assert!(
                per_minute < 60.0 || lasted <= 60.0 * 3.1,
                "{per_minute}: {lasted} s for three minutes' worth"
            );
        }
    }

    #[test]
    fn what_is_larger_than_the_limit_goes_in_its_time() {
        let times = times(6000.0, &[30_000.0, 10.0]);
        assert!(
            (290.0..310.0).contains(&times[0].0) && times[1].0 - times[0].0 < 1.0,
            "{times:?}"
        );
    }

    #[test]
    fn what_is_given_back_shortens_the_wait() {
        let now = Instant::now();
        let mut bucket = Bucket::new(600.0, now);
        bucket.book(300.0, now);
        let long = bucket.wait(now);
        bucket.book(-200.0, now);
        assert!(bucket.wait(now) < long / 2);
        bucket.book(-1e9, now);
        bucket.book(20.0, now);
        assert!(
            bucket.wait(now) > Duration::ZERO,
            "never more than a full bucket is saved"
        );
    }

    proptest! {
        #[test]
        fn no_minute_lets_more_through_than_the_limit_and_one(
            per_minute in 10.0f64..10_000.0,
            shares in prop::collection::vec(0.0f64..0.1, 1..100),
        ) {
            let amounts: Vec<f64> = shares.iter().map(|share| share * per_minute).collect();
            let largest = amounts.iter().copied().fold(0.0, f64::max);
            prop_assert!(most_in_a_minute(&times(per_minute, &amounts)) <= per_minute * 1.000_001 + largest);
        }
    }
}
