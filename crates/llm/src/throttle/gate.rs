//! The way to one server: how many requests are in flight, and how many start in a minute. All models on a server share
//! its gate. Knows what came of a request, not what was asked.

use super::{
    bucket::Bucket,
    waiting::{WaitGuard, Waiting, Waits},
    window::Window,
};
use crate::{chat::Usage, error::ChatError};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Notify, Semaphore, SemaphorePermit},
    time::{Instant, timeout},
};

/// Tries in a row that must fail before a server may be given up.
const MIN_TRIES_TO_GIVE_UP: usize = 16;

/// Weight of one try in the share of the latest tries that failed.
const WEIGHT_OF_A_TRY: f64 = 1.0 / 16.0;
/// Share of failures from which the server as a whole is taken to be in trouble, and all requests pause.
const POOR: f64 = 0.5;

/// Settings of a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateOptions {
    /// Requests in flight at the start.
    pub start: usize,
    /// Requests in flight at most.
    pub max: usize,
    /// Requests started in any 60 seconds at most.
    pub requests_per_minute: Option<u32>,
    /// Tokens, read and written, of the requests started in any 60 seconds at most: as estimated before, corrected by
    /// what the replies say.
    pub tokens_per_minute: Option<u64>,
    /// Pause of all requests after a refusal that names no time, while most of the latest tries fail; it doubles from
    /// refusal to refusal until a request is answered.
    pub first_hold: Duration,
    /// Longest wait of our own.
    pub longest_hold: Duration,
    /// A server that asks for a longer wait than this is not waited for.
    pub longest_retry_after: Duration,
    /// A server that never gave a good answer, and does not say that it is only busy, is given up after failing for so
    /// long.
    pub patience_at_first: Duration,
    /// Any other is given up after failing for so long.
    pub patience: Duration,
}

impl GateOptions {
    /// `start` requests in flight, up to eight times as many (at most 4,096, or `start`); no limit a minute; half a
    /// second to half a minute of silence after a refusal; 10 s or 2 minutes of failures.
    pub fn new(start: usize) -> Self {
        Self {
            start,
            max: (start * 8).min(4096).max(start),
            requests_per_minute: None,
            tokens_per_minute: None,
            first_hold: Duration::from_millis(500),
            longest_hold: Duration::from_secs(30),
            longest_retry_after: Duration::from_secs(600),
            patience_at_first: Duration::from_secs(10),
            patience: Duration::from_secs(120),
        }
    }
}

/// The gates of all servers, by `scheme://host:port`.
#[derive(Debug)]
pub struct Gates {
    options: GateOptions,
    by_host: Mutex<BTreeMap<String, Arc<Gate>>>,
}

impl Gates {
    /// Every server is asked as hard.
    pub fn new(options: GateOptions) -> Self {
        Self {
            options,
            by_host: Mutex::default(),
        }
    }

    /// The server's gate.
    pub fn gate(&self, host: &str) -> Arc<Gate> {
        let mut by_host = self.by_host.lock().unwrap_or_else(PoisonError::into_inner);
        let gate = by_host
            .entry(host.to_owned())
            .or_insert_with(|| Arc::new(Gate::new(self.options.clone())));
        Arc::clone(gate)
    }

    /// Requests to all servers that wait for their next try.
    pub fn waiting(&self) -> Waiting {
        let by_host = self.by_host.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waiting = Waiting::default();
        by_host
            .values()
            .for_each(|gate| waiting.join(gate.waiting()));
        waiting
    }
}

/// The gate of one server.
#[derive(Debug)]
pub struct Gate {
    options: GateOptions,
    slots: Semaphore,
    /// Held by the request that waits for its turn; the others wait for it, in order, without a timer of their own.
    turn: tokio::sync::Mutex<()>,
    /// A wait may have become shorter.
    changed: Notify,
    state: Mutex<State>,
    waits: Waits,
}

#[derive(Debug)]
struct State {
    window: Window,
    /// Slots that were made and not taken away.
    n_slots: usize,
    /// Slots in use that are taken away when they are given back.
    n_surplus: usize,
    n_in_flight: usize,
    requests: Option<Bucket>,
    tokens: Option<Bucket>,
    held_until: Option<Instant>,
    /// Refusals since the last answer, each of its own round trip.
    n_holds: u32,
    failing: Option<Failing>,
    n_answered: u64,
    /// Share of the latest tries that failed: a running mean.
    failure_share: f64,
}

/// Tries that failed since the last answer.
#[derive(Debug, Clone, Copy)]
struct Failing {
    n_tries: usize,
    since: Instant,
}

