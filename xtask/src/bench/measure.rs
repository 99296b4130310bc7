//! Resources that a child process uses.

use crate::process::{Cost, Outcome, cost, say};
use serde_json::{Value, json};
use std::{
    fs,
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

/// One run of a program, from its start to its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    pub(super) wall: Duration,
    /// User and system time, with that of its own children.
    pub(super) cpu: Duration,
    /// Largest resident memory, in bytes.
    pub(super) rss: u64,
    pub(super) status: ExitStatus,
}

/// Runs a program to its end. Its output goes to the files of `command`, or nowhere.
pub(super) fn run(name: &str, command: &mut Command) -> Outcome<Run> {
    let start = Instant::now();
    let started = command.stdin(Stdio::null()).spawn();
    let mut child = started.map_err(|error| format!("{name} could not be started: {error}"))?;
    let Cost { cpu, rss, status } = cost(name, &mut child)?;
    let run = Run {
        wall: start.elapsed(),
        cpu,
        rss,
        status,
    };
    say(&format!(
        "── {name}: {:.1} s, {:.1} CPU-s, {:.0} MB",
        run.wall.as_secs_f64(),
        run.cpu.as_secs_f64(),
        run.rss as f64 / 1e6
    ));
    Ok(run)
}

impl Run {
    pub(super) fn to_json(self) -> Value {
        json!({ "wall_s": self.wall.as_secs_f64(), "cpu_s": self.cpu.as_secs_f64(), "peak_rss_bytes": self.rss })
    }
}

/// Several runs of the same program.
#[derive(Debug, Clone, Default)]
pub(super) struct Runs(pub(super) Vec<Run>);

impl Runs {
    pub(super) fn wall(&self) -> f64 {
        median(self.0.iter().map(|run| run.wall.as_secs_f64()))
    }

    pub(super) fn cpu(&self) -> f64 {
        median(self.0.iter().map(|run| run.cpu.as_secs_f64()))
    }

    pub(super) fn least_wall(&self) -> f64 {
        self.0
            .iter()
            .map(|run| run.wall.as_secs_f64())
            .fold(f64::INFINITY, f64::min)
    }

    pub(super) fn least_cpu(&self) -> f64 {
        self.0
            .iter()
            .map(|run| run.cpu.as_secs_f64())
            .fold(f64::INFINITY, f64::min)
    }

    /// The largest of all runs.
    pub(super) fn rss(&self) -> f64 {
        self.0.iter().map(|run| run.rss as f64).fold(0.0, f64::max)
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "median": { "wall_s": self.wall(), "cpu_s": self.cpu() },
            "min": { "wall_s": self.least_wall(), "cpu_s": self.least_cpu() },
            "peak_rss_bytes": self.rss(),
            "runs": self.0.iter().map(|run| run.to_json()).collect::<Vec<_>>(),
        })
    }
}

/// The middle one, or the mean of the two in the middle.
pub(super) fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    let n = numbers.len();
    match n {
        0 => f64::NAN,
        _ => (numbers[(n - 1) / 2] + numbers[n / 2]) / 2.0,
    }
}

/// Load average of the last 1, 5 and 15 minutes, where the system tells.
pub(super) fn load_average() -> Option<String> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    Some(
        text.split_whitespace()
            .take(3)
            .collect::<Vec<_>>()
            .join(" "),
    )
}
