//! Replies in the shapes that models send (`testdata/replies`), served to the binary.

use super::script;
use crate::{
    environment::environment,
    process::{Outcome, emptied, examen, root, step},
};
use std::{path::Path, process::Command};

pub(super) fn run(work: &Path) -> Outcome {
    let work = emptied(work.to_owned())?;
    let mut read = Command::new(environment("datasets")?.join("python"));
    read.arg(script("replies.py"))
        .arg("--examen")
        .arg(examen())
        .arg("--cases")
        .arg(root().join("testdata/replies/replies.jsonl"))
        .arg("--work")
        .arg(work.join("run"));
    step("replies as they are read", &mut read)
}
