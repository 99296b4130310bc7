//! The program that reads documents of complicated formats, and what it is allowed.

use std::{ffi::OsString, path::PathBuf, time::Duration};

/// A program that calls [`serve`](crate::reading::child::serve), and what it is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderProgram {
    /// The program.
    pub program: PathBuf,
    /// Its arguments. The program limits its own memory.
    pub arguments: Vec<OsString>,
    /// The longest time for one document.
    pub time_limit: Duration,
    /// The longest answer about one document, in bytes.
    pub max_answer_bytes: u64,
    /// Documents that one process reads before it is replaced.
    pub max_documents: usize,
}

impl ReaderProgram {
    /// With the limits that the command line has.
    pub fn new(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            time_limit: Duration::from_secs(60),
            max_answer_bytes: 256 << 20,
            max_documents: 500,
        }
    }
}
