//! `examen extract-document`: what `examen generate` starts to read documents of complicated formats. One path a line
//! comes in as JSON, one answer a line goes out. It limits its own memory, and ends when whoever started it is gone.

use crate::{
    failure::{Ending, Failure},
    formats,
};
use clap::Args;
use examen_generate::{ReaderProgram, reading::child};
use std::{io, thread, time::Duration};

/// Memory that reading one document may take.
const MAX_MEMORY: u64 = 4 << 30;
/// Bytes of stack, for nested content needs a deep one; untouched, it takes no memory.
const STACK: usize = 256 << 20;

/// Read documents for `generate`: paths in, one per line as JSON; answers out
#[derive(Debug, Args)]
#[command(hide = true)]
pub(crate) struct Arguments {
    /// Memory limit in bytes
    #[arg(long, value_name = "BYTES", default_value_t = MAX_MEMORY)]
    max_memory: u64,
}

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    limit_memory(arguments.max_memory)?;
    end_with_parent();
    let formats = formats::all();
    let serve = move || {
        child::serve(io::stdin().lock(), io::stdout().lock(), |path| {
            formats.contents(path)
        })
    };
    let serving = thread::Builder::new().stack_size(STACK).spawn(serve);
    let served = serving.and_then(|serving| serving.join().expect("panics are answers"));
    served.map_err(|error| Failure::new(format!("cannot go on reading documents: {error}")))?;
    Ok(Ending::silent())
}

/// This program as a reader of documents; `None` where it does not know where it lies.
pub(crate) fn program() -> Option<ReaderProgram> {
    Some(ReaderProgram::new(
        std::env::current_exe().ok()?,
        ["extract-document"],
    ))
}

#[cfg(unix)]
fn limit_memory(max_bytes: u64) -> Result<(), Failure> {
    rlimit::Resource::AS
        .set(max_bytes, max_bytes)
        .map_err(|error| Failure::new(format!("cannot limit memory to {max_bytes} bytes: {error}")))
}

#[cfg(not(unix))]
fn limit_memory(_: u64) -> Result<(), Failure> {
    Ok(())
}

/// A document that takes for ever is ended by whoever asked; if that one is gone, nobody would.
#[cfg(unix)]
fn end_with_parent() {
    let parent = std::os::unix::process::parent_id();
    thread::spawn(move || {
        while std::os::unix::process::parent_id() == parent {
            thread::sleep(Duration::from_secs(1));
        }
        std::process::exit(1);
    });
}

#[cfg(not(unix))]
fn end_with_parent() {}
