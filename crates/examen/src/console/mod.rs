//! Everything that reaches the terminal: data on stdout; progress, notes and errors on stderr. What a terminal would obey
//! is [shown](mod@shown) instead.

mod bar;
mod hidden;
mod log;
mod shown;

pub(crate) use bar::{Bar, duration};
pub(crate) use hidden::Hidden;
pub(crate) use log::{LogFormat, LogLevel, start_logging};

use crate::failure::Failure;
use clap::ValueEnum;
use serde::Serialize;
use shown::{shown, shown_json};
use std::{
    borrow::Cow,
    io::{self, IsTerminal, Write},
    ops::ControlFlow,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

/// True if `--quiet` was given. Set once, before a command runs.
static IS_QUIET: AtomicBool = AtomicBool::new(false);

/// Leaves out progress, notes and next steps from now on.
pub(crate) fn be_quiet() {
    IS_QUIET.store(true, Relaxed);
}

/// Says why a command failed, and what to do.
pub(crate) fn report(failure: &Failure) {
    insist(&format!("error: {}", failure.message));
    if let Some(hint) = &failure.hint {
        insist(&format!("\nhint: {hint}"));
    }
}

/// Prints progress, a note or a next step to stderr; nothing with `--quiet`.
pub(crate) fn say(text: &str) {
    if !IS_QUIET.load(Relaxed) {
        insist(text);
    }
}

/// Prints a warning to stderr, with `--quiet` too.
pub(crate) fn warn(text: &str) {
    insist(&format!("warning: {text}"));
}

/// Prints to stderr what must be seen, with `--quiet` too: errors, and secrets that are shown once.
#[expect(clippy::print_stderr, reason = "the one place that writes to stderr")]
pub(crate) fn insist(text: &str) {
    eprintln!("{}", shown(text));
}

/// Prints help or a usage error and exits. Colours are left out where words of the user would be obeyed.
pub(crate) fn exit_with(error: &clap::Error) -> ! {
    let text = error.render().to_string();
    if let Cow::Borrowed(_) = shown(&text) {
        error.exit();
    }
    insist(text.trim_end());
    std::process::exit(error.exit_code())
}

/// True if a person is there to answer.
pub(crate) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal() && !IS_QUIET.load(Relaxed)
}

/// Asks a question whose answer is yes unless the person says no.
#[expect(clippy::print_stderr, reason = "the answer is typed on the same line")]
pub(crate) fn confirm(question: &str) -> bool {
    eprint!("{} [Y/n] ", shown(question));
    let mut answer = String::new();
    let is_read = io::stdin().read_line(&mut answer).is_ok_and(|n| n > 0);
    is_read && matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes")
}

/// How a command prints its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

/// Hands data to the next program: stdout. A reader that has gone away is no error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    write_line(&shown(text)).map(drop)
}

/// Prints one of many lines of JSON, and breaks off when the reader has gone away.
pub(crate) fn print_while_read(json: &str) -> Result<ControlFlow<()>, Failure> {
    write_line(&shown_json(json))
}

/// Hands `value` to the next program as JSON.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(value).expect("our own types serialise");
    print_while_read(&json).map(drop)
}

fn write_line(text: &str) -> Result<ControlFlow<()>, Failure> {
    match writeln!(io::stdout(), "{text}") {
        Ok(()) => Ok(ControlFlow::Continue(())),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
        Err(error) => {
            let failure = format!("could not write to standard output: {error}");
            Err(Failure::new(failure).named_if_full(&error))
        }
    }
}

/// A table whose columns line up, without lines: readable in a terminal, a mail and a screen reader.
pub(crate) fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = comfy_table::Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_header(header.to_vec());
    for row in rows {
        table.add_row(row.iter().map(|cell| shown(cell)));
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
