//! The Python of task files: how it is started, and what it is not allowed.

use crate::{failure::Failure, paths};
use clap::{Args, ValueEnum};
use examen_evaluate::bridge::Parts;
use examen_files::child::Program;
use std::{ffi::OsString, time::Duration};

/// Memory of the process, in bytes: `theirs` imports torch.
const MAX_MEMORY: u64 = 16 << 30;
/// Seconds for one request.
const TIME_LIMIT: u64 = 600;

/// Options of every command that may run Python.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Python of task files")]
pub(crate) struct PythonArguments {
    /// Origin of the parts of lighteval that a task file imports
    #[arg(long, value_enum, value_name = "ORIGIN", default_value_t = Bridge::Ours)]
    bridge: Bridge,
    /// Let the Python of task files use the network
    #[arg(long)]
    bridge_network: bool,
    /// Python that runs task files
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    python: String,
}

/// Origin of the parts of `lighteval`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Bridge {
    /// This program's own stand-in: needs no package
    Ours,
    /// The installed lighteval
    Theirs,
}

impl PythonArguments {
    /// Where the parts of `lighteval` come from.
    pub(crate) fn parts(&self) -> Parts {
        match self.bridge {
            Bridge::Ours => Parts::Ours,
            Bridge::Theirs => Parts::Theirs,
        }
    }

    /// Name of the Python.
    pub(crate) fn name(&self) -> &str {
        &self.python
    }

    /// What it may do, in words.
    pub(crate) fn network(&self) -> &'static str {
        if self.bridge_network {
            "with the network"
        } else {
            "without network"
        }
    }

    /// The program that answers the bridge.
    ///
    /// # Errors
    /// If there is no such Python, or this program does not know where it lies.
    pub(crate) fn program(&self) -> Result<Program, Failure> {
        find(&self.python)?;
        let mut arguments: Vec<OsString> = vec![
            "run-python".into(),
            "--python".into(),
            (&self.python).into(),
        ];
        arguments.extend(["--max-memory".into(), MAX_MEMORY.to_string().into()]);
        if self.bridge_network {
            arguments.push("--network".into());
        }
        Ok(Program {
            time_limit: Duration::from_secs(TIME_LIMIT),
            ..Program::new(paths::own_program()?, arguments)
        })
    }
}

/// Looks a program up as the system would.
fn find(python: &str) -> Result<(), Failure> {
    let is_path = python.contains(std::path::MAIN_SEPARATOR);
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let is_there = match is_path {
        true => std::path::Path::new(python).is_file(),
        false => std::env::split_paths(&folders).any(|folder| folder.join(python).is_file()),
    };
    match is_there {
        true => Ok(()),
        false => Err(Failure::usage(format!(
            "the task file is Python, and there is no `{python}` here"
        ))
        .hint("install Python 3 (no packages are needed), or name one with --python PROGRAM")),
    }
}
