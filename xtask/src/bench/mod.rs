//! `cargo xtask bench NAME`: how fast and how large something is, beside what it should be. A benchmark measures and
//! prints; it never fails because of a number.

mod annotate;
mod engine;
mod generate;
mod measure;
mod report;

pub(crate) use generate::FakeServer;

use crate::process::{Outcome, emptied, json_lines, number, root};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

const USAGE: &str = "\
usage: cargo xtask bench NAME [OPTIONS]

  engine    questions and tokens per CPU-second, memory, beside LightEval and lm-evaluation-harness
  annotate  the review server: start, memory, inserting, pages, answers, searches
  generate  documents per second against a server that answers at once, CPU time, memory, accepted questions

`cargo xtask bench NAME --help` lists the options.";

/// Runs the benchmark that is named first.
pub(crate) fn run(mut arguments: impl Iterator<Item = String>) -> Outcome {
    match arguments.next().as_deref() {
        Some("engine") => engine::run(arguments),
        Some("annotate") => annotate::run(arguments),
        Some("generate") => generate::run(arguments),
        _ => Err(USAGE.to_owned()),
    }
}

/// A folder for what the runs write, emptied.
fn work_folder(name: &str) -> Outcome<PathBuf> {
    emptied(root().join("target/bench").join(name))
}

/// The JSON in a file.
fn json_file(file: &Path) -> Outcome<Value> {
    let failed = |reason: String| format!("{}: {reason}", file.display());
    let text = fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| failed(error.to_string()))
}

/// A number at a path such as `/scoring/cpu_s`; a measurement without it is our own mistake.
fn at(value: &Value, path: &str) -> f64 {
    value
        .pointer(path)
        .and_then(Value::as_f64)
        .unwrap_or(f64::NAN)
}
