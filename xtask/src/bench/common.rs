//! Options and small helpers of all benchmarks.

use crate::process::{Outcome, emptied, root};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Options of every benchmark.
#[derive(Debug, clap::Args)]
pub(crate) struct Common {
    /// Write everything that was measured to this file, too
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
}

/// A number of runs, threads or requests.
pub(super) fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least 1".to_owned()),
        Ok(n) => Ok(n),
        Err(error) => Err(format!("{error}")),
    }
}

/// An empty folder for what the runs write.
pub(super) fn work_folder(name: &str) -> Outcome<PathBuf> {
    emptied(root().join("target/bench").join(name))
}

/// The JSON in a file.
pub(super) fn json_file(file: &Path) -> Outcome<Value> {
    let failed = |reason: String| format!("{}: {reason}", file.display());
    let text = fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| failed(error.to_string()))
}

/// The number at a path such as `/scoring/cpu_s`; NaN where there is none, which is a mistake of ours.
pub(super) fn at(value: &Value, path: &str) -> f64 {
    value
        .pointer(path)
        .and_then(Value::as_f64)
        .unwrap_or(f64::NAN)
}
