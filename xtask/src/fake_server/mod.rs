//! `cargo xtask fake-server`: [`examen_fake_server`] as a program, and as a child process of other tasks.

mod child;

pub(crate) use child::FakeServer;

use crate::process::Outcome;
use examen_fake_server::Faults;
use std::{
    io::{Read, Write, stdin, stdout},
    time::Duration,
};

/// `GET /stats` counts requests, replies, documents, documents asked about again, and the most requests in flight.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Port to listen on (0: any free port)
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// Time that a reply takes
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency_ms: u64,
    /// Delay every Nth request by --slow-ms instead (0: none)
    #[arg(long, value_name = "N", default_value_t = 0)]
    slow_every: u64,
    /// Time that a slow reply takes
    #[arg(long, value_name = "MS", default_value_t = 0)]
    slow_ms: u64,
    /// Answer every Nth request with an error (0: none)
    #[arg(long, value_name = "N", default_value_t = 0)]
    fail_every: u64,
    /// Status of these errors [default: 500]
    #[arg(long, value_name = "CODE")]
    fail_code: Option<u16>,
    /// `Retry-After` of every error
    #[arg(long, value_name = "SECONDS")]
    retry_after: Option<u64>,
    /// Break the JSON of the first reply about every Nth document (0: none)
    #[arg(long, value_name = "N", default_value_t = 0)]
    bad_every: u64,
    /// Cut the first reply about every Nth document (0: none)
    #[arg(long, value_name = "N", default_value_t = 0)]
    truncated_every: u64,
    /// Answer 429 to more requests at once than this
    #[arg(long, value_name = "N")]
    max_in_flight: Option<usize>,
    /// Answer 400 to requests about the documents of these numbers
    #[arg(long, value_name = "N,N", value_delimiter = ',')]
    poison: Vec<u64>,
}

/// Serves until the other end of standard input is closed.
pub(crate) fn run(arguments: Arguments) -> Outcome {
    let port = arguments.port;
    let failed = |error: std::io::Error| format!("the fake server cannot serve: {error}");
    let server = examen_fake_server::FakeServer::start(port, arguments.into()).map_err(failed)?;
    writeln!(stdout(), "{}", server.url()).map_err(failed)?;
    let _ = stdin().read_to_end(&mut Vec::new());
    Ok(())
}

impl From<Arguments> for Faults {
    fn from(arguments: Arguments) -> Self {
        Self {
            latency: Duration::from_millis(arguments.latency_ms),
            slow_every: arguments.slow_every,
            slow: Duration::from_millis(arguments.slow_ms),
            fail_every: arguments.fail_every,
            fail_code: arguments.fail_code,
            retry_after: arguments.retry_after,
            bad_every: arguments.bad_every,
            truncated_every: arguments.truncated_every,
            max_in_flight: arguments.max_in_flight,
            poisoned: arguments.poison,
            ..Self::default()
        }
    }
}
