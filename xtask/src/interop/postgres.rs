//! The review store on PostgreSQL: the suite of `annotate`, and Argilla's SDK.

use super::argilla;
use crate::{
    postgres::Postgres,
    process::{Outcome, cargo, json_lines, root, step},
};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

pub(super) fn run(work: &Path) -> Outcome {
    let suite = suite()?;
    let postgres = Postgres::start()?;
    let mut test = Command::new(suite);
    test.arg("--quiet")
        .current_dir(root().join("crates/annotate"));
    step(
        "the store's suite on PostgreSQL",
        test.env("EXAMEN_TEST_POSTGRES", postgres.url("postgres")),
    )?;
    let database = postgres.create_database("argilla")?;
    argilla::run(&work.join("postgres"), &["--database".to_owned(), database])
}

/// The test binary of `annotate`. Built with the whole workspace, so that cargo takes what `check` has built.
fn suite() -> Outcome<PathBuf> {
    let mut build = cargo(&[
        "test",
        "--workspace",
        "--test",
        "it",
        "--no-run",
        "--message-format=json",
    ]);
    let messages = json_lines(&mut build)?;
    let is_suite = |message: &Value| {
        message["target"]["name"] == "it"
            && message["manifest_path"]
                .as_str()
                .is_some_and(|path| path.ends_with("crates/annotate/Cargo.toml"))
    };
    let found = messages
        .iter()
        .filter(|message| is_suite(message))
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    found.ok_or_else(|| "cargo did not say where the store's suite is".to_owned())
}
