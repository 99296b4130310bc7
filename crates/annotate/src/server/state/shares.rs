//! Equal shares of something, one for each who has any of it at the moment.

use crate::server::listening::Neighbours;
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError, Weak},
};
use tokio::sync::Semaphore;

/// The party that capacity is shared by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::server) enum Client {
    /// A user, by name.
    User(String),
    /// Somebody who has not said who they are, by address where it is known.
    Stranger(Option<Neighbours>),
}

/// Shares by their owner. Those that nobody uses are forgotten.
#[derive(Debug)]
pub(super) struct Shares<K> {
    each: usize,
    used: Mutex<HashMap<K, Weak<Semaphore>>>,
}

impl<K: Hash + Eq + Clone> Shares<K> {
    /// Shares of this size.
    pub(super) fn new(each: usize) -> Self {
        Self {
            each,
            used: Mutex::default(),
        }
    }

    /// The share of an owner.
    pub(super) fn of(&self, owner: &K) -> Arc<Semaphore> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = used.get(owner).and_then(Weak::upgrade) {
            return share;
        }
        used.retain(|_, share| share.strong_count() > 0);
        let share = Arc::new(Semaphore::new(self.each));
        used.insert(owner.clone(), Arc::downgrade(&share));
        share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_lasts_as_long_as_it_is_used() {
        let shares = Shares::new(2);
        let used = shares.of(&"ana").try_acquire_owned().unwrap();
        assert_eq!(shares.of(&"ana").available_permits(), 1);
        assert_eq!(shares.of(&"ben").available_permits(), 2);
        drop(used);
        assert_eq!(shares.of(&"ana").available_permits(), 2);
        assert_eq!(shares.used.lock().unwrap().len(), 1);
    }
}
