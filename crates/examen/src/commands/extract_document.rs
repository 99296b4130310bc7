//! `examen extract-document`: what `examen generate` starts to read documents. One request a line comes in as JSON, one
//! answer a line goes out. It gives up its rights first, and ends when whoever started it is gone.

use crate::{
    failure::{Ending, Failure},
    formats, paths,
    sandbox::{Rights, end_with_parent, lock_down},
};
use clap::Args;
use examen_files::child::Program;
use examen_generate::reading::{child, decode};
use std::{io, path::PathBuf, thread};

/// Memory that reading one document may take.
const MAX_MEMORY: u64 = 4 << 30;
/// Bytes of stack, for nested content needs a deep one; untouched, it takes no memory.
const STACK: usize = 256 << 20;

/// Read documents for `generate`: requests in, one per line as JSON; answers out
#[derive(Debug, Args)]
#[command(hide = true)]
pub(crate) struct Arguments {
    /// Memory limit in bytes
    #[arg(long, value_name = "BYTES", default_value_t = MAX_MEMORY)]
    max_memory: u64,
    /// File or folder to read; everything can be read where none is given
    #[arg(long, value_name = "PATH")]
    readable: Vec<PathBuf>,
    /// Encoding of text files that are not UTF-8; found by file where none is given
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
}

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    let readable = Some(arguments.readable.as_slice()).filter(|paths| !paths.is_empty());
    if let Some(encoding) = &arguments.encoding {
        decode::prefer(encoding);
    }
    let enforced = lock_down(&Rights {
        max_memory: arguments.max_memory,
        readable,
    })?;
    tracing::debug!(?enforced, "reading documents");
    end_with_parent();
    let serve = || child::serve(io::stdin().lock(), io::stdout().lock(), formats::all());
    let serving = thread::Builder::new().stack_size(STACK).spawn(serve);
    let served = serving.and_then(|serving| serving.join().expect("panics are answers"));
    served.map_err(|error| Failure::new(format!("cannot go on reading documents: {error}")))?;
    Ok(Ending::silent())
}

/// This program as a reader of documents, of which text files are in an encoding if one is named.
///
/// # Errors
/// If it does not know where it lies.
pub(crate) fn program(encoding: Option<&str>) -> Result<Program, Failure> {
    let encoding = encoding.map(|encoding| format!("--encoding={encoding}"));
    let arguments = ["extract-document".to_owned()].into_iter().chain(encoding);
    Ok(Program::new(paths::own_program()?, arguments))
}
