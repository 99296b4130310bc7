//! `examen models serve`: a model of this machine behind OpenAI's API.

use crate::{
    console,
    failure::{Ending, Failure},
    interrupt, listener,
    models::{self, Use},
    next::Next,
    number::number_in,
    paths,
};
use clap::Args;
use examen_model_server::Settings;
use std::{net::IpAddr, sync::Arc, time::Duration};

/// Characters of a key that others may try to guess.
const SHORTEST_KEY: usize = 16;

/// Serve a model of this machine to programs that speak OpenAI's API
///
/// Answers /v1/completions (with `echo` and `logprobs`, as lm-evaluation-harness's local-completions asks), /v1/chat/completions
/// (streams, log-probabilities, JSON schemas, patterns), /v1/models, /tokenize and /health. Requests that come at the same time are
/// computed together.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// A name from `examen models`, a file, a folder or hf:ORG/REPO
    #[arg(value_name = "MODEL")]
    model: String,
    #[command(flatten)]
    hardware: models::Hardware,
    /// Port
    #[arg(
        long,
        value_name = "N",
        default_value_t = 8080,
        help_heading = "Network"
    )]
    port: u16,
    /// Address to listen on; one that others can reach requires a key
    #[arg(
        long,
        value_name = "IP",
        default_value = "127.0.0.1",
        help_heading = "Network"
    )]
    host: IpAddr,
    /// Key that requests must bring as `Authorization: Bearer KEY` (default: EXAMEN_MODEL_KEY, else none, and only programs of
    /// this machine are served)
    #[arg(long, value_name = "KEY", help_heading = "Network")]
    key: Option<String>,
    /// Most requests at a time, waiting ones included; others are answered 503
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=65_536), help_heading = "Limits")]
    max_requests: u32,
    /// Largest body of a request, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1024), help_heading = "Limits")]
    max_body: u32,
    /// Longest time for a request, in seconds; then it is answered 408, or its stream ends
    #[arg(long, value_name = "SECONDS", default_value_t = 600.0, value_parser = number_in(0.1..=86_400.0), help_heading = "Limits")]
    request_timeout: f64,
}

const EXAMPLES: &str = "\
Examples:
  On this machine, at http://127.0.0.1:8080/v1:
    examen models serve smollm2-135m
  lm-evaluation-harness runs its own task on it, without any file of the model:
    lm_eval --model local-completions --tasks arc_easy \\
        --model_args model=smollm2-135m,base_url=http://127.0.0.1:8080/v1/completions,num_concurrent=8
  LightEval, through litellm:
    lighteval endpoint litellm \"model_name=openai/smollm2-135m,base_url=http://127.0.0.1:8080/v1,api_key=none\" TASK
  For others, with a key:
    EXAMEN_MODEL_KEY=\"$(openssl rand -hex 24)\" examen models serve qwen2.5-7b --host 0.0.0.0";

/// Serves until the process is asked to stop.
pub(super) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    let settings = settings(&arguments)?;
    let runtime = interrupt::runtime()?;
    let ended = runtime.block_on(serve(&arguments, settings));
    // A forward that runs does not keep the process.
    runtime.shutdown_background();
    ended.map(|()| Ending::silent())
}

fn settings(arguments: &Arguments) -> Result<Settings, Failure> {
    let key = arguments.key.clone();
    let key = key.or_else(|| paths::variable("EXAMEN_MODEL_KEY"));
    let is_blank = |key: &String| key.trim().is_empty() || key.contains(char::is_whitespace);
    if key.as_ref().is_some_and(is_blank) {
        return Err(Failure::usage("the key is blank or has spaces in it"));
    }
    let length = key.as_ref().map_or(0, |key| key.chars().count());
    if !arguments.host.is_loopback() && length < SHORTEST_KEY {
        let fault = match key {
            None => "no key was given".to_owned(),
            Some(_) => format!("the key has fewer than {SHORTEST_KEY} characters"),
        };
        return Err(Failure::usage(format!(
            "--host {} opens the server to others, and {fault}: not started",
            arguments.host
        ))
        .hint(
            "make one with `openssl rand -hex 24` and give it as EXAMEN_MODEL_KEY or with --key",
        ));
    }
    Ok(Settings {
        key,
        max_body: arguments.max_body as usize * 1024 * 1024,
        max_requests: arguments.max_requests as usize,
        request_timeout: Duration::from_secs_f64(arguments.request_timeout),
        ..Settings::new(&arguments.model, jiff::Timestamp::now)
    })
}

async fn serve(arguments: &Arguments, settings: Settings) -> Result<(), Failure> {
    let mut stopped = Box::pin(interrupt::stop_signals()?);
    // Before the model is loaded, so that a taken port is told at once.
    let (host, port) = (arguments.host, arguments.port);
    let hint = "another program has the port; choose one with --port";
    let listener = listener::listen(host, port, hint).await?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::new(error.to_string()))?;
    let loading = models::engine(&arguments.model, arguments.hardware, Use::Scoring);
    let loaded = tokio::select! {
        loaded = loading => loaded?,
        () = &mut stopped => return Ok(()),
    };
    let name = examen_llm::ContinuationScorer::id(&loaded.engine).to_owned();
    let about = loaded.engine.description();
    if !about.can_chat {
        let fault = about.template_fault.clone();
        let fault = fault.unwrap_or_else(|| "it has no chat template".to_owned());
        console::say(&format!(
            "note: only completions are answered, no chats: {fault}"
        ));
    }
    if !host.is_loopback() {
        console::warn(
            "others can reach this server, and the key and all texts travel UNENCRYPTED: put it behind a proxy with TLS",
        );
    }
    console::insist(&format!(
        "`{name}` is served at http://{address}/v1 (Ctrl-C stops)"
    ));
    let next = Next::command("evaluate").option("--model", &name);
    let next = next.option("--base-url", format!("http://{address}/v1"));
    console::say(&format!("next: {next}"));
    let mut names = vec![name];
    names.extend(settings.names.clone());
    let settings = Settings { names, ..settings };
    examen_model_server::serve(listener, Arc::new(loaded.engine), settings, stopped).await;
    Ok(())
}
