//! Servers that misbehave as people have met them, in front of `generate` and `doctor`: a table of cases, expected and seen.

use super::script;
use crate::process::{Outcome, examen, fake_server, step};
use std::process::Command;

/// Prints the table; an error if a case is not as expected.
pub(super) fn run() -> Outcome {
    let mut run = Command::new("python3");
    run.arg(script("servers.py"))
        .arg("--examen")
        .arg(examen())
        .arg("--fake-server")
        .arg(fake_server());
    step("servers that misbehave", &mut run)
}
