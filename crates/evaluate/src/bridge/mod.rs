//! Task files in Python: run by the user's own Python in a process of its own, asked line by line.
//!
//! `bridge.py` is what runs there. This side sends rows and takes questions, sends scores and takes the values of the file's
//! own metrics, and has the hooks of YAML tasks run. How the process is started, and what it is not allowed, is the
//! binary's: it gives a [`Program`].

mod lighteval;
mod own;
mod python;

pub use lighteval::{
    CustomMetric, CustomTask, CustomTasks, OwnMetric, Rows, ScoredSample, chooses_unlikeliest,
};

pub use crate::error::BridgeError;
pub use own::{OwnMetricSummary, OwnMetrics};

use crate::tasks::yaml::PythonRunner;
use examen_files::child::Program;
use python::Python;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use std::{
    cell::RefCell,
    fmt,
    path::{Path, PathBuf},
};

/// The program that Python runs.
pub const PROGRAM: &str = include_str!("bridge.py");

/// Rows that are sent at once.
const CHUNK: usize = 256;

/// Where the parts of `lighteval` come from that a task file imports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Parts {
    /// From the bridge, whether `lighteval` is installed or not.
    #[default]
    Ours,
    /// From the installed `lighteval`.
    Theirs,
}

impl Parts {
    fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Theirs => "theirs",
        }
    }
}

/// A task file, or a module that Python finds by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskFile {
    /// A file.
    File(PathBuf),
    /// A module, such as `mypackage.tasks`.
    Module(String),
}

impl TaskFile {
    /// What a user names: a path, or else dotted words.
    pub fn named(name: &Path) -> Self {
        let words = name.to_string_lossy();
        let is_module = !name.exists()
            && name.extension().is_none_or(|extension| extension != "py")
            && words.split('.').all(|word| {
                !word.is_empty() && word.chars().all(|c| c == '_' || c.is_alphanumeric())
            });
        match is_module {
            true => Self::Module(words.into_owned()),
            false => Self::File(name.to_owned()),
        }
    }
}

impl fmt::Display for TaskFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(formatter),
            Self::Module(name) => formatter.write_str(name),
        }
    }
}

/// A Python for the hooks of YAML tasks. It is started when the first one is run.
#[derive(Debug)]
pub struct HookRunner {
    program: Program,
    python: RefCell<Option<Python>>,
}

impl HookRunner {
    /// Runs hooks by this program.
    pub fn new(program: Program) -> Self {
        Self {
            program,
            python: RefCell::default(),
        }
    }

    /// One that takes these answers for Python's, for tests of what is hostile.
    pub fn replay(answers: &[&[u8]]) -> Self {
        Self {
            program: Program::new("", [""; 0]),
            python: RefCell::new(Some(Python::replay(answers))),
        }
    }

    fn ask<T: DeserializeOwned>(&self, request: &Json) -> Result<T, String> {
        self.asked(request).map_err(|error| error.to_string())
    }

    fn asked<T: DeserializeOwned>(&self, request: &Json) -> Result<T, BridgeError> {
        let mut python = self.python.borrow_mut();
        let file = request["file"].as_str().unwrap_or("the task's functions");
        if python.is_none() {
            *python = Some(Python::start(self.program.clone(), file)?);
        }
        let asked = python.as_ref().expect("it was started").ask(request);
        // What is gone answers no more: the next hook gets a new one.
        if matches!(asked, Err(BridgeError::Silent { .. })) {
            *python = None;
        }
        asked
    }
}

impl PythonRunner for HookRunner {
    fn process_rows(
        &self,
        module: &Path,
        function: &str,
        rows: Vec<Json>,
    ) -> Result<Vec<Json>, String> {
        #[derive(serde::Deserialize)]
        struct Answer {
            rows: Vec<Json>,
        }
        let answer: Answer =
            self.ask(&json!({"op": "rows", "file": module, "function": function, "rows": rows}))?;
        Ok(answer.rows)
    }

    fn call_each(&self, module: &Path, function: &str, rows: &[Json]) -> Result<Vec<Json>, String> {
        #[derive(serde::Deserialize)]
        struct Answer {
            values: Vec<Json>,
        }
        let answer: Answer =
            self.ask(&json!({"op": "each", "file": module, "function": function, "rows": rows}))?;
        match answer.values.len() == rows.len().max(1) {
            true => Ok(answer.values),
            false => Err(format!(
                "{} values for {} rows",
                answer.values.len(),
                rows.len()
            )),
        }
    }
}
