//! The small real model that engine and pipeline tests run on.

use crate::process::{Outcome, examen, root, say};
use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

/// The file of the model, once it is [fetched](fetch).
pub(crate) fn path() -> PathBuf {
    root().join("target/test-models/SmolLM2-135M-Instruct.Q4_1.gguf")
}

/// Cache of the models that tasks fetch.
pub(crate) fn cache() -> PathBuf {
    root().join("target/cache")
}

/// Fetches the model by the product's own command, which must be built by now.
pub(crate) fn fetch() -> Outcome {
    let model = path();
    if model.is_file() {
        return Ok(());
    }
    say("── test model");
    let mut fetch = Command::new(examen());
    fetch
        .args(["models", "fetch", "smollm2-135m", "--cache"])
        .arg(cache());
    let output = fetch
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!(
            "could not fetch the test model ({})",
            output.status
        ));
    }
    let fetched = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let folder = model.parent().expect("the model lies in a folder");
    let copied = fs::create_dir_all(folder).and_then(|()| fs::copy(&fetched, &model));
    copied
        .map(|_| ())
        .map_err(|error| format!("could not copy {fetched} to {}: {error}", model.display()))
}
