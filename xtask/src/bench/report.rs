//! The table and the JSON at the end of a benchmark.

use crate::process::{Outcome, say};
use serde_json::{Map, Value};
use std::{fs, path::Path};

/// Figures in the order in which they were measured.
#[derive(Default)]
pub(super) struct Report {
    /// Floating-point operations per CPU-second that the machine reaches, once it was measured.
    pub(super) peak: Option<f64>,
    rows: Vec<Row>,
    measured: Map<String, Value>,
}

/// A line of the table. All but the first two may be empty.
#[derive(Default)]
pub(super) struct Row {
    /// Name of the measurement.
    pub(super) figure: String,
    /// Measured value.
    pub(super) value: String,
    /// Aim.
    pub(super) aim: &'static str,
    /// Remark.
    pub(super) note: String,
}

impl Report {
    pub(super) fn row(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Something for `--json`.
    pub(super) fn record(&mut self, name: &str, value: Value) {
        self.measured.insert(name.to_owned(), value);
    }

    pub(super) fn print(&self) {
        let width = |column: fn(&Row) -> &str| {
            self.rows
                .iter()
                .map(|row| column(row).chars().count())
                .max()
                .unwrap_or(0)
        };
        let (figures, values) = (
            width(|row| &row.figure),
            width(|row| &row.value).max("measured".len()),
        );
        let aims = width(|row| row.aim).max("aim".len());
        let line = |figure: &str, value: &str, aim: &str, note: &str| {
            say(format!("{figure:<figures$}  {value:>values$}  {aim:<aims$}  {note}").trim_end());
        };
        line("", "measured", "aim", "");
        self.rows
            .iter()
            .for_each(|row| line(&row.figure, &row.value, row.aim, &row.note));
    }

    pub(super) fn write(&self, file: &Path) -> Outcome {
        let text = format!("{:#}\n", Value::Object(self.measured.clone()));
        fs::write(file, text)
            .map_err(|error| format!("could not write {}: {error}", file.display()))
    }
}
