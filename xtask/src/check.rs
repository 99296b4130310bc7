//! `cargo xtask check`: everything that must hold before a commit.

use crate::process::{Outcome, build, cargo, examen, root, say, step};
use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

/// Formatting, lints, the page, documentation, tests; stops at the first that fails.
pub(crate) fn run() -> Outcome {
    step("formatting", &mut cargo(&["fmt", "--all", "--check"]))?;
    every_crate_is_on_the_map()?;
    step(
        "clippy",
        &mut cargo(&[
            "clippy",
            "--release",
            "--workspace",
            "--all-targets",
            "--",
            "--deny",
            "warnings",
        ]),
    )?;
    page()?;
    build()?;
    fetch_test_model()?;
    step(
        "tests",
        &mut cargo(&["test", "--release", "--workspace", "--no-fail-fast"]),
    )?;
    say("check: all passed");
    Ok(())
}

/// The small real model that engine and pipeline tests run on, through the product's own command, which is built by now.
pub(crate) fn fetch_test_model() -> Outcome {
    let model = root().join("target/test-models/SmolLM2-135M-Instruct.Q4_1.gguf");
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

/// Where the tasks keep fetched models.
pub(crate) fn cache() -> PathBuf {
    root().join("target/cache")
}

/// The build script of `annotate` has installed the page's packages by now.
fn page() -> Outcome {
    let npm = |task| {
        let mut npm = Command::new("npm");
        npm.args(["run", "--silent", task])
            .current_dir(root().join("ui"));
        npm
    };
    step("page types", &mut npm("check"))?;
    step("page unit tests", &mut npm("test"))
}

fn every_crate_is_on_the_map() -> Outcome {
    let map = fs::read_to_string(root().join("docs/ARCHITECTURE.md"))
        .map_err(|error| error.to_string())?;
    let crates = fs::read_dir(root().join("crates")).map_err(|error| error.to_string())?;
    for entry in crates.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !map.contains(&format!("`{name}`")) {
            return Err(format!(
                "docs/ARCHITECTURE.md does not name the crate `{name}`"
            ));
        }
    }
    Ok(())
}
