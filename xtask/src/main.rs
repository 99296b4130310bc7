//! Developer tasks: `cargo xtask check` is what CI runs first, `cargo xtask interop` second.

mod bench;
mod check;
mod compare;
mod interop;
mod postgres;
mod process;
mod server;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask TASK

  check       formatting, clippy, the page's types and tests, all Rust tests and doc tests
  interop     Python opens what we write, a real browser reviews questions, Argilla's SDK uses the server, Debian's
              manuals are read (needs python3 -m venv, Chromium, Node, PostgreSQL, poppler); `cargo xtask interop --help` lists its parts
  bench       measures the engine, the review server, the generation; `cargo xtask bench` lists what there is
  compare     two binaries write the same files from the same input: `cargo xtask compare BEFORE AFTER`
  test-model  fetches the small model that tests run on into target/test-models
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let outcome = match arguments.next().as_deref() {
        Some("bench") => bench::run(arguments),
        Some("check") => check::run(),
        Some("compare") => compare::run(arguments),
        Some("interop") => interop::run(arguments),
        Some("test-model") => process::build().and_then(|()| check::fetch_test_model()),
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