impl Gate {
    /// A gate of its own.
    pub fn new(options: GateOptions) -> Self {
        let now = Instant::now();
        let window = Window::new(options.start, options.max);
        let n_slots = window.size();
        let state = State {
            window,
            n_slots,
            n_surplus: 0,
            n_in_flight: 0,
            requests: options
                .requests_per_minute
                .map(|n| Bucket::new(f64::from(n.max(1)), now)),
            tokens: options
                .tokens_per_minute
                .map(|n| Bucket::new(n.max(1) as f64, now)),
            held_until: None,
            n_holds: 0,
            failing: None,
            n_answered: 0,
            failure_share: 0.0,
        };
        let (slots, turn, changed) = (
            Semaphore::new(n_slots),
            tokio::sync::Mutex::default(),
            Notify::new(),
        );
        Self {
            options,
            slots,
            turn,
            changed,
            state: Mutex::new(state),
            waits: Waits::default(),
        }
    }

    /// Requests that wait for their next try.
    pub fn waiting(&self) -> Waiting {
        let held_until = self.state().held_until;
        self.waits.waiting(held_until)
    }

    /// Requests that wait for their next try, also for a moment only.
    pub(super) fn n_waiting(&self) -> usize {
        self.waits.n()
    }

    /// A request waits for `delay` after `error`, and then for its turn, until the guard is dropped.
    pub(super) fn wait(&self, error: &ChatError, delay: Duration) -> WaitGuard<'_> {
        self.waits.begin(error, delay)
    }

    /// Requests that may be in flight now.
    pub fn window(&self) -> usize {
        self.state().window.size()
    }

    /// Requests that may ever be in flight; so many wait at the gate to good purpose.
    pub fn max_window(&self) -> usize {
        self.options.max.max(self.options.start).max(1)
    }

    /// Requests that are in flight now.
    pub fn in_flight(&self) -> usize {
        self.state().n_in_flight
    }

    /// Requests that were answered well.
    pub(super) fn n_answered(&self) -> u64 {
        self.state().n_answered
    }

    /// Share of the latest tries that failed in passing, from 0 to 1.
    pub(super) fn failure_share(&self) -> f64 {
        self.state().failure_share
    }

    /// `true` if it wants to know the tokens of a request.
    pub(super) fn counts_tokens(&self) -> bool {
        self.options.tokens_per_minute.is_some()
    }

    /// Waits until a request of `tokens` may go.
    pub(super) async fn enter(&self, tokens: u64) -> Ticket<'_> {
        loop {
            let slot = self
                .slots
                .acquire()
                .await
                .expect("the gate is never closed");
            let mut ticket = Ticket::new(self, slot, tokens);
            if ticket.waits() {
                let _turn = self.turn.lock().await;
                ticket.book();
                self.wait_for_turn().await;
            }
            if ticket.goes() {
                return ticket;
            }
        }
    }

    async fn wait_for_turn(&self) {
        loop {
            let wait = self.state().wait(Instant::now());
            if wait.is_zero() {
                return;
            }
            // Elapsed or not: what is left to wait is looked up again.
            drop(timeout(wait, self.changed.notified()).await);
        }
    }

    /// The error that ends everything, if nothing has worked for long enough; else `error` itself.
    pub(super) fn judge(&self, error: ChatError) -> ChatError {
        let state = self.state();
        let Some(failing) = state.failing else {
            return error;
        };
        let lasted = Instant::now().saturating_duration_since(failing.since);
        let is_new = state.n_answered == 0 && !error.is_overload();
        let patience = if is_new {
            self.options.patience_at_first
        } else {
            self.options.patience
        };
        if !error.is_transient() || failing.n_tries < MIN_TRIES_TO_GIVE_UP || lasted < patience {
            return error;
        }
        ChatError::GaveUp {
            n_tries: failing.n_tries,
            lasted,
            last: Box::new(error),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is a few assignments; a panic elsewhere leaves at worst a count that is off by one.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes as many slots as the window says.
    fn resize(&self, state: &mut State) {
        let wanted = state.window.size();
        if wanted > state.n_slots {
            let more = wanted - state.n_slots;
            let kept = more.min(state.n_surplus);
            state.n_surplus -= kept;
            self.slots.add_permits(more - kept);
        } else {
            let fewer = state.n_slots - wanted;
            state.n_surplus += fewer - self.slots.forget_permits(fewer);
        }
        state.n_slots = wanted;
    }
}

impl State {
    fn wait(&mut self, now: Instant) -> Duration {
        let held = self
            .held_until
            .map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
        if held.is_zero() {
            self.held_until = None;
        }
        let buckets = [&mut self.requests, &mut self.tokens].into_iter().flatten();
        buckets
            .map(|bucket| bucket.wait(now))
            .fold(held, Duration::max)
    }

    fn book(&mut self, requests: f64, tokens: f64) {
        let now = Instant::now();
        for (bucket, amount) in [(&mut self.requests, requests), (&mut self.tokens, tokens)] {
            if let Some(bucket) = bucket {
                bucket.book(amount, now);
            }
        }
    }

    fn count_try(&mut self, has_failed: bool) {
        let failed = f64::from(u8::from(has_failed));
        self.failure_share += (failed - self.failure_share) * WEIGHT_OF_A_TRY;
    }

    fn hold(&mut self, wait: Duration, now: Instant) {
        let until = now + wait;
        if self.held_until.is_none_or(|held| held < until) {
            self.held_until = Some(until);
        }
    }
}

/// A request's way through the gate: first the wait, then the flight. Dropped, it gives back what it holds.
#[derive(Debug)]
pub(super) struct Ticket<'a> {
    gate: &'a Gate,
    slot: Option<SemaphorePermit<'a>>,
    tokens: u64,
    was_full: bool,
    is_booked: bool,
    sent_at: Option<Instant>,
}

