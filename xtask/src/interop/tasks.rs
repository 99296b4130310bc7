//! lm-evaluation-harness's own tasks: the prompts that we make of made-up rows are those that it makes.

use super::script;
use crate::{
    environment::environment,
    process::{Outcome, emptied, examen, step},
};
use std::{path::Path, process::Command};

/// Least share of its multiple-choice tasks that load and render the same prompts without Python, and with it.
const LEAST: [&str; 4] = ["--least-native", "0.80", "--least-bridge", "0.95"];

/// Has lm_eval make prompts of each kind of task, and compares ours with them. Prints both shares.
pub(super) fn run(work: &Path) -> Outcome {
    let work = emptied(work.to_owned())?;
    let python = environment("lm-eval")?.join("python");
    let prompts = work.join("prompts.jsonl");
    let mut make = Command::new(&python);
    make.arg(script("lm_eval_prompts.py"))
        .arg(&prompts)
        .args(["--each", "1"]);
    step("lm_eval's prompts", &mut make)?;
    let mut compare = Command::new(&python);
    compare
        .arg(script("compare_prompts.py"))
        .arg(&prompts)
        .arg("--examen")
        .arg(examen())
        .arg("--python")
        .arg(&python)
        .arg("--details")
        .arg(work.join("details.jsonl"))
        .args(LEAST);
    step("the same prompts", &mut compare)
}
