//! Languages of short texts in `testdata/languages`, as a plan of `generate` tells them.

use crate::process::{Outcome, examen, root, say};
use serde_json::Value;
use std::{path::Path, process::Command};

pub(super) fn run(work: &Path) -> Outcome {
    let mut plan = Command::new(examen());
    plan.args([
        "generate",
        "--dry-run",
        "--format",
        "json",
        "--model",
        "none",
    ]);
    // Nobody listens there, and nobody is asked.
    plan.args(["--base-url", "http://127.0.0.1:9/v1", "--input"]);
    plan.arg(root().join("testdata/languages/*.txt"));
    plan.arg("--output").arg(work.join("languages"));
    let output = plan
        .output()
        .map_err(|error| format!("examen generate: {error}"))?;
    let plan: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("examen generate: {error}"))?;
    let documents = plan["documents"]
        .as_array()
        .ok_or("the plan has no documents")?;
    say("text                 expected  seen     prompts");
    let mut n_wrong = 0;
    for document in documents {
        let path = document["path"].as_str().unwrap_or_default();
        let expected = path.split('.').next().unwrap_or_default();
        let seen = document["language"].as_str().unwrap_or("none");
        let prompts = document["prompts"].as_str().unwrap_or("none");
        let mark = if seen == expected { "" } else { "  wrong" };
        n_wrong += usize::from(seen != expected);
        say(&format!(
            "{path:<20} {expected:<9} {seen:<8} {prompts}{mark}"
        ));
    }
    match (documents.len(), n_wrong) {
        (30.., 0) => Ok(()),
        (n, _) => Err(format!(
            "{n_wrong} of {n} texts are in another language than was told"
        )),
    }
}
