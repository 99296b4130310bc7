//! Developer tasks: `cargo xtask check` is what CI runs first, `cargo xtask interop` second.

mod bench;
mod check;
mod compare;
mod environment;
mod fake_server;
mod fuzz;
mod interop;
mod packages;
mod postgres;
mod process;
mod server;
mod test_model;

use clap::Parser;
use process::Profile;
use std::process::ExitCode;

/// Developer tasks of Examen.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 110)]
enum Task {
    /// Check formatting, lints, documentation, dependencies, the page and the fuzz targets; run all tests
    Check,
    /// Run what we build against peers: Python, a browser, Argilla's SDK, PostgreSQL, the packages of `dist`
    Interop(interop::Arguments),
    /// Measure speed and memory, and print each figure beside its aim
    #[command(subcommand)]
    Bench(bench::Benchmark),
    /// Review and attack a server at the same time for some minutes, and print what the reviewers noticed
    Soak(interop::Soak),
    /// Run two binaries on the same input, and compare the files that they write
    Compare(compare::Arguments),
    /// Build the packages of a release: wheel, archive, .deb, checksums
    Dist(packages::Arguments),
    /// Run fuzz targets, each for some minutes
    Fuzz(fuzz::Arguments),
    /// Fetch the small model that tests run on into target/test-models
    TestModel,
}

impl Task {
    /// The profile whose programs it runs: figures are those of what is shipped.
    fn profile(&self) -> Profile {
        match self {
            Self::Bench(_) | Self::Soak(_) => Profile::Release,
            Self::Interop(arguments) if arguments.release => Profile::Release,
            _ => Profile::Dev,
        }
    }
}

fn main() -> ExitCode {
    let task = Task::parse();
    task.profile().choose();
    let outcome = match task {
        Task::Check => check::run(),
        Task::Interop(arguments) => interop::run(&arguments),
        Task::Bench(benchmark) => bench::run(&benchmark),
        Task::Soak(arguments) => interop::soak(&arguments),
        Task::Compare(arguments) => compare::run(&arguments),
        Task::Dist(arguments) => packages::run(&arguments).map(|_| ()),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
        Task::TestModel => process::build().and_then(|()| test_model::fetch()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            process::say(&format!("error: {message}"));
            ExitCode::FAILURE
        }
    }
}
