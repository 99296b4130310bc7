//! The command line as a whole. Each command's own flags are beside its code.

mod config;
mod run_settings;

use crate::{commands::Command, console, failure::Failure, program};
use clap::{CommandFactory, FromArgMatches, Parser};
use std::{env, ffi::OsString, path::PathBuf};

/// Turn documents into a multiple-choice exam that experts have reviewed, and grade language models with it
#[derive(Debug, Parser)]
#[command(
    name = "examen",
    version = env!("EXAMEN_VERSION"),
    max_term_width = 110,
    after_help = AFTER_HELP,
    disable_help_flag = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Read options from a TOML or YAML file: option names as keys. The command line overrides it
    #[arg(
        id = "config",
        long = "config",
        global = true,
        value_name = "FILE",
        help_heading = GENERAL,
        display_order = 1001
    )]
    _config: Option<PathBuf>,
    /// Print errors and warnings only, no progress or notes
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        help_heading = GENERAL,
        display_order = 1002
    )]
    pub(crate) quiet: bool,
    /// Log more to stderr (-vv: even more)
    #[arg(
        short,
        long,
        global = true,
        action = clap::ArgAction::Count,
        help_heading = GENERAL,
        display_order = 1003
    )]
    pub(crate) verbose: u8,
    /// Print help
    #[arg(
        id = "help",
        short = 'h',
        long = "help",
        global = true,
        action = clap::ArgAction::HelpLong,
        help_heading = GENERAL,
        display_order = 1004
    )]
    _help: Option<bool>,
}

/// Heading of the options that every command has.
const GENERAL: &str = "General options";

const AFTER_HELP: &str = "\
Start here:
  examen demo                            run every step on sample documents

Your own exam, from documents in ./data:
  examen generate --model qwen2.5-7b     documents in data/ → questions in exam_questions/
  examen annotate                        questions → review store
  examen serve                           review them in a browser
  examen publish                         reviewed questions → dataset in published/
  examen evaluate --model smollm2-1.7b   grade a model with it

Exit codes:
  0    everything was done
  1    the work failed; the message says why and what to do
  2    wrong usage, or something that this version cannot do; nothing was started
  3    results were written, but part of the work failed and is marked as failed
  130  interrupted by Ctrl-C; the message says how to go on

Environment:
  EXAMEN_CACHE     folder of fetched models
  EXAMEN_DATA      folder of the review store (default: examen-data)
  EXAMEN_PASSWORD  the owner's password for `examen serve`; EXAMEN_API_KEY: the owner's API key
  EXAMEN_LOG       what to log, such as `debug` or `examen_llm=info`
  ARGILLA_API_URL  address of the Argilla server, if an option asks for one; ARGILLA_API_KEY: your key
  OPENAI_API_KEY   API key for --base-url; each vendor of --provider has its own variable
  HF_TOKEN         token for the Hugging Face Hub and its providers; HF_ENDPOINT: another Hub";

/// Reads the command line and the file that --config names. Prints help or a usage error and exits (code 2) where that is
/// all there is to do.
pub(crate) fn parse() -> Result<Arguments, Failure> {
    program::define(Arguments::command);
    let mut command = Arguments::command();
    let words: Vec<OsString> = env::args_os().map(with_dashes).collect();
    let words = config::expand(words, &mut command)?;
    let matches = command.try_get_matches_from(words);
    let arguments = matches.and_then(|matches| Arguments::from_arg_matches(&matches));
    Ok(arguments.unwrap_or_else(|error| console::exit_with(&error)))
}

/// The word with `-` for each `_` of an option's name: the original workflow's scripts write `--input_dir`.
fn with_dashes(word: OsString) -> OsString {
    let Some(text) = word.to_str().filter(|text| text.starts_with("--")) else {
        return word;
    };
    match text.split_once('=') {
        Some((name, value)) => format!("{}={value}", name.replace('_', "-")).into(),
        None => text.replace('_', "-").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn underscores_are_dashes_in_names_and_stay_in_values() {
        let read = |word: &str| with_dashes(word.into()).into_string().unwrap();
        assert_eq!(read("--input_dir"), "--input-dir");
        assert_eq!(
            read("--model_args=pretrained=a_b"),
            "--model-args=pretrained=a_b"
        );
        assert_eq!(read("a_b"), "a_b");
    }

    #[test]
    fn the_whole_command_line_is_sound() {
        Arguments::command().debug_assert();
    }
}
