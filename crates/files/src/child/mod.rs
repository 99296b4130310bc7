//! Hostile input is looked at by programs in processes of their own: what is broken, huge or hangs there costs one
//! request, not the run. A program is given one line of JSON a request and answers one line for each.
//!
//! [`Program`] and [`Process`] are the side that asks, [`serve`] is the side that answers. How a program takes its own
//! rights away is the binary's: it knows the system.

mod process;
mod serve;

pub use process::{Process, Silence};
pub use serve::serve;

use std::{ffi::OsString, path::PathBuf, time::Duration};

/// A program that calls [`serve`], and what it is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The program.
    pub program: PathBuf,
    /// Its arguments. The program limits its own memory.
    pub arguments: Vec<OsString>,
    /// Files and folders that it needs to read; each is added to the arguments as `--readable PATH`. Where there are
    /// none, it may read everything.
    pub readable: Vec<PathBuf>,
    /// The longest time for one request.
    pub time_limit: Duration,
    /// The longest answer to one request, in bytes.
    pub max_answer_bytes: u64,
    /// Requests that one process answers before it is replaced.
    pub max_requests: usize,
}

impl Program {
    /// With the limits that the command line has.
    pub fn new(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            readable: Vec::new(),
            time_limit: Duration::from_secs(60),
            max_answer_bytes: 256 << 20,
            max_requests: 500,
        }
    }
}
