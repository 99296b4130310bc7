//! Progress that says how many questions are answered a second.

use examen_core::Progress;
use std::sync::{Mutex, PoisonError};

/// Counts what passes through on its way to `watcher`.
pub(crate) struct Paced<'a> {
    watcher: &'a dyn Progress,
    clock: fn() -> jiff::Timestamp,
    state: Mutex<State>,
}

struct State {
    begun: jiff::Timestamp,
    /// True until the units that an earlier run left are counted, which every work does first.
    is_new: bool,
    n: u64,
    noted: jiff::Timestamp,
}

/// Seconds between two notes.
const NOTE_EVERY: f64 = 0.5;

impl<'a> Paced<'a> {
    pub(crate) fn new(watcher: &'a dyn Progress, clock: fn() -> jiff::Timestamp) -> Self {
        Self {
            watcher,
            clock,
            state: Mutex::new(State::begin(clock())),
        }
    }

    /// The note that is due, if one is.
    fn count(&self, n: u64) -> Option<String> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut state.is_new) {
            return None;
        }
        state.n += n;
        let now = (self.clock)();
        let since = |time: jiff::Timestamp| now.duration_since(time).as_secs_f64();
        if since(state.noted) < NOTE_EVERY {
            return None;
        }
        state.noted = now;
        Some(words(state.n as f64 / since(state.begun)))
    }
}

impl State {
    fn begin(now: jiff::Timestamp) -> Self {
        Self {
            begun: now,
            is_new: true,
            n: 0,
            noted: now,
        }
    }
}

/// The rate, or the time that one question takes where it is long.
fn words(per_second: f64) -> String {
    match per_second {
        ..0.1 => format!("{:.0} s a question", 1.0 / per_second),
        ..10.0 => format!("{per_second:.1} questions/s"),
        _ => format!("{per_second:.0} questions/s"),
    }
}

impl Progress for Paced<'_> {
    fn begin(&self, what: &str, total: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State::begin((self.clock)());
        drop(state);
        self.watcher.begin(what, total);
    }

    fn advance(&self, n: u64) {
        self.watcher.advance(n);
        if let Some(note) = self.count(n) {
            self.watcher.note(&note);
        }
    }

    fn note(&self, text: &str) {
        self.watcher.note(text);
    }

    fn end(&self) {
        self.watcher.end();
    }

    fn is_cancelled(&self) -> bool {
        self.watcher.is_cancelled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

    static SECONDS: AtomicI64 = AtomicI64::new(0);

    fn clock() -> jiff::Timestamp {
        jiff::Timestamp::from_second(SECONDS.load(SeqCst)).expect("a time")
    }

    #[derive(Default)]
    struct Notes(Mutex<Vec<String>>);

    impl Progress for Notes {
        fn begin(&self, _what: &str, _total: u64) {}
        fn advance(&self, _n: u64) {}
        fn note(&self, text: &str) {
            self.0.lock().expect("notes").push(text.to_owned());
        }
        fn end(&self) {}
    }

    #[test]
    fn the_rate_is_of_questions_that_this_run_answers() {
        let notes = Notes::default();
        let paced = Paced::new(&notes, clock);
        paced.begin("scoring questions", 1000);
        paced.advance(900);
        for second in 1..=2 {
            SECONDS.store(second, SeqCst);
            (0..3).for_each(|_| paced.advance(1));
        }
        let notes = notes.0.into_inner().expect("notes");
        assert_eq!(notes, ["1.0 questions/s", "2.0 questions/s"]);
        assert_eq!(words(0.05), "20 s a question");
        assert_eq!(words(1234.5), "1234 questions/s");
    }
}
