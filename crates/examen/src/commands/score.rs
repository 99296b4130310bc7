//! `examen score`: log-probabilities of given continuations, JSONL in, JSONL out.

use crate::{
    console::{self, Bar},
    failure::{Ending, Failure},
    interrupt::until_interrupted,
    models,
};
use clap::Args;
use examen_core::Progress;
use examen_llm::{ContinuationScorer, ScoreReply, ScoreRequest};
use serde::Serialize;
use std::{
    fs,
    io::{self, Read},
    path::PathBuf,
};

/// Print log-probabilities of given continuations.
///
/// Reads one JSON object a line, {"context": "…", "continuations": ["…", …]}, and prints one a line, in the same order:
/// {"log_probs": [sum, …], "token_log_probs": [[…], …], "is_greedy": [true, …]}. Natural logarithms. Whether a
/// continuation starts with a space is the caller's choice.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Model: a name from `examen models`, a path, hf:ORG/REPO, pypi:…
    #[arg(long, value_name = "MODEL")]
    model: String,
    /// JSONL file; - is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Threads (default: all cores)
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

const EXAMPLES: &str = "\
Examples:
  echo '{\"context\": \"The capital of France is\", \"continuations\": [\" Paris\", \" Rome\"]}' | examen score --model smollm2-135m
  examen score --model ./model.gguf requests.jsonl > scores.jsonl";

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    let requests = parse(&read(&arguments.file)?)?;
    let replies = until_interrupted("run the same command again", score(arguments, requests))?;
    for reply in &replies {
        console::print(&serde_json::to_string(&Line::from(reply)).expect("numbers serialise"))?;
    }
    Ok(Ending::Complete)
}

async fn score(arguments: Arguments, requests: Vec<ScoreRequest>) -> Result<Vec<ScoreReply>, Failure> {
    let engine = models::engine(&arguments.model, arguments.threads).await?.engine;
    let scoring = move || {
        let bar = Bar::new();
        bar.begin("scoring", requests.len() as u64);
        let replies = engine.score(&requests, &|n| bar.advance(n as u64));
        bar.end();
        replies.map_err(Failure::from)
    };
    tokio::task::spawn_blocking(scoring).await.map_err(|error| Failure::new(format!("the scoring stopped: {error}")))?
}

#[derive(Serialize)]
struct Line<'a> {
    log_probs: Vec<f64>,
    token_log_probs: Vec<&'a [f64]>,
    is_greedy: Vec<bool>,
    #[serde(skip_serializing_if = "is_zero")]
    n_truncated: usize,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

impl<'a> From<&'a ScoreReply> for Line<'a> {
    fn from(reply: &'a ScoreReply) -> Self {
        let continuations = &reply.continuations;
        Self {
            log_probs: continuations.iter().map(|continuation| continuation.log_prob().0).collect(),
            token_log_probs: continuations.iter().map(|continuation| &continuation.token_log_probs[..]).collect(),
            is_greedy: continuations.iter().map(|continuation| continuation.is_greedy).collect(),
            n_truncated: reply.n_truncated,
        }
    }
}

fn read(file: &PathBuf) -> Result<String, Failure> {
    let mut text = String::new();
    let read = match file.as_os_str() == "-" {
        true => io::stdin().read_to_string(&mut text).map(|_| text),
        false => fs::read_to_string(file),
    };
    read.map_err(|error| Failure::new(format!("could not read {}: {error}", file.display())))
}

fn parse(text: &str) -> Result<Vec<ScoreRequest>, Failure> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            serde_json::from_str(line).map_err(|error| {
                Failure::new(format!("line {} is not a scoring request: {error}", number + 1))
                    .hint(r#"each line is {"context": "…", "continuations": ["…", "…"]}"#)
            })
        })
        .collect()
}
