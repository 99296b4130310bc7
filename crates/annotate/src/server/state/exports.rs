//! Exports that the audit log was told of, so that the pages of one are one line there.

use jiff::{SignedDuration, Timestamp};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use uuid::Uuid;

/// Time for which one line tells of all pages.
const ONCE_EVERY: SignedDuration = SignedDuration::from_hours(1);
/// Exports that are remembered; one that is forgotten is told of again.
const MOST: usize = 10_000;

/// Exports by user and dataset, with the time when they were told of.
#[derive(Debug, Default)]
pub(in crate::server) struct Exports(Mutex<HashMap<(Uuid, Uuid), Timestamp>>);

impl Exports {
    /// True for an export that is to be told of, which then counts as told.
    pub(in crate::server) fn is_new(&self, user: Uuid, dataset: Uuid, now: Timestamp) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = |at: &Timestamp| *at <= now && now.duration_since(*at) < ONCE_EVERY;
        if told.get(&(user, dataset)).is_some_and(is_recent) {
            return false;
        }
        told.retain(|_, at| is_recent(&*at));
        if told.len() >= MOST {
            told.clear();
        }
        told.insert((user, dataset), now);
        true
    }
}
