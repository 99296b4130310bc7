//! What is printed and written at the end.

use crate::process::{Outcome, say};
use serde_json::{Map, Value};
use std::{fs, path::Path};

/// Figures in the order in which they were measured.
#[derive(Default)]
pub(super) struct Report {
    /// Floating-point operations per CPU-second that the machine reaches, once it was measured.
    pub(super) peak: Option<f64>,
    rows: Vec<[String; 3]>,
    measured: Map<String, Value>,
}

impl Report {
    /// A line of the table: what, how much, and what to compare it with.
    pub(super) fn row(&mut self, figure: &str, value: &str, about: &str) {
        self.rows.push([figure, value, about].map(str::to_owned));
    }

    /// Something for `--json`.
    pub(super) fn record(&mut self, name: &str, value: Value) {
        self.measured.insert(name.to_owned(), value);
    }

    pub(super) fn print(&self) {
        let width = |column: usize| self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let (first, second) = (width(0), width(1));
        for [figure, value, about] in &self.rows {
            say(format!("{figure:<first$}  {value:>second$}  {about}").trim_end());
        }
    }

    pub(super) fn write(&self, file: &Path) -> Outcome {
        let text = format!("{:#}\n", Value::Object(self.measured.clone()));
        fs::write(file, text).map_err(|error| format!("could not write {}: {error}", file.display()))
    }
}
