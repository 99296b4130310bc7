//! Room for connections: so many in all, and so many an address. Where there is none, the connection that has waited
//! longest for its client gives its place up, so that newcomers are always served.

use super::network::{Neighbours, Network};
use std::{
    cmp::Reverse,
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

/// Connections that are open at once. Below the 1024 files that a process may usually open.
const MAX: usize = 768;
/// Most connections of one address (in IPv6 of one /64) that is neither this machine's nor a trusted proxy's.
const MAX_PER_ADDRESS: usize = 256;
/// Connections beside these, kept for questions about health while all others are at work.
const SPARE: usize = 64;
/// Lifetime of a spare connection.
const SPARE_TIME: Duration = Duration::from_secs(10);
/// Longest time from the start of a connection to its first request.
const FIRST_REQUEST: Duration = Duration::from_secs(20);

/// All open connections.
#[derive(Debug, Default)]
pub(super) struct Room {
    open: Mutex<Open>,
    trusted: Vec<Network>,
}

#[derive(Debug, Default)]
struct Open {
    connections: HashMap<u64, Held>,
    next: u64,
}

#[derive(Debug)]
struct Held {
    neighbours: Neighbours,
    activity: Arc<Activity>,
}

/// A connection's place; free again when this is dropped.
pub(super) struct Place {
    room: Arc<Room>,
    number: u64,
    pub(super) activity: Arc<Activity>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.open().connections.remove(&self.number);
    }
}

impl Room {
    pub(super) fn new(trusted: Vec<Network>) -> Arc<Self> {
        Arc::new(Self {
            trusted,
            ..Self::default()
        })
    }

    /// A place for a new connection. It may be a spare one.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Place {
        let neighbours = Neighbours::of(address);
        let mut open = self.open();
        let is_spare = !open.make_room(neighbours, self.is_limited(address));
        if is_spare {
            open.make_room_among_spare();
        }
        let activity = Arc::new(Activity::new(is_spare));
        open.next += 1;
        let number = open.next;
        open.connections.insert(
            number,
            Held {
                neighbours,
                activity: activity.clone(),
            },
        );
        Place {
            room: self.clone(),
            number,
            activity,
        }
    }

    /// False for addresses that many clients may share: a proxy that was not named runs on this machine, as a rule.
    fn is_limited(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let is_trusted = self.trusted.iter().any(|network| network.contains(address));
        !address.is_loopback() && !is_trusted
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Makes room for one more connection of these neighbours, at the cost of another if need be. False where all
    /// that could end are at work.
    fn make_room(&mut self, neighbours: Neighbours, is_limited: bool) -> bool {
        let counts = self.counts();
        if is_limited && counts.get(&neighbours).copied().unwrap_or(0) >= MAX_PER_ADDRESS {
            return self.evict(|held| held.neighbours == neighbours, &counts);
        }
        counts.values().sum::<usize>() < MAX || self.evict(|_| true, &counts)
    }

    /// Usual connections of each address.
    fn counts(&self) -> HashMap<Neighbours, usize> {
        let mut counts = HashMap::new();
        for held in self.connections.values() {
            *counts.entry(held.neighbours).or_default() += usize::from(!held.activity.is_spare);
        }
        counts
    }

    /// Ends the connection that waits longest for its client, among those of the address that has most.
    fn evict(
        &mut self,
        may_end: impl Fn(&Held) -> bool,
        counts: &HashMap<Neighbours, usize>,
    ) -> bool {
        let waiting = self.connections.iter().filter_map(|(number, held)| {
            let is_candidate = !held.activity.is_spare && may_end(held);
            let since = held.activity.waiting_since().filter(|_| is_candidate)?;
            Some((counts[&held.neighbours], Reverse((since, *number))))
        });
        let Some((_, Reverse((_, number)))) = waiting.max() else {
            return false;
        };
        self.end(number);
        true
    }

    /// Ends the oldest spare connection where there are enough.
    fn make_room_among_spare(&mut self) {
        let spare = self.connections.iter();
        let spare = spare.filter(|(_, held)| held.activity.is_spare);
        let numbers: Vec<u64> = spare.map(|(number, _)| *number).collect();
        if numbers.len() >= SPARE
            && let Some(oldest) = numbers.into_iter().min()
        {
            self.end(oldest);
        }
    }

    /// Its place is free at once; the connection's own task ends a moment later.
    fn end(&mut self, number: u64) {
        if let Some(held) = self.connections.remove(&number) {
            held.activity.evicted.notify_one();
        }
    }
}

/// The party that a connection waits for: its client, or the server.
#[derive(Debug)]
pub(super) struct Activity {
    /// True for a connection that is served only what needs no room.
    pub(super) is_spare: bool,
    evicted: Notify,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    has_asked: bool,
    is_answering: bool,
    idle_since: Instant,
    /// Time since which the client takes nothing of what is sent.
    stalled_since: Option<Instant>,
}

impl Activity {
    fn new(is_spare: bool) -> Self {
        let state = State {
            has_asked: false,
            is_answering: false,
            idle_since: Instant::now(),
            stalled_since: None,
        };
        Self {
            is_spare,
            evicted: Notify::new(),
            state: Mutex::new(state),
        }
    }

