//! `xtask fake-server`: [`examen_fake_server`] as a program.

use crate::process::{Outcome, number};
use examen_fake_server::{FakeServer, Faults};
use std::{
    io::{Read, Write, stdin, stdout},
    time::Duration,
};

const USAGE: &str = "\
usage: cargo xtask fake-server [OPTIONS]

Prints its address on a line, and ends when its standard input does.

  --port N             where it listens (0: any free port)
  --latency-ms N       how long a reply takes (0)
  --slow-every N       every Nth request takes --slow-ms instead
  --slow-ms N
  --fail-every N       every Nth request gets an error, with --fail-code (500)
  --fail-code N
  --retry-after S      in every error
  --bad-every N        the first reply about every Nth document is half of its JSON after some words
  --truncated-every N  the first reply about every Nth document is cut
  --max-in-flight N    429 beyond
  --poison N,N         documents of these numbers get a 400

`GET /stats` counts: requests, replies, documents and those asked about again, the most in flight.";

/// Reads the arguments after `fake-server`, and serves until whoever holds the other end of standard input lets go.
pub(crate) fn run(mut arguments: impl Iterator<Item = String>) -> Outcome {
    let (mut faults, mut port) = (Faults::default(), 0);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(USAGE)?;
        match name.as_str() {
            "--port" => port = number(&value)?,
            name => set(&mut faults, name, &value)?,
        }
    }
    let failed = |error: std::io::Error| format!("the fake server cannot serve: {error}");
    let server = FakeServer::start(port, faults).map_err(failed)?;
    writeln!(stdout(), "{}", server.url()).map_err(failed)?;
    let _ = stdin().read_to_end(&mut Vec::new());
    Ok(())
}

fn set(faults: &mut Faults, name: &str, value: &str) -> Outcome {
    let milliseconds = || number(value).map(Duration::from_millis);
    match name {
        "--latency-ms" => faults.latency = milliseconds()?,
        "--slow-every" => faults.slow_every = number(value)?,
        "--slow-ms" => faults.slow = milliseconds()?,
        "--fail-every" => faults.fail_every = number(value)?,
        "--fail-code" => faults.fail_code = Some(number(value)?),
        "--retry-after" => faults.retry_after = Some(number(value)?),
        "--bad-every" => faults.bad_every = number(value)?,
        "--truncated-every" => faults.truncated_every = number(value)?,
        "--max-in-flight" => faults.max_in_flight = Some(number(value)?),
        "--poison" => faults.poisoned = value.split(',').map(number).collect::<Outcome<_>>()?,
        _ => return Err(USAGE.to_owned()),
    }
    Ok(())
}
