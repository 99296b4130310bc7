//! Slows the guessing of passwords. Failures are counted in a window of time by account, by address, and by both; a
//! client that the account has logged in from before is counted apart, so that strangers cannot lock it out.

use crate::server::listening::Neighbours;
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The window, counted from the first failure.
const WINDOW: Duration = Duration::from_secs(5 * 60);
/// Failures that are allowed in a window: of an account from an address, or from a known device.
const MAX_OF_PAIR: u32 = 5;
/// Of an account, from all addresses that it has not logged in from.
const MAX_OF_ACCOUNT: u32 = 10;
/// Of an address, for all accounts that have not logged in from it.
const MAX_OF_ADDRESS: u32 = 30;
/// Entries of each kind that are remembered; then the one that matters least is forgotten.
const MAX_REMEMBERED: usize = 10_000;

/// An address, with its neighbours; none in a test without a socket.
type Address = Option<Neighbours>;

/// An attempt to log in.
#[derive(Debug, Clone, Copy)]
pub(in crate::server) struct Attempt<'a> {
    /// The name as typed; none where the attempt cannot succeed.
    pub(in crate::server) username: Option<&'a str>,
    /// The client's address.
    pub(in crate::server) address: Address,
    /// The number of a device that this account has logged in from.
    pub(in crate::server) device: Option<&'a str>,
}

/// Limits of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Limit {
    /// Of an account from an address.
    Pair,
    /// Of an account.
    Account,
    /// Of an address.
    Address,
    /// Of a known device.
    Device,
}

/// An attempt that was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) struct Refused {
    /// The limit that was reached.
    pub(in crate::server) limit: Limit,
    /// Seconds until the window is over.
    pub(in crate::server) seconds: u64,
    /// True for the first refusal in a window.
    pub(in crate::server) is_first: bool,
}

/// Counts failed logins.
#[derive(Debug)]
pub(in crate::server) struct LoginLimiter(Mutex<Counts>);

#[derive(Debug)]
struct Counts {
    pairs: Windows<(String, Address)>,
    accounts: Windows<String>,
    addresses: Windows<Address>,
    devices: Windows<String>,
    /// Accounts with addresses that they have logged in from, and when.
    known: HashMap<(String, Address), Duration>,
}

impl Default for LoginLimiter {
    fn default() -> Self {
        Self(Mutex::new(Counts {
            pairs: Windows::new(Limit::Pair, MAX_OF_PAIR),
            accounts: Windows::new(Limit::Account, MAX_OF_ACCOUNT),
            addresses: Windows::new(Limit::Address, MAX_OF_ADDRESS),
            devices: Windows::new(Limit::Device, MAX_OF_PAIR),
            known: HashMap::new(),
        }))
    }
}

impl LoginLimiter {
    /// Counts an attempt as failed until [`LoginLimiter::succeeded`] says otherwise, so that many at once do not slip
    /// through. `now` is a time that nobody sets.
    pub(in crate::server) fn begin(
        &self,
        attempt: Attempt<'_>,
        now: Duration,
    ) -> Result<(), Refused> {
        let mut counts = self.counts();
        let Attempt {
            username, address, ..
        } = attempt;
        if let Some(device) = attempt.device {
            return counts.devices.begin(device.to_owned(), now);
        }
        let Some(username) = username.map(str::to_owned) else {
            return counts.addresses.begin(address, now);
        };
        let pair = (username.clone(), address);
        if counts.known.contains_key(&pair) {
            return counts.pairs.begin(pair, now);
        }
        counts.addresses.check(&address, now)?;
        counts.accounts.check(&username, now)?;
        counts.pairs.begin(pair, now)?;
        counts.addresses.count(address, now);
        counts.accounts.count(username, now);
        Ok(())
    }

