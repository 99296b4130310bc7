//! `cargo xtask interop`: peers open what we write, a real browser uses the review page, Argilla's own SDK uses the
//! server, schemathesis asks it strange things, and manuals of Debian are read.

mod argilla;
mod browser;
mod documents;
mod postgres;
mod python;
mod schemathesis;

use crate::{
    check::{cache, fetch_test_model},
    process::{Outcome, build, emptied, examen, root, say, step},
};
use std::{fs, path::PathBuf, process::Command};

const USAGE: &str = "\
usage: cargo xtask interop [PART]... [-- SERVE_ARGUMENTS]

  python        `datasets` and distilabel open the demo's folders
  browser       two people review questions in Chromium; a report is looked at
  argilla       the official SDK against a server, which is started with SERVE_ARGUMENTS as well (`--database …`)
  postgres      the store's tests, the official SDK and schemathesis, on a PostgreSQL server that is started for it
  schemathesis  requests made up from the OpenAPI document against another such server
  documents     manuals of Debian as PDF and HTML, beside what pdftotext reads

All parts run where none is named.";

/// Runs the parts that are named in `arguments`.
pub(crate) fn run(arguments: impl Iterator<Item = String>) -> Outcome {
    let mut arguments = arguments.peekable();
    let mut parts = Vec::new();
    while let Some(part) = arguments.next_if(|argument| argument != "--") {
        if ![
            "python",
            "browser",
            "argilla",
            "postgres",
            "schemathesis",
            "documents",
        ]
        .contains(&part.as_str())
        {
            return Err(USAGE.to_owned());
        }
        parts.push(part);
    }
    let serve_arguments: Vec<String> = arguments.skip(1).collect();
    let is_wanted = |name: &str| parts.is_empty() || parts.iter().any(|part| part == name);
    build()?;
    let work = emptied(root().join("target/interop"))?;
    if is_wanted("python") {
        let demo = work.join("demo");
        fetch_test_model()?;
        step(
            "demo",
            Command::new(examen())
                .args(["demo", "--output"])
                .arg(&demo)
                .env("EXAMEN_CACHE", cache()),
        )?;
        python::run(&demo)?;
    }
    if is_wanted("browser") {
        browser::run(&work)?;
    }
    if is_wanted("argilla") {
        argilla::run(&work.join("argilla"), &serve_arguments)?;
    }
    if is_wanted("postgres") {
        postgres::run(&work)?;
    }
    if is_wanted("schemathesis") {
        schemathesis::run(&work.join("schemathesis"), &serve_arguments)?;
    }
    if is_wanted("documents") {
        documents::run()?;
    }
    say("interop: all passed");
    Ok(())
}

/// A virtual environment with the pinned packages, made once.
pub(crate) fn environment(name: &str) -> Outcome<PathBuf> {
    let folder = root().join("target/python").join(name);
    let python = folder.join("bin/python");
    let requirements = root().join(format!("xtask/interop/requirements-{name}.txt"));
    let installed = folder.join("installed.txt");
    let wanted = fs::read_to_string(&requirements)
        .map_err(|error| format!("{}: {error}", requirements.display()))?;
    if fs::read_to_string(&installed).is_ok_and(|done| done == wanted) {
        return Ok(python);
    }
    step(
        "virtual environment",
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
    )?;
    let mut install = Command::new(&python);
    install
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
        ])
        .arg(&requirements);
    step(&format!("packages for {name}"), &mut install)?;
    fs::write(&installed, wanted).map_err(|error| error.to_string())?;
    Ok(python)
}

/// A script of this task.
fn script(name: &str) -> PathBuf {
    root().join("xtask/interop").join(name)
}
