//! The progress of one piece of work at a time, on stderr: a bar on a terminal; elsewhere a line at its start, one every
//! ten seconds and one at its end.

use super::{say, shown::shown};
use examen_core::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::IsTerminal,
    sync::{
        Mutex, PoisonError,
        mpsc::{RecvTimeoutError, Sender, channel},
    },
    thread,
    time::Duration,
};

/// Time between two lines where stderr is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Shows the progress of work.
pub(crate) struct Bar {
    bar: Mutex<ProgressBar>,
    is_terminal: bool,
    /// True if work that is soon over is not mentioned.
    is_modest: bool,
    ticker: Mutex<Option<Ticker>>,
}

impl Bar {
    /// Mentions work when it begins and when it ends.
    pub(crate) fn new() -> Self {
        Self {
            bar: Mutex::new(ProgressBar::hidden()),
            is_terminal: std::io::stderr().is_terminal(),
            is_modest: false,
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
            bar.set_style(style(total));
            bar.enable_steady_tick(Duration::from_millis(200));
        } else {
            let watched = bar.clone();
            self.set_ticker(Some(Ticker::start(LINE_EVERY, move || {
                say(&line(&watched))
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

fn style(total: u64) -> ProgressStyle {
    let template = match total {
        0 => "{spinner} {msg} {prefix} {elapsed}",
        _ => "{msg:<28} {wide_bar} {human_pos}/{human_len} {elapsed}, {eta} left  {prefix}",
    };
    ProgressStyle::with_template(template).expect("the template is valid")
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
    fn start(every: Duration, tick: impl Fn() + Send + 'static) -> Self {
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
