//! Everything that reaches the terminal: data on stdout, talk and progress bars on stderr.

use crate::{failure::Failure, paths};
use clap::ValueEnum;
use examen_core::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::{
    io::{IsTerminal, Write},
    ops::ControlFlow,
    sync::Mutex,
    time::Duration,
};

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// Sends events to stderr: our warnings by default, with `-v` more of ours and the libraries' warnings; whatever
/// `EXAMEN_LOG` says where it is set, and the command's own flag above all.
pub(crate) fn start_logging(verbose: u8, chosen: Option<LogLevel>, format: LogFormat) {
    let usual = [LogLevel::Warn, LogLevel::Info, LogLevel::Debug][usize::from(verbose.min(2))];
    let variable = paths::variable("EXAMEN_LOG").filter(|_| chosen.is_none());
    let filter = variable.unwrap_or_else(|| directives(chosen.unwrap_or(usual), verbose > 0));
    let events = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    match format {
        LogFormat::Text => events.init(),
        LogFormat::Json => events
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .init(),
    }
}

/// Our own events of a level, and, if they are wanted, the libraries' warnings.
fn directives(level: LogLevel, with_libraries: bool) -> String {
    let level = match level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
    };
    let others = if with_libraries { "warn" } else { "off" };
    let stages = STAGES
        .map(|stage| format!("examen_{stage}={level}"))
        .join(",");
    format!("{others},examen={level},{stages}")
}

const STAGES: [&str; 8] = [
    "llm", "engine", "generate", "argilla", "annotate", "hub", "publish", "evaluate",
];

/// Says why a command failed, and what to do.
pub(crate) fn report(failure: &Failure) {
    say(&format!("error: {}", failure.message));
    if let Some(hint) = &failure.hint {
        say(&format!("\nhint: {hint}"));
    }
}

/// Talks to the person: stderr.
#[expect(clippy::print_stderr, reason = "the one place that talks")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

/// How a reading command prints: for people or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

/// Hands data to the next program: stdout. A reader that has gone away is no error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print_while_read(text).map(drop)
}

/// The same as one of many: breaks off when the reader has gone away.
pub(crate) fn print_while_read(text: &str) -> Result<ControlFlow<()>, Failure> {
    match writeln!(std::io::stdout(), "{text}") {
        Ok(()) => Ok(ControlFlow::Continue(())),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
        Err(error) => Err(Failure::new(format!(
            "could not write to standard output: {error}"
        ))),
    }
}

/// Hands `value` to the next program as JSON.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(value).expect("our own types serialise");
    print(&json)
}

/// A table whose columns line up, without lines: readable in a terminal, a mail and a screen reader.
pub(crate) fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = comfy_table::Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_header(header.to_vec());
    for row in rows {
        table.add_row(row);
    }
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect::<Vec<_>>()
        .join("\n")
}

/// A size as people read it.
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// One progress bar at a time, on stderr; plain lines where stderr is not a terminal.
pub(crate) struct Bar {
    bar: Mutex<ProgressBar>,
    fancy: bool,
}

impl Bar {
    pub(crate) fn new() -> Self {
        Self {
            bar: Mutex::new(ProgressBar::hidden()),
            fancy: std::io::stderr().is_terminal(),
        }
    }

    fn bar(&self) -> ProgressBar {
        self.bar
            .lock()
            .expect("no holder of the bar panics")
            .clone()
    }
}

impl Progress for Bar {
    fn begin(&self, what: &str, total: u64) {
        let bar = if self.fancy {
            ProgressBar::new(total)
        } else {
            ProgressBar::hidden()
        };
        let template = match total {
            0 => "{spinner} {msg} {prefix} {elapsed}",
            _ => "{msg:<28} {wide_bar} {human_pos}/{human_len} {elapsed}, {eta} left  {prefix}",
        };
        bar.set_style(ProgressStyle::with_template(template).expect("the template is valid"));
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        *self.bar.lock().expect("no holder of the bar panics") = bar;
        if !self.fancy {
            say(&format!("{what} …"));
        }
    }

    fn advance(&self, n: u64) {
        self.bar().inc(n);
    }

    fn note(&self, text: &str) {
        self.bar().set_prefix(text.to_owned());
    }

    fn end(&self) {
        let bar = self.bar();
        let (what, note, elapsed) = (bar.message(), bar.prefix(), bar.elapsed().as_secs_f64());
        bar.finish_and_clear();
        let note = if note.is_empty() {
            String::new()
        } else {
            format!(": {note}")
        };
        say(&format!("{what}{note} ({elapsed:.1} s)"));
    }
}
