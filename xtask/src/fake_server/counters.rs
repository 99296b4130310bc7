//! What the server was asked so far.

use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// Shared by all requests.
#[derive(Debug, Default, Clone)]
pub(super) struct Counters(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    n_requests: u64,
    n_answered: u64,
    n_in_flight: usize,
    max_in_flight: usize,
    by_document: HashMap<u64, u64>,
    first: Option<Instant>,
    /// Seconds from the first request to the last reply.
    seconds: f64,
    /// Replies in each second since the first request.
    answered_each_second: Vec<u64>,
}

/// A request that is being answered; it ends when it is dropped, also because the client has gone.
pub(super) struct Flight {
    counters: Counters,
    /// Its number, from 1.
    pub(super) n: u64,
    /// Requests in flight when it came, with itself.
    pub(super) n_in_flight: usize,
}

impl Counters {
    /// A request came, about this document.
    pub(super) fn begin(&self, document: Option<u64>) -> Flight {
        let mut counts = self.counts();
        counts.first.get_or_insert_with(Instant::now);
        counts.n_requests += 1;
        counts.n_in_flight += 1;
        counts.max_in_flight = counts.max_in_flight.max(counts.n_in_flight);
        if let Some(document) = document {
            *counts.by_document.entry(document).or_default() += 1;
        }
        Flight { counters: self.clone(), n: counts.n_requests, n_in_flight: counts.n_in_flight }
    }

    /// What `GET /stats` answers.
    pub(super) fn to_json(&self) -> Value {
        let counts = self.counts();
        let asked: u64 = counts.by_document.values().sum();
        json!({
            "requests": counts.n_requests,
            "answered": counts.n_answered,
            "max_in_flight": counts.max_in_flight,
            "documents": counts.by_document.len(),
            "asked_again": asked - counts.by_document.len() as u64,
            "most_asked": counts.by_document.values().max(),
            "seconds": counts.seconds,
            "answered_each_second": counts.answered_each_second,
        })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flight {
    /// A reply is on its way, good or spoilt.
    pub(super) fn answered(&self) {
        let mut counts = self.counters.counts();
        counts.n_answered += 1;
        counts.seconds = counts.first.map_or(0.0, |first| first.elapsed().as_secs_f64());
        let second = counts.seconds as usize;
        if counts.answered_each_second.len() <= second {
            counts.answered_each_second.resize(second + 1, 0);
        }
        counts.answered_each_second[second] += 1;
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.counters.counts().n_in_flight -= 1;
    }
}
