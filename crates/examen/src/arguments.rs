//! The command line as a whole. Each command's own flags are beside its code.

use crate::{
    commands::{
        annotate, audit, backup, completions, demo, doctor, evaluate, extract_document, generate,
        models, prompts, publish, restore, score, serve,
    },
    console::{LogFormat, LogLevel},
};
use clap::{Parser, Subcommand};

/// Documents in, a trustworthy multiple-choice exam out, language models graded with it.
#[derive(Debug, Parser)]
#[command(name = "examen", version, max_term_width = 110, after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Tell more on stderr (-vv: even more)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

const AFTER_HELP: &str = "\
Examples:
  examen demo                                                     the whole path on sample documents
  examen generate --input-dir docs --model-id smollm2-135m --output-path out
  examen annotate --dataset-path out --output-dataset-name exam
  examen serve --username ana --password 'a long one'
  examen publish --dataset-path exam --output published
  examen evaluate --model smollm2-135m --dataset published

Exit codes:
  0  all was done
  1  the work failed; the message says why and what to do
  2  wrong usage, or something that this version cannot do; nothing was begun
  3  results were written, but part of the work failed and is labelled so
  130  interrupted by Ctrl-C; the message says how to go on

Environment:
  EXAMEN_CACHE     where fetched models are kept
  EXAMEN_DATA      folder of the review store (default: examen-data)
  EXAMEN_PASSWORD  the owner's password for `examen serve`; EXAMEN_API_KEY likewise
  EXAMEN_LOG       what is logged, such as `debug` or `examen_llm=info`
  ARGILLA_API_URL  with a flag that names an Argilla server: its address; ARGILLA_API_KEY: your key
  OPENAI_API_KEY   key for --base-url, where the server wants one; vendors have their own
  HF_TOKEN         token for the Hugging Face Hub and its providers; HF_ENDPOINT names another Hub";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write exam questions from a folder of documents
    Generate(Box<generate::Arguments>),
    /// Write the prompts of `generate` to a folder, to change them
    Prompts(prompts::Arguments),
    /// Load generated questions into a store where people review them
    Annotate(annotate::Arguments),
    /// Open the review page
    Serve(serve::Arguments),
    /// Copy a review store, also while it is served
    Backup(backup::Arguments),
    /// Put a copy of a review store in its place
    Restore(restore::Arguments),
    /// Show who did what to accounts and datasets of a review store
    Audit(audit::Arguments),
    /// Turn reviewed questions into a dataset folder
    Publish(publish::Arguments),
    /// Grade a model with a published exam
    Evaluate(evaluate::Arguments),
    /// Print log-probabilities of given continuations
    Score(score::Arguments),
    /// List, fetch and remove models
    Models(models::Arguments),
    /// Look at a model or its server: what generate and evaluate can do with it
    Doctor(doctor::Arguments),
    /// Run all four steps on sample documents with a small model
    Demo(demo::Arguments),
    /// Print completions for a shell
    Completions(completions::Arguments),
    /// Write man pages, for packages
    #[command(hide = true)]
    ManPages(completions::ManPages),
    /// Read documents for `generate`, in a process of its own
    #[command(hide = true)]
    ExtractDocument(extract_document::Arguments),
}

impl Command {
    /// What the command wants logged, and how; only the server says.
    pub(crate) fn logging(&self) -> (Option<LogLevel>, LogFormat) {
        match self {
            Self::Serve(arguments) => (arguments.logging().level, arguments.logging().format),
            _ => (None, LogFormat::Text),
        }
    }
}

/// Reads the command line; prints help or a usage error and exits (code 2) where that is all there is to do.
pub(crate) fn parse() -> Arguments {
    Arguments::parse()
}
