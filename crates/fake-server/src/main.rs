//! The fake server as a program.

use clap::Parser;
use examen_fake_server::{Abilities, Echo, EchoApi, FakeServer, Faults};
use std::{
    io::{Read, Write, stdin, stdout},
    process::ExitCode,
    time::Duration,
};

/// Answer OpenAI's API like a model that knows the sample documents, with faults on request.
///
/// Prints its address on a line and runs until its standard input ends. `GET /stats` counts requests, replies,
/// documents, repeated documents and the most requests in flight.
#[derive(Debug, Parser)]
struct Arguments {
    /// Port on the loopback interface; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Time that a reply takes, in milliseconds
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Every Nth request takes --slow-ms instead; 0: none
    #[arg(long, value_name = "N", default_value_t = 0)]
    slow_every: u64,
    /// Time of a slow reply, in milliseconds
    #[arg(long, default_value_t = 0)]
    slow_ms: u64,
    /// Every Nth request gets an error; 0: none
    #[arg(long, value_name = "N", default_value_t = 0)]
    fail_every: u64,
    /// Status of those errors [default: 500]
    #[arg(long)]
    fail_code: Option<u16>,
    /// Retry-After of every error, in seconds
    #[arg(long)]
    retry_after: Option<u64>,
    /// The first reply about every Nth document is half of its JSON after some words; 0: none
    #[arg(long, value_name = "N", default_value_t = 0)]
    bad_every: u64,
    /// The first reply about every Nth document is cut; 0: none
    #[arg(long, value_name = "N", default_value_t = 0)]
    truncated_every: u64,
    /// Answer 429 beyond N requests at once
    #[arg(long, value_name = "N")]
    max_in_flight: Option<usize>,
    /// Numbers of documents whose requests get a 400
    #[arg(long, value_name = "N,N", value_delimiter = ',')]
    poison: Vec<u64>,
    #[command(flatten)]
    abilities: AbilityArguments,
}

/// What it can do beside writing.
#[derive(Debug, clap::Args)]
struct AbilityArguments {
    /// Echo prompts with log-probabilities: right, or wrong in a way such as shifted-left, no-first or only-written
    #[arg(long, value_name = "HOW")]
    echo: Option<Echo>,
    /// API by which the echo is asked for: openai, vllm, sglang, tgi
    #[arg(long, value_name = "API", default_value = "openai")]
    echo_api: EchoApi,
    /// Most top_logprobs that a chat gives; 0: none
    #[arg(long, value_name = "N", default_value_t = 0)]
    top_logprobs: usize,
    /// Think before each answer to a question with options
    #[arg(long)]
    thinking: bool,
    /// Cut the reply to one of N questions with options before its answer; 0: none
    #[arg(long, value_name = "N", default_value_t = 0)]
    cut_every: u64,
    /// Refuse every response_format
    #[arg(long)]
    no_schema: bool,
}

impl From<AbilityArguments> for Abilities {
    fn from(arguments: AbilityArguments) -> Self {
        Self {
            echo: arguments.echo.map(|echo| (arguments.echo_api, echo)),
            top_log_probs: arguments.top_logprobs,
            thinking: arguments.thinking,
            cut_every: arguments.cut_every,
            no_schema: arguments.no_schema,
        }
    }
}

impl Arguments {
    fn faults(&self) -> Faults {
        let arguments = self;
        Faults {
            latency: Duration::from_millis(arguments.latency_ms),
            slow_every: arguments.slow_every,
            slow: Duration::from_millis(arguments.slow_ms),
            hold: None,
            fail_every: arguments.fail_every,
            fail_code: arguments.fail_code,
            bad_every: arguments.bad_every,
            truncated_every: arguments.truncated_every,
            retry_after: arguments.retry_after,
            max_in_flight: arguments.max_in_flight,
            poisoned: arguments.poison.clone(),
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match serve(
        arguments.port,
        arguments.faults(),
        arguments.abilities.into(),
    ) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(
                std::io::stderr(),
                "error: the fake server cannot serve: {error}"
            );
            ExitCode::FAILURE
        }
    }
}

fn serve(port: u16, faults: Faults, abilities: Abilities) -> std::io::Result<()> {
    let server = FakeServer::start_with(port, faults, abilities)?;
    writeln!(stdout(), "{}", server.url())?;
    stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
