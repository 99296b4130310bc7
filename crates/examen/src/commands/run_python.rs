//! `examen run-python`: what starts the Python of task files. It gives up rights first: memory beyond a limit, and the
//! network; Python takes its place and cannot get them back.

use crate::{
    failure::{Ending, Failure},
    sandbox,
};
use clap::Args;
use std::process::Command;

/// Run the Python of task files: requests in, one per line as JSON; answers out
#[derive(Debug, Args)]
#[command(hide = true)]
pub(crate) struct Arguments {
    /// Python to run
    #[arg(long, value_name = "PROGRAM")]
    python: String,
    /// Memory limit in bytes
    #[arg(long, value_name = "BYTES")]
    max_memory: u64,
    /// Leave it the network
    #[arg(long)]
    network: bool,
}

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    sandbox::limit_resources(arguments.max_memory)?;
    if !arguments.network && !sandbox::cut_network() {
        return Err(
            Failure::new("this system cannot keep Python from the network")
                .hint("--bridge-network runs it with the network, if you trust the task file"),
        );
    }
    let mut python = Command::new(&arguments.python);
    python
        .args(["-X", "utf8", "-B", "-c", examen_evaluate::bridge::PROGRAM])
        // What huggingface_hub and datasets would look up is not there: they need not wait for it.
        .envs(
            [("HF_HUB_OFFLINE", "1"), ("HF_DATASETS_OFFLINE", "1")]
                .into_iter()
                .filter(|_| !arguments.network),
        );
    let error = replace(&mut python);
    Err(Failure::new(format!(
        "cannot start `{}`: {error}",
        arguments.python
    )))
}

#[cfg(unix)]
fn replace(python: &mut Command) -> std::io::Error {
    use std::os::unix::process::CommandExt;
    python.exec()
}

#[cfg(not(unix))]
fn replace(python: &mut Command) -> std::io::Error {
    match python.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}
