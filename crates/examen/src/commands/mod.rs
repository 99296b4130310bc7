//! The commands, one file each: arguments → settings → the stage → what the user reads.

pub(crate) mod annotate;
pub(crate) mod demo;
pub(crate) mod evaluate;
pub(crate) mod generate;
pub(crate) mod models;
pub(crate) mod publish;
pub(crate) mod score;
pub(crate) mod serve;

use crate::{
    arguments::Command,
    failure::{Ending, Failure},
};
use std::future::Future;

/// Runs one command to its end.
pub(crate) fn run(command: Command) -> Result<Ending, Failure> {
    match command {
        Command::Generate(arguments) => generate::run(arguments),
        Command::Annotate(arguments) => annotate::run(arguments),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Publish(arguments) => publish::run(arguments),
        Command::Evaluate(arguments) => evaluate::run(arguments),
        Command::Score(arguments) => score::run(arguments),
        Command::Models(arguments) => models::run(arguments),
        Command::Demo(arguments) => demo::run(arguments),
    }
}

/// Runs `work` until it ends or the user presses Ctrl-C. Stages are safe to stop anywhere: what is finished is on disk,
/// and `resume` says how to go on.
fn until_interrupted<T>(resume: &str, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime =
        tokio::runtime::Runtime::new().map_err(|error| Failure::new(format!("could not start threads: {error}")))?;
    let ended = runtime.block_on(async {
        tokio::select! {
            outcome = work => outcome,
            _ = tokio::signal::ctrl_c() => Err(Failure::interrupted(resume)),
        }
    });
    // Work that runs on blocking threads cannot be dropped; the process ends under it.
    runtime.shutdown_background();
    ended
}
