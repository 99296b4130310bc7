//! Counters of the requests that the server got so far.

use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasher, RandomState},
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use tokio::sync::Notify;

/// Shared by all requests.
#[derive(Debug, Default, Clone)]
pub struct Counters(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    counts: Mutex<Counts>,
    answered: Notify,
}

#[derive(Debug, Default)]
struct Counts {
    asked: Vec<Asked>,
    by_document: HashMap<u64, u64>,
    /// Keys that clients sent.
    keys: BTreeMap<String, Arc<str>>,
    n_answered: u64,
    n_in_flight: usize,
    max_in_flight: usize,
    first: Option<Instant>,
    /// Seconds from the first request to the last reply.
    seconds: f64,
    /// Replies in each second since the first request.
    answered_each_second: Vec<u64>,
}

/// A request that came.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Asked {
    /// The `Authorization` that it came with: `Bearer KEY`; empty without one.
    pub key: Arc<str>,
    /// The number of the document that it is about.
    pub document: Option<u64>,
    /// A hash of the whole request, by which it is known if it comes again to this process.
    pub request: u64,
}

/// A request that is being answered; it ends when it is dropped, also because the client has gone.
pub(crate) struct Flight {
    counters: Counters,
    /// Its number, from 1.
    pub(crate) n: u64,
    /// True if it is the first about its document.
    pub(crate) is_first: bool,
    /// Requests in flight when it came, with itself.
    pub(crate) n_in_flight: usize,
}

static HASHES: LazyLock<RandomState> = LazyLock::new(RandomState::new);

impl Counters {
    /// Every request so far, in the order in which they came.
    pub fn asked(&self) -> Vec<Asked> {
        self.counts().asked.clone()
    }

    /// Requests so far.
    pub fn n_requests(&self) -> usize {
        self.counts().asked.len()
    }

    /// Replies so far, good or spoilt; no refusals.
    pub fn n_answered(&self) -> u64 {
        self.counts().n_answered
    }

    /// A request came, with this key and about this document.
    pub(crate) fn begin(&self, key: &str, document: Option<u64>, request: &str) -> Flight {
        let request = HASHES.hash_one(request);
        let mut counts = self.counts();
        counts.first.get_or_insert_with(Instant::now);
        counts.n_in_flight += 1;
        counts.max_in_flight = counts.max_in_flight.max(counts.n_in_flight);
        let key = Arc::clone(
            counts
                .keys
                .entry(key.to_owned())
                .or_insert_with(|| key.into()),
        );
        counts.asked.push(Asked {
            key,
            document,
            request,
        });
        let n_about = document.map_or(0, |document| {
            let n = counts.by_document.entry(document).or_default();
            *n += 1;
            *n
        });
        let (n, n_in_flight) = (counts.asked.len() as u64, counts.n_in_flight);
        Flight {
            counters: self.clone(),
            n,
            is_first: n_about == 1,
            n_in_flight,
        }
    }

    /// Waits until so many replies were given.
    pub(crate) async fn answered(&self, n: u64) {
        loop {
            let next = self.0.answered.notified();
            if self.n_answered() >= n {
                return;
            }
            next.await;
        }
    }

    /// Answer to `GET /stats`.
    pub(crate) fn to_json(&self) -> Value {
        let counts = self.counts();
        let by_document = &counts.by_document;
        json!({
            "requests": counts.asked.len(),
            "answered": counts.n_answered,
            "max_in_flight": counts.max_in_flight,
            "documents": by_document.len(),
            "asked_again": by_document.values().sum::<u64>() - by_document.len() as u64,
            "most_asked": by_document.values().max(),
            "seconds": counts.seconds,
            "answered_each_second": counts.answered_each_second,
        })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Flight {
    /// A reply is on its way, good or spoilt.
    pub(crate) fn answered(&self) {
        let mut counts = self.counters.counts();
        counts.n_answered += 1;
        counts.seconds = counts
            .first
            .map_or(0.0, |first| first.elapsed().as_secs_f64());
        let second = counts.seconds as usize;
        if counts.answered_each_second.len() <= second {
            counts.answered_each_second.resize(second + 1, 0);
        }
        counts.answered_each_second[second] += 1;
        drop(counts);
        self.counters.0.answered.notify_waiters();
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.counters.counts().n_in_flight -= 1;
    }
}
