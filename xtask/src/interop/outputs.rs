//! A run in the formats of inspect_ai, lm-evaluation-harness and the Hub, opened by their own readers.

use super::script;
use crate::{
    environment::environment,
    process::{Outcome, emptied, examen, root, step},
};
use std::{path::Path, process::Command};

pub(super) fn run(work: &Path) -> Outcome {
    let work = emptied(work.to_owned())?;
    let mut evaluate = Command::new(examen());
    evaluate
        .args(["evaluate", "--chat-template", "off", "--max-samples", "20"])
        .arg("--model")
        .arg(root().join("testdata/engine/qwen2"))
        .arg("--input")
        .arg(root().join("testdata/exams/none.parquet"))
        .args(["--also", "lm-eval,inspect,hub-results"])
        .args(["--hub-dataset", "org/exam", "--output", "evals"])
        .current_dir(&work);
    step("a run in other formats", &mut evaluate)?;
    for (packages, kind) in [("inspect", "inspect"), ("lm-eval", "lm-eval")] {
        let mut open = Command::new(environment(packages)?.join("python"));
        open.arg(script("open_outputs.py"))
            .arg(kind)
            .arg(work.join("evals"))
            .env("HF_HUB_OFFLINE", "1");
        step(&format!("{kind} opens it"), &mut open)?;
    }
    Ok(())
}
