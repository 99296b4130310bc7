//! `examen score`: log-probabilities of given continuations, JSONL in, JSONL out.

mod lines;
mod replies;

use crate::{
    console::Bar,
    failure::{Ending, Failure},
    interrupt::until_interrupted,
    models::{self, Use},
    next::Next,
};
use clap::Args;
use examen_core::{Progress, Silent};
use examen_engine::Engine;
use examen_llm::{ContinuationScorer, ScoreError, ScoreRequest};
use lines::{Line, Lines};
use replies::InOrder;
use std::{
    io::{self, IsTerminal},
    ops::ControlFlow,
    path::PathBuf,
};

/// Print how likely a model finds given continuations of a text
///
/// Reads one JSON object per line, {"context": "…", "continuations": ["…", …]}, and prints one per line, in the same order:
/// {"log_probs": [sum, …], "token_log_probs": [[…], …], "is_greedy": [true, …], "n_tokens": [3, …], "n_context_tokens":
/// 20}, and "n_truncated" if the context was too long. Logarithms are natural. Begin a continuation with a space where the
/// text needs one. 1,024 lines are scored together; contexts that begin alike are computed once.
///
/// With --chat, each context becomes a user message in the model's chat template; "messages": [{"role": "user", "content":
/// "…"}, …] gives a whole conversation instead. The continuations are scored as the model's reply.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Model: a name from `examen models`, a file, a folder or hf:ORG/REPO
    #[arg(long, alias = "model-id", value_name = "MODEL", help_heading = models::HEADING)]
    model: String,
    /// File of JSON lines; - is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Score the continuations as replies in a conversation
    #[arg(long, help_heading = models::HEADING)]
    chat: bool,
    #[command(flatten)]
    hardware: models::Hardware,
}

const EXAMPLES: &str = "\
Examples:
  examen score --model smollm2-135m requests.jsonl > scores.jsonl
  examen score --model ./model.gguf --chat conversations.jsonl | jq .log_probs
  echo '{\"context\": \"The capital of France is\", \"continuations\": [\" Paris\", \" Rome\"]}' |
    examen score --model smollm2-135m";

/// Lines that are scored together.
const CHUNK: usize = 1024;

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    let mut lines = Lines::open(&arguments.file, arguments.chat)?;
    // A mistake at the start is told before a model is fetched.
    let first = lines.next_chunk(CHUNK)?;
    let next = Next::command("evaluate").option("--model", &arguments.model);
    until_interrupted("run the same command again", score(arguments, first, lines))?;
    Ok(Ending::complete(next))
}

async fn score(arguments: Arguments, first: Vec<Line>, mut lines: Lines) -> Result<(), Failure> {
    let engine = models::engine(&arguments.model, arguments.hardware, Use::Scoring)
        .await?
        .engine;
    let about = engine.description();
    if let (true, Some(fault)) = (arguments.chat, &about.template_fault) {
        return Err(models::broken_template(&arguments.model, fault));
    }
    if arguments.chat && !about.can_chat {
        return Err(Failure::usage(format!(
            "`{}` is a base model without a chat template",
            arguments.model
        ))
        .hint("leave out --chat to score plain text, or choose an instruction-tuned model"));
    }
    let scoring = move || {
        // On a terminal the lines themselves show how far it is.
        let bar: &dyn Progress = if io::stdout().is_terminal() {
            &Silent
        } else {
            &Bar::new()
        };
        bar.begin("scoring", 0);
        let mut n_done = 0;
        let mut chunk = first;
        while !chunk.is_empty() && score_chunk(&engine, &chunk)?.is_continue() {
            n_done += chunk.len();
            bar.note(&format!("{n_done} lines"));
            chunk = lines.next_chunk(CHUNK)?;
        }
        bar.end();
        Ok(())
    };
    tokio::task::spawn_blocking(scoring)
        .await
        .map_err(|error| Failure::new(format!("the scoring stopped: {error}")))?
}

/// Prints a line for each, as soon as those before it are printed. Breaks off when nobody reads any more.
fn score_chunk(engine: &Engine, chunk: &[Line]) -> Result<ControlFlow<()>, Failure> {
    let requests = chunk
        .iter()
        .map(|line| request(engine, line))
        .collect::<Result<Vec<_>, _>>()?;
    let mut printer = InOrder::new(requests.len());
    let mut failed = None;
    let ended = engine.score_each(&requests, &mut |index, reply| {
        printer.print(index, &reply).unwrap_or_else(|failure| {
            failed = Some(failure);
            ControlFlow::Break(())
        })
    });
    match (failed, ended) {
        (Some(failure), _) => Err(failure),
        (None, Ok(())) => Ok(ControlFlow::Continue(())),
        (None, Err(ScoreError::Cancelled)) => Ok(ControlFlow::Break(())),
        (None, Err(ScoreError::Request { index, reason })) if index < chunk.len() => {
            Err(chunk[index].wrong(&reason))
        }
        (None, Err(error)) => Err(error.into()),
    }
}

fn request(engine: &Engine, line: &Line) -> Result<ScoreRequest, Failure> {
    let context = match &line.messages {
        None => line.context.clone(),
        Some(messages) => engine
            .render_chat(messages, true)
            .map_err(|error| line.wrong(&error.to_string()))?,
    };
    Ok(ScoreRequest {
        context,
        continuations: line.continuations.clone(),
    })
}
