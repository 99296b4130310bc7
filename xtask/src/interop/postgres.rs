//! The review store on PostgreSQL: the suite of `annotate`, Argilla's SDK, and schemathesis.

use super::{argilla, schemathesis};
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
    argilla::run(&work.join("postgres"), &["--database".to_owned(), database])?;
    let database = postgres.create_database("schemathesis")?;
    schemathesis::run(&work.join("postgres-schemathesis"), &["--database".to_owned(), database])
}
