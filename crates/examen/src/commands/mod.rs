//! The commands, one file each: arguments → settings → the stage → what the user reads.

pub(crate) mod annotate;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod evaluate;
pub(crate) mod extract_document;
pub(crate) mod generate;
pub(crate) mod models;
pub(crate) mod prompts;
pub(crate) mod publish;
pub(crate) mod restore;
pub(crate) mod score;
pub(crate) mod serve;

use crate::{
    arguments::Command,
    failure::{Ending, Failure},
};

/// Runs one command to its end.
pub(crate) fn run(command: Command) -> Result<Ending, Failure> {
    match command {
        Command::Generate(arguments) => generate::run(*arguments),
        Command::Prompts(arguments) => prompts::run(&arguments),
        Command::Annotate(arguments) => annotate::run(arguments),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Backup(arguments) => backup::run(arguments),
        Command::Restore(arguments) => restore::run(arguments),
        Command::Audit(arguments) => audit::run(arguments),
        Command::Publish(arguments) => publish::run(arguments),
        Command::Evaluate(arguments) => evaluate::run(arguments),
        Command::Score(arguments) => score::run(arguments),
        Command::Models(arguments) => models::run(arguments),
        Command::Doctor(arguments) => doctor::run(arguments),
        Command::Demo(arguments) => demo::run(arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::ManPages(arguments) => completions::man_pages(&arguments),
        Command::ExtractDocument(arguments) => extract_document::run(arguments),
    }
}
