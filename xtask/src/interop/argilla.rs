//! Argilla's own Python SDK against `examen serve`: the tests in `xtask/interop/argilla`.

use super::script;
use crate::{
    environment::environment,
    process::{Outcome, step},
    server::{API_KEY, Server},
};
use std::{path::Path, process::Command};

/// Runs the tests against a server with an empty store in `data`, started with `serve_arguments` besides.
pub(super) fn run(data: &Path, serve_arguments: &[String]) -> Outcome {
    let python = environment("argilla")?.join("python");
    let server = Server::start(data, serve_arguments)?;
    let mut test = Command::new(python);
    test.args([
        "-m",
        "pytest",
        "--quiet",
        "--tb=short",
        "-p",
        "no:cacheprovider",
        "-W",
        "ignore",
    ])
    .arg(script("argilla"))
    .env("EXAMEN_URL", server.url())
    .env("EXAMEN_API_KEY", API_KEY)
    .env("HF_HUB_OFFLINE", "1")
    .env("PYTHONDONTWRITEBYTECODE", "1");
    step("Argilla's SDK", &mut test)
}
