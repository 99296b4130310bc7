//! Window of requests in flight: additive increase (Chiu and Jain 1989), and a decrease in proportion to the share of
//! requests that are refused, as DCTCP does it (Alizadeh et al. 2010). Knows neither requests nor a clock.

use std::time::Duration;
use tokio::time::Instant;

/// A round is never shorter than this, so that one quick reply to a window of one is not a measure.
const MIN_ROUND: usize = 4;

/// Replies may take so many times as long as in the best round before the window stops growing: beyond that the
/// requests wait for each other in the server, and more of them would only wait longer.
const MAX_SLOWDOWN: f64 = 2.0;

/// The best round is forgotten by this factor a round, so that a burst of short replies is no measure for ever.
const FORGETTING: f64 = 1.01;

/// Requests that the window loses for one that is refused: a round that is refused as a whole halves it.
const CUT: f64 = 0.5;

/// The window of one server.
#[derive(Debug)]
pub(super) struct Window {
    size: f64,
    max: f64,
    /// Growth after a full round that came well.
    step: f64,
    cut_at: Option<Instant>,
    round: Round,
    /// Mean seconds of a reply in the best round.
    best: Option<f64>,
}

#[derive(Debug, Default)]
struct Round {
    n: usize,
    seconds: f64,
    n_full: usize,
}

impl Window {
    /// Begins with `start` requests and never exceeds `max`; neither is below 1. An eighth of the start is added a
    /// round, at least 1.
    pub(super) fn new(start: usize, max: usize) -> Self {
        let start = start.max(1);
        let max = max.max(start) as f64;
        let size = start as f64;
        Self {
            size,
            max,
            step: (size / 8.0).max(1.0),
            cut_at: None,
            round: Round::default(),
            best: None,
        }
    }

    /// Requests that may be in flight.
    pub(super) fn size(&self) -> usize {
        self.size as usize
    }

    /// A request was answered after `latency`; `was_full` says whether it found the window in use when it was sent.
    pub(super) fn answered(&mut self, latency: Duration, was_full: bool) {
        self.round.n += 1;
        self.round.seconds += latency.as_secs_f64();
        self.round.n_full += usize::from(was_full);
        if self.round.n >= self.size().max(MIN_ROUND) {
            let round = std::mem::take(&mut self.round);
            self.end(&round);
        }
    }

    fn end(&mut self, round: &Round) {
        let mean = round.seconds / round.n as f64;
        let best = self.best.map_or(mean, |best| mean.min(best * FORGETTING));
        self.best = Some(best);
        if round.n_full * 2 >= round.n && mean <= best * MAX_SLOWDOWN {
            self.size = (self.size + self.step).min(self.max);
        }
    }

    /// The server is overloaded, says the answer to a request that was sent at `sent_at`. A single refusal among many
    /// answers takes half a request off the window, a round of nothing else half of the window; where most tries fail, it
    /// is no larger than the `in_flight` requests that the server did not take. Returns `true` for the first refusal of a
    /// round: the request was sent after the last one's.
    pub(super) fn overloaded(
        &mut self,
        sent_at: Instant,
        now: Instant,
        in_flight: Option<usize>,
    ) -> bool {
        let is_first = self.is_current(sent_at);
        if is_first {
            self.cut_at = Some(now);
            if let Some(in_flight) = in_flight {
                self.size = self.size.min(in_flight.max(1) as f64);
                self.round = Round::default();
            }
        }
        self.size = (self.size - CUT).max(1.0);
        is_first
    }

    /// `true` if a request that was sent at `sent_at` left after the last cut.
    pub(super) fn is_current(&self, sent_at: Instant) -> bool {
        self.cut_at.is_none_or(|cut_at| sent_at > cut_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const QUICK: Duration = Duration::from_millis(100);

    fn rounds(window: &mut Window, n: usize, latency: Duration, was_full: bool) {
        for _ in 0..n {
            for _ in 0..window.size().max(MIN_ROUND) {
                window.answered(latency, was_full);
            }
        }
    }

    #[test]
    fn a_window_in_use_grows_by_its_step_to_its_maximum() {
        let mut window = Window::new(16, 40);
        rounds(&mut window, 1, QUICK, true);
        assert_eq!(window.size(), 18);
        rounds(&mut window, 100, QUICK, true);
        assert_eq!(window.size(), 40);
    }

    #[test]
    fn a_window_that_nobody_fills_does_not_grow() {
        let mut window = Window::new(16, 40);
        rounds(&mut window, 10, QUICK, false);
        assert_eq!(window.size(), 16);
    }

    #[test]
    fn a_server_that_gets_slower_is_not_asked_for_more() {
        let mut window = Window::new(16, 1000);
        rounds(&mut window, 2, QUICK, true);
        rounds(&mut window, 10, 3 * QUICK, true);
        assert_eq!(window.size(), 20);
    }

    #[test]
    fn a_round_of_refusals_halves_the_window_and_so_does_the_next() {
        let sent = Instant::now();
        let at = |milliseconds| sent + Duration::from_millis(milliseconds);
        let mut window = Window::new(64, 64);
        let n_first = (1..=64)
            .filter(|&n| window.overloaded(sent, at(n), Some(64)))
            .count();
        assert_eq!((n_first, window.size()), (1, 32));
        for n in 0..32 {
            assert_eq!(window.overloaded(at(65), at(66 + n), Some(32)), n == 0);
        }
        assert_eq!(window.size(), 16);
    }

    #[test]
    fn a_refusal_among_many_answers_costs_next_to_nothing() {
        let mut window = Window::new(64, 64);
        let now = Instant::now();
        assert!(window.overloaded(now, now, None));
        assert_eq!(window.size(), 63);
        rounds(&mut window, 1, QUICK, true);
        assert_eq!(window.size(), 64);
    }

    #[test]
    fn a_cut_is_of_what_was_in_flight_and_leaves_one() {
        let sent = Instant::now();
        let mut window = Window::new(64, 64);
        for _ in 0..5 {
            window.overloaded(sent, sent, Some(5));
        }
        assert_eq!(window.size(), 2);
        let later = sent + QUICK;
        for _ in 0..5 {
            window.overloaded(later, later, Some(1));
        }
        assert_eq!(window.size(), 1);
        rounds(&mut window, 1, QUICK, true);
        assert_eq!(window.size(), 9, "and recovers");
    }

    proptest! {
        #[test]
        fn the_window_stays_between_one_and_its_maximum(
            start in 0usize..100,
            max in 0usize..500,
            events in prop::collection::vec((any::<bool>(), 0u64..1000, any::<bool>(), 0usize..600), 0..300),
        ) {
            let begun = Instant::now();
            let mut window = Window::new(start, max);
            for (n, (is_good, milliseconds, was_full, in_flight)) in events.into_iter().enumerate() {
                let now = begun + Duration::from_secs(n as u64);
                match is_good {
                    true => window.answered(Duration::from_millis(milliseconds), was_full),
                    false => { window.overloaded(now - Duration::from_millis(milliseconds), now, Some(in_flight).filter(|n| n % 2 == 0)); }
                }
                prop_assert!((1..=max.max(start).max(1)).contains(&window.size()));
            }
        }
    }
}
