//! The progress of one piece of work at a time, on stderr: a bar on a terminal; elsewhere a line at its start, one every
//! ten seconds and one at its end.

use super::{say, shown::shown};
use examen_core::Progress;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use std::{
    fmt,
    io::IsTerminal,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

/// Time between two looks where stderr is no terminal.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Looks between two lines.
const LOOKS_A_LINE: usize = 10;
/// Looks after a line before another tells that the work begins to wait.
const LOOKS_BEFORE_A_WAIT: usize = 2;

/// Something that the work waits for, in words: `12 × 503, next try in 4 s`.
type Waits = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// Shows the progress of work.
pub(crate) struct Bar {
    bar: Mutex<ProgressBar>,
    is_terminal: bool,
    /// True if work that is soon over is not mentioned.
    is_modest: bool,
    waits: Waits,
    ticker: Mutex<Option<Ticker>>,
}

impl Bar {
    /// Mentions work when it begins and when it ends.
    pub(crate) fn new() -> Self {
        Self {
            bar: Mutex::new(ProgressBar::hidden()),
            is_terminal: std::io::stderr().is_terminal(),
            is_modest: false,
            waits: Arc::new(|| None),
            ticker: Mutex::default(),
        }
    }

    /// Mentions only work that takes longer than ten seconds, where stderr is no terminal.
    pub(crate) fn modest() -> Self {
        Self {
            is_modest: true,
            ..Self::new()
        }
    }

    /// Tells what the work waits for, whenever `waits` says so.
    pub(crate) fn telling(
        self,
        waits: impl Fn() -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        Self {
            waits: Arc::new(move || waits().map(|words| shown(&words).into_owned())),
            ..self
        }
    }

    fn bar(&self) -> ProgressBar {
        self.bar
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set_ticker(&self, ticker: Option<Ticker>) {
        *self.ticker.lock().unwrap_or_else(PoisonError::into_inner) = ticker;
    }
}

impl Progress for Bar {
    fn begin(&self, what: &str, total: u64) {
        let bar = match self.is_terminal {
            true => ProgressBar::new(total),
            false => ProgressBar::hidden(),
        };
        bar.set_length(total);
        bar.set_message(shown(what).into_owned());
        if self.is_terminal {
            bar.set_style(style(total, &self.waits));
            bar.enable_steady_tick(Duration::from_millis(200));
        } else {
            let (watched, mut lines) = (bar.clone(), Lines::new(&self.waits));
            self.set_ticker(Some(Ticker::start(LOOK_EVERY, move || {
                if let Some(line) = lines.look(&watched) {
                    say(&line);
                }
            })));
        }
        *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = bar;
        if !self.is_terminal && !self.is_modest {
            say(&format!("{what} …"));
        }
    }

    fn advance(&self, n: u64) {
        self.bar().inc(n);
    }

    fn set_total(&self, total: u64) {
        self.bar().set_length(total);
    }

    fn note(&self, text: &str) {
        self.bar().set_prefix(shown(text).into_owned());
    }

    fn end(&self) {
        self.set_ticker(None);
        let bar = self.bar();
        let (what, note, elapsed) = (bar.message(), bar.prefix(), bar.elapsed().as_secs_f64());
        bar.finish_and_clear();
        let note = match note.as_str() {
            "" => String::new(),
            note => format!(": {note}"),
        };
        if !self.is_modest {
            say(&format!("{what}{note} ({elapsed:.1} s)"));
        }
    }
}

fn style(total: u64, waits: &Waits) -> ProgressStyle {
    let template = match total {
        0 => "{spinner} {msg} {prefix}{waits} {elapsed}",
        _ => "{msg:<28} {wide_bar} {human_pos}/{human_len} {elapsed}{left}  {prefix}{waits}",
    };
    let waits = Arc::clone(waits);
    let write = move |_: &ProgressState, line: &mut dyn fmt::Write| {
        if let Some(words) = waits() {
            // A line that cannot be written is not shown.
            let _ = write!(line, "; {words}");
        }
    };
    let left = |state: &ProgressState, line: &mut dyn fmt::Write| {
        // Nothing is known before anything is done.
        if state.pos() > 0 && state.len() > Some(state.pos()) {
            let _ = write!(line, ", {} left", duration(state.eta().as_secs_f64()));
        }
    };
    let style = ProgressStyle::with_template(template).expect("the template is valid");
    style.with_key("waits", write).with_key("left", left)
}

/// Lines about the work, where stderr is no terminal: one every ten seconds, and one soon after the work begins to wait.
struct Lines {
    waits: Waits,
    n_looks: usize,
    was_waiting: bool,
}

impl Lines {
    fn new(waits: &Waits) -> Self {
        Self {
            waits: Arc::clone(waits),
            n_looks: 0,
            was_waiting: false,
        }
    }

    /// The line that is due, if one is. Called once a second.
    fn look(&mut self, bar: &ProgressBar) -> Option<String> {
        let waiting = (self.waits)();
        self.n_looks += 1;
        let begins_to_wait = waiting.is_some() && !self.was_waiting;
        let is_due = self.n_looks >= LOOKS_A_LINE;
        if !is_due && (!begins_to_wait || self.n_looks < LOOKS_BEFORE_A_WAIT) {
            return None;
        }
        self.n_looks = 0;
        self.was_waiting = waiting.is_some();
        let waiting = waiting.map(|words| format!("; {words}"));
        Some(line(bar) + &waiting.unwrap_or_default())
    }
}

/// Progress of the work, in words.
fn line(bar: &ProgressBar) -> String {
    let (done, total) = (bar.position(), bar.length().unwrap_or_default());
    let elapsed = bar.elapsed();
    let so_far = match total {
        0 => None,
        // Bytes, which nobody counts.
        100_000.. => Some(format!("{:.0} %", 100.0 * done as f64 / total as f64)),
        _ => Some(format!("{done} of {total}")),
    };
    let note = Some(bar.prefix()).filter(|note| !note.is_empty());
    let left = (done > 0 && done < total).then(|| {
        let left = elapsed.as_secs_f64() * (total - done) as f64 / done as f64;
        format!(", about {} left", duration(left))
    });
    let parts: Vec<String> = so_far.into_iter().chain(note).collect();
    let parts = match parts.is_empty() {
        true => String::new(),
        false => format!(": {}", parts.join(", ")),
    };
    format!(
        "{}{parts} ({}{})",
        bar.message(),
        duration(elapsed.as_secs_f64()),
        left.unwrap_or_default()
    )
}

/// A time as people say it: `45 s`, `12 min`, `3.5 h`.
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        ..90.0 => format!("{seconds:.0} s"),
        ..5400.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

/// Does something again and again on a thread of its own, until it is dropped.
struct Ticker {
    _stop: Sender<()>,
}

impl Ticker {
    fn start(every: Duration, mut tick: impl FnMut() + Send + 'static) -> Self {
        let (stop, stopped) = channel();
        thread::spawn(move || {
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                tick();
            }
        });
        Self { _stop: stop }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    };

    #[test]
    fn a_line_says_how_far_the_work_is() {
        let bar = ProgressBar::hidden();
        bar.set_message("writing questions");
        assert_eq!(line(&bar), "writing questions (0 s)");
        bar.set_length(40);
        bar.inc(10);
        bar.set_prefix("31 accepted");
        assert_eq!(
            line(&bar),
            "writing questions: 10 of 40, 31 accepted (0 s, about 0 s left)"
        );
        bar.set_length(98_362_432);
        bar.set_position(49_181_216);
        assert!(line(&bar).starts_with("writing questions: 50 %, "));
    }

    #[test]
    fn a_wait_is_told_soon_and_then_with_every_line() {
        let waiting = Arc::new(Mutex::new(None::<String>));
        let told = Arc::clone(&waiting);
        let waits: Waits = Arc::new(move || told.lock().unwrap().clone());
        let (bar, mut lines) = (ProgressBar::hidden(), Lines::new(&waits));
        bar.set_message("asking");
        assert_eq!(lines.look(&bar), None);
        *waiting.lock().unwrap() = Some("12 × 503, next try in 4 s".to_owned());
        let line = "asking (0 s); 12 × 503, next try in 4 s";
        assert_eq!(lines.look(&bar).as_deref(), Some(line));
        let next: Vec<_> = (0..LOOKS_A_LINE).map(|_| lines.look(&bar)).collect();
        assert!(next[..LOOKS_A_LINE - 1].iter().all(Option::is_none));
        assert_eq!(next[LOOKS_A_LINE - 1].as_deref(), Some(line));
        *waiting.lock().unwrap() = None;
        let calm = (0..LOOKS_A_LINE).find_map(|_| lines.look(&bar));
        assert_eq!(calm.as_deref(), Some("asking (0 s)"));
    }

    #[test]
    fn times_are_told_in_the_unit_that_people_use() {
        assert_eq!(
            [7.4, 89.0, 90.0, 5000.0, 12_600.0].map(duration),
            ["7 s", "89 s", "2 min", "83 min", "3.5 h"]
        );
    }

    #[test]
    fn a_ticker_ticks_until_it_is_dropped() {
        let ticks = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&ticks);
        let ticker = Ticker::start(Duration::from_millis(1), move || {
            counted.fetch_add(1, SeqCst);
        });
        while ticks.load(SeqCst) < 3 {
            thread::yield_now();
        }
        drop(ticker);
        thread::sleep(Duration::from_millis(50));
        let n_ticks = ticks.load(SeqCst);
        thread::sleep(Duration::from_millis(50));
        assert_eq!(ticks.load(SeqCst), n_ticks);
    }
}
