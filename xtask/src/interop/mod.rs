//! `cargo xtask interop`: what we build, used by others. Python opens what we write, a browser uses the review page,
//! Argilla's own SDK and schemathesis use the server, manuals of Debian are read, packages are installed; attackers and power
//! cuts are withstood.

mod argilla;
mod browser;
mod dist;
mod documents;
mod postgres;
mod python;
mod safety;
mod schemathesis;
mod tasks;

pub(crate) use safety::{Soak, soak};

use crate::{
    process::{Outcome, build, emptied, examen, root, say, step},
    test_model,
};
use clap::ValueEnum;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Needs python3 with venv, Chromium, Node, PostgreSQL, poppler and four manuals of Debian; `.ci/run` installs them.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Run only these parts; without any, all but `tasks`, `attacks` and `power-cut`, which take long
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// Arguments of the servers that `argilla`, `schemathesis` and `attacks` start, such as `-- --database URL`
    #[arg(last = true)]
    serve_arguments: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Wheel, archive and .deb are installed without Rust and run
    Dist,
    /// `datasets` and distilabel open the demo's folders
    Python,
    /// Two people review questions in Chromium; a report is opened
    Browser,
    /// Argilla's SDK against a server
    Argilla,
    /// The store's tests and Argilla's SDK on PostgreSQL
    Postgres,
    /// Requests made from the OpenAPI document
    Schemathesis,
    /// Manuals of Debian as PDF and HTML, compared with pdftotext
    Documents,
    /// Prompts of lm-evaluation-harness's own tasks, compared with its own
    Tasks,
    /// Hostile clients against servers, with figures beside their bounds
    Attacks,
    /// Power cuts at random moments, of a server and of runs of `generate`
    PowerCut,
}

/// Runs the parts that are named, or all.
pub(crate) fn run(arguments: &Arguments) -> Outcome {
    build()?;
    let work = emptied(root().join("target/interop"))?;
    for part in Part::value_variants() {
        let is_usual = arguments.parts.is_empty() && !part.takes_long();
        if is_usual || arguments.parts.contains(part) {
            part.run(&work, &arguments.serve_arguments)?;
        }
    }
    say("interop: all passed");
    Ok(())
}

impl Part {
    /// True for what is run when its subject changed, not with every commit.
    fn takes_long(self) -> bool {
        matches!(self, Self::Tasks | Self::Attacks | Self::PowerCut)
    }

    fn run(self, work: &Path, serve_arguments: &[String]) -> Outcome {
        match self {
            Self::Dist => dist::run(&work.join("dist")),
            Self::Python => python::run(&demo(work)?),
            Self::Browser => browser::run(work),
            Self::Argilla => argilla::run(&work.join("argilla"), serve_arguments),
            Self::Postgres => postgres::run(work),
            Self::Schemathesis => schemathesis::run(&work.join("schemathesis"), serve_arguments),
            Self::Documents => documents::run(),
            Self::Tasks => tasks::run(&work.join("tasks")),
            Self::Attacks => safety::attacks(&work.join("attacks"), serve_arguments),
            Self::PowerCut => safety::power_cut(&work.join("power-cut")),
        }
    }
}

/// The folder of `examen demo`: that of the wheel, if it has run by now.
fn demo(work: &Path) -> Outcome<PathBuf> {
    let demo = dist::demo(&work.join("dist"));
    if demo.is_dir() {
        return Ok(demo);
    }
    test_model::fetch()?;
    let mut run = Command::new(examen());
    run.args(["demo", "--output"])
        .arg(&demo)
        .env("EXAMEN_CACHE", test_model::cache());
    step("demo", &mut run)?;
    Ok(demo)
}

/// A script of this task.
fn script(name: &str) -> PathBuf {
    root().join("xtask/interop").join(name)
}
