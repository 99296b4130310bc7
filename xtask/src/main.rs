//! Developer tasks: `cargo xtask check` is what CI runs first, `cargo xtask interop` second.

mod check;
mod interop;
mod process;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask TASK

  check       formatting, clippy, the page's types and tests, all Rust tests and doc tests
  interop     Python opens what we write; a real browser reviews questions (needs python3 -m venv, Chromium, Node)
  test-model  fetches the small model that tests run on into target/test-models
";

fn main() -> ExitCode {
    let task = std::env::args().nth(1);
    let outcome = match task.as_deref() {
        Some("check") => check::run(),
        Some("interop") => interop::run(),
        Some("test-model") => check::fetch_test_model(),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            process::say(&message);
            ExitCode::FAILURE
        }
    }
}
