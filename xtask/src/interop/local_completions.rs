//! lm-evaluation-harness runs a task on `examen models serve`, and on its own `hf` model with the same weights.

use super::script;
use crate::{
    environment::environment,
    process::{Outcome, examen, root, step},
};
use std::process::Command;

/// A tiny checkpoint with one prompt a request and with several; the task and the weights are those of the tests.
pub(super) fn run() -> Outcome {
    let python = environment("lm-eval-hf")?.join("python");
    for batch in ["1", "4"] {
        let mut compare = Command::new(&python);
        compare
            .env("HF_HUB_OFFLINE", "1")
            .arg(script("local_completions.py"))
            .arg("--examen")
            .arg(examen())
            .arg("--model")
            .arg(root().join("testdata/engine/qwen2"))
            .arg("--task")
            .arg(root().join("testdata/tasks/served/rivers.yaml"))
            .args(["--batch", batch]);
        step("local-completions on models serve", &mut compare)?;
    }
    Ok(())
}