    /// Forgets the failures of somebody who got in, and knows the address from then on.
    pub(in crate::server) fn succeeded(&self, attempt: Attempt<'_>, now: Duration) {
        let mut counts = self.counts();
        if let Some(device) = attempt.device {
            counts.devices.forget(device);
        }
        let Some(username) = attempt.username else {
            return;
        };
        let pair = (username.to_owned(), attempt.address);
        counts.pairs.forget(&pair);
        if attempt.device.is_none() && !counts.known.contains_key(&pair) {
            counts.addresses.uncount(&attempt.address);
            counts.accounts.uncount(username);
        }
        make_room(&mut counts.known, |since| *since);
        counts.known.insert(pair, now);
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Failures of one kind.
#[derive(Debug)]
struct Windows<K> {
    limit: Limit,
    most: u32,
    open: HashMap<K, Window>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    count: u32,
    since: Duration,
    has_refused: bool,
}

impl<K: Hash + Eq + Clone> Windows<K> {
    fn new(limit: Limit, most: u32) -> Self {
        Self {
            limit,
            most,
            open: HashMap::new(),
        }
    }

    /// Counts a failure, unless there were too many.
    fn begin(&mut self, key: K, now: Duration) -> Result<(), Refused> {
        self.check(&key, now)?;
        self.count(key, now);
        Ok(())
    }

    fn check(&mut self, key: &K, now: Duration) -> Result<(), Refused> {
        let Some(window) = self.open.get_mut(key) else {
            return Ok(());
        };
        let left = WINDOW.saturating_sub(now.saturating_sub(window.since));
        if left.is_zero() {
            self.open.remove(key);
            return Ok(());
        }
        if window.count < self.most {
            return Ok(());
        }
        Err(Refused {
            limit: self.limit,
            seconds: left.as_secs().max(1),
            is_first: !std::mem::replace(&mut window.has_refused, true),
        })
    }

    /// Counts a failure. Where there are too many entries, the one with the fewest failures goes, and of these the
    /// oldest: an account under attack is not forgotten for names that nobody has.
    fn count(&mut self, key: K, now: Duration) {
        if !self.open.contains_key(&key) {
            make_room(&mut self.open, |window| (window.count, window.since));
        }
        let window = self.open.entry(key).or_insert(Window {
            count: 0,
            since: now,
            has_refused: false,
        });
        window.count += 1;
    }

    fn uncount<Q: Hash + Eq + ?Sized>(&mut self, key: &Q)
    where
        K: std::borrow::Borrow<Q>,
    {
        if let Some(window) = self.open.get_mut(key) {
            window.count = window.count.saturating_sub(1);
        }
    }

    fn forget<Q: Hash + Eq + ?Sized>(&mut self, key: &Q)
    where
        K: std::borrow::Borrow<Q>,
    {
        self.open.remove(key);
    }
}

/// Makes room for one more entry, at the cost of the least.
fn make_room<K: Hash + Eq + Clone, V, O: Ord>(entries: &mut HashMap<K, V>, rank: impl Fn(&V) -> O) {
    if entries.len() < MAX_REMEMBERED {
        return;
    }
    let least = entries.iter().min_by_key(|(_, value)| rank(value));
    if let Some(key) = least.map(|(key, _)| key.clone()) {
        entries.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(1_000);

    fn from(username: &str, address: u32) -> Attempt<'_> {
        Attempt {
            username: Some(username),
            address: Some(Neighbours::of(
                std::net::Ipv4Addr::from_bits(address).into(),
            )),
            device: None,
        }
    }

    fn refused(limiter: &LoginLimiter, attempt: Attempt<'_>) -> Option<Limit> {
        limiter
            .begin(attempt, START)
            .err()
            .map(|refused| refused.limit)
    }

    #[test]
    fn the_sixth_failure_from_an_address_waits_for_the_window() {
        let limiter = LoginLimiter::default();
        for _ in 0..MAX_OF_PAIR {
            assert_eq!(limiter.begin(from("ana", 1), START), Ok(()));
        }
        for is_first in [true, false] {
            let later = limiter.begin(from("ana", 1), START + Duration::from_secs(60));
            let refused = Refused {
                limit: Limit::Pair,
                seconds: 240,
                is_first,
            };
            assert_eq!(later, Err(refused));
        }
        assert_eq!(limiter.begin(from("ben", 1), START), Ok(()));
        assert_eq!(limiter.begin(from("ana", 2), START), Ok(()));
        assert_eq!(limiter.begin(from("ana", 1), START + WINDOW), Ok(()));
    }

    #[test]
    fn an_account_is_safe_from_many_addresses_and_its_own_address_still_gets_in() {
        let limiter = LoginLimiter::default();
        limiter.begin(from("ana", 0), START).unwrap();
        limiter.succeeded(from("ana", 0), START);
        let guesses = (1..=40).filter(|address| refused(&limiter, from("ana", *address)).is_none());
        assert_eq!(guesses.count(), MAX_OF_ACCOUNT as usize);
        assert_eq!(refused(&limiter, from("ana", 99)), Some(Limit::Account));
        assert_eq!(refused(&limiter, from("ana", 0)), None);
        assert_eq!(refused(&limiter, from("ben", 99)), None);
    }

    #[test]
    fn an_address_that_tries_names_waits_and_nobody_else_does() {
        let limiter = LoginLimiter::default();
        limiter.begin(from("ana", 1), START).unwrap();
        limiter.succeeded(from("ana", 1), START);
        let names: Vec<String> = (0..10_000).map(|name| name.to_string()).collect();
        let tried = names
            .iter()
            .filter(|name| refused(&limiter, from(name, 1)).is_none());
        assert_eq!(tried.count(), MAX_OF_ADDRESS as usize);
        let impossible = Attempt {
            username: None,
            ..from("", 1)
        };
        assert_eq!(refused(&limiter, impossible), Some(Limit::Address));
        assert_eq!(refused(&limiter, from("ana", 1)), None);
        assert_eq!(refused(&limiter, from("ben", 2)), None);
    }

    #[test]
    fn a_known_device_has_a_count_of_its_own() {
        let limiter = LoginLimiter::default();
        while refused(&limiter, from("ana", 1)).is_none() {}
        let device = Attempt {
            device: Some("telephone"),
            ..from("ana", 1)
        };
        for _ in 0..MAX_OF_PAIR {
            assert_eq!(refused(&limiter, device), None);
        }
        assert_eq!(refused(&limiter, device), Some(Limit::Device));
        limiter.succeeded(device, START);
        assert_eq!(refused(&limiter, device), None);
    }

    #[test]
    fn a_flood_of_names_makes_room_for_itself_and_frees_nobody() {
        let limiter = LoginLimiter::default();
        while refused(&limiter, from("ana", 1)).is_none() {}
        let flood = u32::try_from(MAX_REMEMBERED).unwrap() + 10;
        for number in 0..flood {
            assert_eq!(
                refused(&limiter, from(&number.to_string(), 10 + number)),
                None
            );
        }
        assert_eq!(refused(&limiter, from("ana", 1)), Some(Limit::Pair));
        let counts = limiter.counts();
        assert_eq!(counts.pairs.open.len(), MAX_REMEMBERED);
        assert_eq!(counts.addresses.open.len(), MAX_REMEMBERED);
    }

    #[test]
    fn success_forgets_failures() {
        let limiter = LoginLimiter::default();
        for _ in 0..100 {
            assert_eq!(limiter.begin(from("ana", 1), START), Ok(()));
            limiter.succeeded(from("ana", 1), START);
        }
    }
}