impl<'a> Ticket<'a> {
    fn new(gate: &'a Gate, slot: SemaphorePermit<'a>, tokens: u64) -> Self {
        let was_full = gate.slots.available_permits() == 0;
        Self {
            gate,
            slot: Some(slot),
            tokens,
            was_full,
            is_booked: false,
            sent_at: None,
        }
    }

    fn waits(&self) -> bool {
        let state = self.gate.state();
        state.held_until.is_some() || state.requests.is_some() || state.tokens.is_some()
    }

    fn book(&mut self) {
        self.is_booked = true;
        self.gate.state().book(1.0, self.tokens as f64);
    }

    /// `true` if the slot is still there after the wait; if so, the request is in flight from now on.
    fn goes(&mut self) -> bool {
        let mut state = self.gate.state();
        if state.n_surplus > 0 {
            return false;
        }
        state.n_in_flight += 1;
        self.sent_at = Some(Instant::now());
        true
    }

    /// Tells the gate what came of it. Returns how long it took.
    pub(super) fn end(self, result: Result<Usage, &ChatError>) -> Duration {
        let now = Instant::now();
        let sent_at = self.sent_at.unwrap_or(now);
        let latency = now - sent_at;
        let gate = self.gate;
        let mut state = gate.state();
        state.count_try(result.is_err_and(ChatError::is_transient));
        match result {
            Ok(usage) => self.answered(&mut state, usage, latency),
            Err(error) => self.failed(&mut state, error, now),
        }
        gate.resize(&mut state);
        drop(state);
        gate.changed.notify_one();
        latency
    }

    fn answered(&self, state: &mut State, usage: Usage, latency: Duration) {
        state.n_answered += 1;
        state.failing = None;
        if self
            .sent_at
            .is_some_and(|sent_at| state.window.is_current(sent_at))
        {
            state.n_holds = 0;
        }
        state.window.answered(latency, self.was_full);
        let used = usage.input_tokens + usage.output_tokens;
        if self.is_booked && used > 0 {
            state.book(0.0, used as f64 - self.tokens as f64);
        }
    }

    fn failed(&self, state: &mut State, error: &ChatError, now: Instant) {
        if !error.is_transient() {
            // An answer, if not a welcome one.
            state.failing = None;
            return;
        }
        let failing = state.failing.get_or_insert(Failing {
            n_tries: 0,
            since: now,
        });
        failing.n_tries += 1;
        if !error.is_overload() {
            return;
        }
        let options = &self.gate.options;
        let is_poor = state.failure_share > POOR;
        let in_flight = is_poor.then_some(state.n_in_flight);
        let sent_at = self.sent_at.unwrap_or(now);
        let is_first = state.window.overloaded(sent_at, now, in_flight);
        match error.retry_after() {
            Some(wait) if wait <= options.longest_retry_after => {
                state.hold(wait, now);
                // The server is not blamed for the time in which it asked for silence.
                state
                    .failing
                    .iter_mut()
                    .for_each(|failing| failing.since = failing.since.max(now + wait));
            }
            // A time-out has waited long enough, and a server that answers most requests needs no pause of all of them.
            None if is_first && is_poor && !matches!(error, ChatError::TimedOut { .. }) => {
                let wait = options
                    .first_hold
                    .saturating_mul(1 << state.n_holds.min(16))
                    .min(options.longest_hold);
                state.n_holds += 1;
                state.hold(wait, now);
            }
            _ => {}
        }
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let slot = self.slot.take();
        let mut state = self.gate.state();
        match self.sent_at {
            Some(_) => state.n_in_flight -= 1,
            None if self.is_booked => state.book(-1.0, -(self.tokens as f64)),
            None => {}
        }
        if state.n_surplus > 0
            && let Some(slot) = slot
        {
            state.n_surplus -= 1;
            slot.forget();
        }
    }
}