    /// Notes a request, which is being answered until the result is dropped.
    pub(super) fn answering(self: &Arc<Self>) -> Answering {
        let mut state = self.state();
        (state.has_asked, state.is_answering) = (true, true);
        drop(state);
        Answering(self.clone())
    }

    /// Notes since when the client takes nothing.
    pub(super) fn stalled(&self, since: Option<Instant>) {
        self.state().stalled_since = since;
    }

    /// Ready when the connection should end: its place is needed, or its client has asked for nothing.
    pub(super) async fn is_over(&self) {
        tokio::select! {
            () = self.evicted.notified() => {}
            () = sleep(SPARE_TIME), if self.is_spare => {}
            () = self.is_silent_for(FIRST_REQUEST) => {}
        }
    }

    /// Ready where the client has asked for nothing in this time.
    async fn is_silent_for(&self, time: Duration) {
        sleep(time).await;
        if self.state().has_asked {
            std::future::pending().await
        }
    }

    fn waiting_since(&self) -> Option<Instant> {
        let state = self.state();
        state
            .stalled_since
            .or((!state.is_answering).then_some(state.idle_since))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is being answered.
pub(super) struct Answering(Arc<Activity>);

impl Drop for Answering {
    fn drop(&mut self) {
        let mut state = self.0.state();
        (state.is_answering, state.idle_since) = (false, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    const ANA: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn other(number: usize) -> IpAddr {
        let number = u16::try_from(number).unwrap();
        IpAddr::from([0x2001, 0xdb8, 0, number, 0, 0, 0, 1])
    }

    fn is_evicted(place: &Place) -> bool {
        place.activity.evicted.notified().now_or_never().is_some()
    }

    #[tokio::test]
    async fn an_address_at_its_limit_ends_its_own_connection_that_waits_longest() {
        let room = Room::new(Vec::new());
        let ben = room.admit(other(0));
        let places: Vec<Place> = (0..MAX_PER_ADDRESS).map(|_| room.admit(ANA)).collect();
        let busy = places[0].activity.answering();
        let newcomer = room.admit(ANA);
        assert!(!newcomer.activity.is_spare);
        assert!(is_evicted(&places[1]));
        assert_eq!(room.open().connections.len(), MAX_PER_ADDRESS + 1);
        assert!(room.open().connections.contains_key(&ben.number));
        drop((busy, places, newcomer));
        assert_eq!(room.open().connections.len(), 1);
    }

    #[tokio::test]
    async fn neighbours_in_ipv6_share_a_limit_and_this_machine_and_proxies_have_none() {
        let room = Room::new(vec!["10.0.0.0/8".parse().unwrap()]);
        let open_after = |address: fn(u16) -> IpAddr| {
            let places: Vec<Place> = (0..300).map(|n| room.admit(address(n))).collect();
            let n = room.open().connections.len();
            drop(places);
            n
        };
        let neighbours = |host: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, host]);
        assert_eq!(open_after(neighbours), MAX_PER_ADDRESS);
        assert_eq!(open_after(|_| IpAddr::from([127, 0, 0, 1])), 300);
        assert_eq!(open_after(|_| IpAddr::from([10, 1, 2, 3])), 300);
    }

    #[tokio::test]
    async fn a_full_room_takes_from_the_address_that_has_most_and_then_has_spare_places() {
        let room = Room::new(Vec::new());
        let few: Vec<Place> = (0..MAX - MAX_PER_ADDRESS)
            .map(|n| room.admit(other(n)))
            .collect();
        let many: Vec<Place> = (0..MAX_PER_ADDRESS).map(|_| room.admit(ANA)).collect();
        let newcomer = room.admit(other(9_999));
        assert!(!newcomer.activity.is_spare && is_evicted(&many[0]));
        let all = few.iter().chain(&many[1..]).chain([&newcomer]);
        let busy: Vec<Answering> = all.map(|place| place.activity.answering()).collect();
        let spare: Vec<Place> = (0..=SPARE).map(|n| room.admit(other(n))).collect();
        assert!(spare.iter().all(|place| place.activity.is_spare));
        assert!(is_evicted(&spare[0]) && !is_evicted(&spare[1]));
        assert_eq!(room.open().connections.len(), MAX + SPARE);
        drop(busy);
        assert!(!room.admit(other(1)).activity.is_spare);
    }

    #[tokio::test]
    async fn who_takes_nothing_waits_although_an_answer_is_on_its_way() {
        let activity = Arc::new(Activity::new(false));
        let answering = activity.answering();
        assert_eq!(activity.waiting_since(), None);
        let since = Instant::now();
        activity.stalled(Some(since));
        assert_eq!(activity.waiting_since(), Some(since));
        activity.stalled(None);
        assert_eq!(activity.waiting_since(), None);
        drop(answering);
        assert!(activity.waiting_since().is_some());
    }

    #[tokio::test]
    async fn a_silent_connection_is_over_and_one_that_asked_is_not() {
        const SHORT: Duration = Duration::from_millis(5);
        let activity = Arc::new(Activity::new(false));
        activity.is_silent_for(SHORT).await;
        drop(activity.answering());
        let silent = tokio::time::timeout(SHORT * 4, activity.is_silent_for(SHORT)).await;
        silent.unwrap_err();
    }
}
