//! The `examen` binary: parse, run, say what comes next, exit.

mod argilla;
mod command_line;
mod commands;
mod console;
mod defaults;
mod exams;
mod failure;
mod faults;
mod formats;
mod holdings;
mod inputs;
mod interrupt;
mod listener;
mod memory;
mod models;
mod next;
mod number;
mod paths;
mod program;
mod python;
mod review_store;
mod sandbox;
mod task_files;

use failure::{Ending, Failure};
use std::process::ExitCode;

fn main() -> ExitCode {
    faults::tell();
    // Told by then; what it dropped is as after an error.
    let Ok(outcome) = std::panic::catch_unwind(run) else {
        return ExitCode::from(faults::EXIT_CODE);
    };
    match outcome {
        Ok(ending) => {
            if let Some(next) = ending.next() {
                console::say(&format!("next: {next}"));
            }
            ending.into()
        }
        Err(failure) => {
            console::report(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run() -> Result<Ending, Failure> {
    let arguments = command_line::parse()?;
    if arguments.quiet {
        console::be_quiet();
    }
    let (level, format) = arguments.command.logging();
    console::start_logging(arguments.verbose, level, format);
    commands::run(arguments.command)
}
