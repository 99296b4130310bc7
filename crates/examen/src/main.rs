//! The `examen` binary: parse, run, exit.

mod argilla;
mod arguments;
mod commands;
mod console;
mod failure;
mod inputs;
mod interrupt;
mod memory;
mod models;
mod paths;
mod review_store;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = arguments::parse();
    let (level, format) = arguments.command.logging();
    console::start_logging(arguments.verbose, level, format);
    match commands::run(arguments.command) {
        Ok(ending) => ending.into(),
        Err(failure) => {
            console::report(&failure);
            ExitCode::from(failure.exit_code())
        }
    }
}
