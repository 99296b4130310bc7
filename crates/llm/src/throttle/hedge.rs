//! Stragglers: requests that take longer than all but one in a hundred of the latest.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Latencies that are looked back on.
const N_KEPT: usize = 400;
/// Requests that must be known before any is called a straggler.
const N_NEEDED: usize = 100;
/// Further requests after which the quantile is computed again.
const N_BETWEEN: usize = 20;

/// The latest latencies of one model.
#[derive(Debug, Default)]
pub(super) struct Hedge {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    latest: VecDeque<Duration>,
    n_since: usize,
    patience: Option<Duration>,
}

impl Hedge {
    /// Time that a request may take before a second one is made; `None` while too little is known.
    pub(super) fn patience(&self) -> Option<Duration> {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .patience
    }

    /// A request was answered after `latency`.
    pub(super) fn saw(&self, latency: Duration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.latest.len() == N_KEPT {
            state.latest.pop_front();
        }
        state.latest.push_back(latency);
        state.n_since += 1;
        if state.latest.len() >= N_NEEDED && state.n_since >= N_BETWEEN {
            state.n_since = 0;
            state.patience = Some(quantile_99(&state.latest));
        }
    }
}

fn quantile_99(latencies: &VecDeque<Duration>) -> Duration {
    let mut sorted: Vec<Duration> = latencies.iter().copied().collect();
    let index = (sorted.len() * 99).div_ceil(100) - 1;
    *sorted.select_nth_unstable(index).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_is_the_99th_percentile_of_the_latest() {
        let hedge = Hedge::default();
        (1..N_NEEDED as u64).for_each(|n| hedge.saw(Duration::from_millis(n)));
        assert_eq!(hedge.patience(), None);
        hedge.saw(Duration::from_millis(100));
        assert_eq!(hedge.patience(), Some(Duration::from_millis(99)));
        (0..N_KEPT).for_each(|_| hedge.saw(Duration::from_millis(5)));
        assert_eq!(hedge.patience(), Some(Duration::from_millis(5)));
    }
}
