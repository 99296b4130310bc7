//! `examen score`: log-probabilities of given continuations, JSONL in, JSONL out.

mod lines;
mod replies;

use crate::{
    console::{self, Bar},
    failure::{Ending, Failure},
    interrupt::until_interrupted,
    models::{self, Use},
    next::Next,
};
use clap::Args;
use examen_core::{Progress, Silent};
use examen_engine::Engine;
use examen_llm::{ScoreError, ScoreRequest};
use lines::{Line, Lines};
use replies::{InOrder, Outcome};
use std::{
    io::{self, IsTerminal},
    ops::ControlFlow,
    path::PathBuf,
};

/// Print how likely a model finds given continuations of a text
///
/// Reads one JSON object per line, {"context": "…", "continuations": ["…", …]}, and prints one per line, in the same order:
/// {"log_probs": [sum, …], "token_log_probs": [[…], …], "is_greedy": [true, …], "n_tokens": [3, …], "n_context_tokens":
/// 20}, and "n_truncated" if the context was too long. A line that cannot be scored is answered with {"error": "…"} in its
/// place, and the command ends with 3. Logarithms are natural. Begin a continuation with a space where the
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
    // A wrong name is told before anything is read.
    models::locate(&arguments.model, Use::Scoring)?;
    let mut lines = Lines::open(&arguments.file, arguments.chat)?;
    // A file that cannot be read is told before a model is fetched.
    let first = lines.next_chunk(CHUNK)?;
    let next = Next::command("evaluate").option("--model", &arguments.model);
    let form = lines.form();
    let tally = until_interrupted("run the same command again", score(arguments, first, lines))?;
    if let Some(failed) = tally.first_error {
        console::warn(&format!(
            "{} of {} lines have no scores but an \"error\"; the first: {failed}\n\nhint: each line is {form}",
            tally.n_failed, tally.n_lines
        ));
    }
    Ok(Ending::of(tally.n_failed == 0, next))
}

/// Lines that were printed, and those of them without scores.
#[derive(Default)]
struct Tally {
    n_lines: usize,
    n_failed: usize,
    first_error: Option<String>,
}

async fn score(arguments: Arguments, first: Vec<Line>, mut lines: Lines) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    let mut chunk = first;
    // Lines that ask for nothing need no model.
    while !chunk.is_empty() && chunk.iter().all(|line| line.asked.is_err()) {
        if Printing::new(&chunk, &mut tally).refuse_all()?.is_break() {
            return Ok(tally);
        }
        chunk = lines.next_chunk(CHUNK)?;
    }
    if chunk.is_empty() {
        return Ok(tally);
    }
    let engine = engine(&arguments).await?;
    let scoring = move || {
        // On a terminal the lines themselves show how far it is.
        let bar: &dyn Progress = if io::stdout().is_terminal() {
            &Silent
        } else {
            &Bar::new()
        };
        bar.begin("scoring", 0);
        while !chunk.is_empty() && score_chunk(&engine, &chunk, &mut tally)?.is_continue() {
            bar.note(&format!("{} lines", tally.n_lines));
            chunk = lines.next_chunk(CHUNK)?;
        }
        bar.end();
        Ok(tally)
    };
    tokio::task::spawn_blocking(scoring)
        .await
        .map_err(|error| Failure::new(format!("the scoring stopped: {error}")))?
}

/// The model, which can chat if it has to.
async fn engine(arguments: &Arguments) -> Result<Engine, Failure> {
    let engine = models::engine(&arguments.model, arguments.hardware, Use::Scoring)
        .await?
        .engine;
    let about = engine.description();
    match &about.template_fault {
        Some(fault) if arguments.chat => Err(models::broken_template(&arguments.model, fault)),
        None if arguments.chat && !about.can_chat => Err(Failure::usage(format!(
            "`{}` is a base model without a chat template",
            arguments.model
        ))
        .hint("leave out --chat to score plain text, or choose an instruction-tuned model")),
        _ => Ok(engine),
    }
}

/// Printing of a chunk's outcomes.
struct Printing<'a> {
    chunk: &'a [Line],
    tally: &'a mut Tally,
    in_order: InOrder,
    failed: Option<Failure>,
}

impl<'a> Printing<'a> {
    fn new(chunk: &'a [Line], tally: &'a mut Tally) -> Self {
        Self {
            in_order: InOrder::new(chunk.len()),
            chunk,
            tally,
            failed: None,
        }
    }

    /// Counts the outcome of the line at `index` and prints what can be printed. Breaks off when nobody reads any more.
    fn take(&mut self, index: usize, outcome: Outcome) -> ControlFlow<()> {
        let number = self.chunk[index].number;
        let outcome = outcome.map_err(|reason| format!("line {number}: {reason}"));
        self.tally.n_lines += 1;
        if let Err(error) = &outcome {
            self.tally.n_failed += 1;
            self.tally.first_error.get_or_insert_with(|| error.clone());
        }
        self.in_order
            .print(index, &outcome)
            .unwrap_or_else(|failure| {
                self.failed = Some(failure);
                ControlFlow::Break(())
            })
    }

    /// Prints why no line of the chunk asks for anything.
    fn refuse_all(mut self) -> Result<ControlFlow<()>, Failure> {
        let refusals = self.chunk.iter().enumerate();
        let flow = refusals
            .filter_map(|(index, line)| Some((index, line.asked.as_ref().err()?.clone())))
            .try_for_each(|(index, reason)| self.take(index, Err(reason)));
        self.end(flow)
    }

    fn end(self, flow: ControlFlow<()>) -> Result<ControlFlow<()>, Failure> {
        self.failed.map_or(Ok(flow), Err)
    }
}

/// Prints a line for each, as soon as those before it are printed. Breaks off when nobody reads any more.
fn score_chunk(
    engine: &Engine,
    chunk: &[Line],
    tally: &mut Tally,
) -> Result<ControlFlow<()>, Failure> {
    let mut printing = Printing::new(chunk, tally);
    let (mut requests, mut indices) = (Vec::new(), Vec::new());
    for (index, line) in chunk.iter().enumerate() {
        match request(engine, line) {
            Ok(request) => {
                requests.push(request);
                indices.push(index);
            }
            Err(reason) => {
                if printing.take(index, Err(reason)).is_break() {
                    return printing.end(ControlFlow::Break(()));
                }
            }
        }
    }
    let ended = engine.score_good(&requests, &mut |index, outcome| {
        printing.take(indices[index], outcome)
    });
    match ended {
        Ok(()) => printing.end(ControlFlow::Continue(())),
        Err(ScoreError::Cancelled) => printing.end(ControlFlow::Break(())),
        Err(error) => Err(error.into()),
    }
}

/// The request of a line, or why it has none.
fn request(engine: &Engine, line: &Line) -> Result<ScoreRequest, String> {
    let asked = line.asked.as_ref().map_err(String::clone)?;
    let context = match &asked.messages {
        None => asked.context.clone(),
        Some(messages) => engine
            .render_chat(messages, true)
            .map_err(|error| error.to_string())?,
    };
    Ok(ScoreRequest {
        context,
        continuations: asked.continuations.clone(),
    })
}
