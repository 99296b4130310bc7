//! PDF files of known text and cells, by several producers, read beside pdftotext and pdfium.

use super::script;
use crate::{
    environment::environment,
    process::{Outcome, examen, step},
};
use std::{path::Path, process::Command};

pub(super) fn run(work: &Path) -> Outcome {
    let mut compare = Command::new(environment("layouts")?.join("python"));
    compare
        .arg(script("layouts.py"))
        .arg("--examen")
        .arg(examen())
        .arg("--work")
        .arg(work);
    step("lines and rows of PDF files", &mut compare)
}
