//! The review store on PostgreSQL: the suite of `annotate`, and Argilla's SDK.

use super::argilla;
use crate::{
    postgres::Postgres,
    process::{Outcome, cargo, step},
};
use std::path::Path;

pub(super) fn run(work: &Path) -> Outcome {
    let postgres = Postgres::start()?;
    let mut suite = cargo(&["test", "--release", "--quiet", "--package", "examen-annotate", "--test", "it"]);
    step("the store's suite on PostgreSQL", suite.env("EXAMEN_TEST_POSTGRES", postgres.url("postgres")))?;
    let database = postgres.create_database("argilla")?;
    argilla::run(&work.join("postgres"), &["--database".to_owned(), database])
}
