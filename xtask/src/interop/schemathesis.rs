//! schemathesis against `examen serve`: requests made up from the OpenAPI document, as it says and otherwise. No answer may
//! be a failure of the server, and each must be one that the document has.

use super::{environment, script};
use crate::{
    process::{Outcome, step},
    server::{API_KEY, Server},
};
use std::{path::Path, process::Command};

/// What holds for every answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// What ends the key that it asks with.
const OWN_KEY: &str = "/api/review/me/api-key";

/// Runs schemathesis against a server with an empty store in `data`, started with `serve_arguments` besides.
pub(super) fn run(data: &Path, serve_arguments: &[String]) -> Outcome {
    let python = environment("schemathesis")?;
    let server = Server::start(data, serve_arguments)?;
    // What deletes comes last: there is less to ask about afterwards.
    for (name, which) in [("requests", "--exclude-method"), ("deletions", "--include-method")] {
        let mut test = Command::new(&python);
        test.args(["-m", "schemathesis.cli", "run", "--checks", CHECKS, "--phases", "coverage,fuzzing"])
            .args(["--max-examples", "20", "--workers", "1", "--continue-on-failure", "--generation-database", "none"])
            .args(["--suppress-health-check", "all", "--warnings", "off", "--request-timeout", "30"])
            .args([which, "DELETE", "--exclude-path", OWN_KEY, "--header", &format!("X-Argilla-Api-Key:{API_KEY}")])
            .arg(format!("{}/api/v1/openapi.json", server.url()))
            .current_dir(data)
            .env("SCHEMATHESIS_HOOKS", "schemathesis_hooks")
            .env("PYTHONPATH", script(""))
            .env("EXAMEN_URL", server.url())
            .env("EXAMEN_API_KEY", API_KEY)
            .env("PYTHONDONTWRITEBYTECODE", "1");
        step(&format!("schemathesis, {name}"), &mut test)?;
    }
    Ok(())
}
