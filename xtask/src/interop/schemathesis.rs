//! schemathesis against `examen serve`: valid and invalid requests made from the OpenAPI document. No answer may be a
//! server error, each must be one that the document has, and invalid requests must be refused.

use super::script;
use crate::{
    environment::environment,
    process::{Outcome, step},
    server::{API_KEY, Server},
};
use std::{path::Path, process::Command};

/// Checks of every answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
/// Path that revokes the key of whoever asks.
const OWN_KEY: &str = "/api/review/me/api-key";
/// Paths that could change the role or the key of whoever asks, by an id from an answer.
const USERS: &str = r"/users/\{(user_)?id\}(/api-key)?$";

/// Runs schemathesis against a server with an empty store in `data`, started with `serve_arguments` besides.
pub(super) fn run(data: &Path, serve_arguments: &[String]) -> Outcome {
    let python = environment("schemathesis")?.join("python");
    let server = Server::start(data, serve_arguments)?;
    // The hooks bring requests to what is there, and with it some that are wrong into order.
    let mut refusals = schemathesis(&python, &server, data);
    refusals.args(["--mode", "negative", "--checks", "negative_data_rejection"]);
    step(
        "schemathesis, refusals",
        refusals.args(["--exclude-method", "DELETE", "--exclude-path-regex", USERS]),
    )?;
    // What deletes comes last: there is less to ask about afterwards.
    for (name, which) in [
        ("requests", "--exclude-method"),
        ("deletions", "--include-method"),
    ] {
        let mut test = schemathesis(&python, &server, data);
        test.args([which, "DELETE", "--checks", CHECKS])
            .env("SCHEMATHESIS_HOOKS", "schemathesis_hooks")
            .env("PYTHONPATH", script(""))
            .env("EXAMEN_URL", server.url())
            .env("EXAMEN_API_KEY", API_KEY);
        step(&format!("schemathesis, {name}"), &mut test)?;
    }
    Ok(())
}

fn schemathesis(python: &Path, server: &Server, folder: &Path) -> Command {
    let mut command = Command::new(python);
    // One worker: Python 3.11 parses code in several threads wrongly (python/cpython#106905), and hypothesis does.
    command
        .args([
            "-m",
            "schemathesis.cli",
            "run",
            &format!("{}/api/v1/openapi.json", server.url()),
        ])
        .args([
            "--header",
            &format!("X-Argilla-Api-Key:{API_KEY}"),
            "--exclude-path",
            OWN_KEY,
        ])
        .args([
            "--phases",
            "coverage,fuzzing",
            "--max-examples",
            "15",
            "--continue-on-failure",
            "--warnings",
            "off",
        ])
        .args([
            "--generation-database",
            "none",
            "--suppress-health-check",
            "all",
        ])
        .args(["--request-timeout", "30", "--workers", "1"])
        .current_dir(folder)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    command
}
