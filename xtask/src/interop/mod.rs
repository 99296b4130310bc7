//! `cargo xtask interop`: what we build, used by others. Python opens what we write, a browser uses the review page,
//! Argilla's own SDK and schemathesis use the server, manuals of Debian are read, packages are installed; attackers and power
//! cuts are withstood.

mod argilla;
mod browser;
mod dist;
mod documents;
mod hub;
mod languages;
mod layouts;
mod local_completions;
mod outputs;
mod postgres;
mod python;
mod replies;
mod safety;
mod schemathesis;
mod servers;
mod tasks;

pub(crate) use safety::{Soak, soak};

use crate::{
    packages::{self, Packages},
    process::{Outcome, build, emptied, examen, root, say, step},
    test_model,
};
use clap::ValueEnum;
use std::{
    path::{Path, PathBuf},
    process::Command,
    thread,
};

/// Needs python3 with venv, Chromium, Node, PostgreSQL, poppler and four manuals of Debian; `.ci/run` installs them.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Run only these parts; without any, all but `hub`, `layouts`, `servers`, `tasks`, `outputs`, `served`, `attacks` and
    /// `power-cut`, which
    /// measure or take long. Two run at a time
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// Run what is shipped, the release profile, instead of what tests run
    #[arg(long)]
    pub(crate) release: bool,
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
    /// Argilla's SDK against a server
    Argilla,
    /// The store's tests and Argilla's SDK on PostgreSQL
    Postgres,
    /// Requests made from the OpenAPI document
    Schemathesis,
    /// Two people review questions in Chromium; a report and a view of runs are opened
    Browser,
    /// The Hub's official clients against `examen hub`, of today and of a year ago; crowds and kills
    Hub,
    /// Manuals of Debian as PDF and HTML, compared with pdftotext
    Documents,
    /// PDF files of known text and cells, by several producers: whose lines and rows are right?
    Layouts,
    /// Model servers that misbehave in one way each: what is expected and what is seen
    Servers,
    /// Languages of short texts, as a plan tells them
    Languages,
    /// Replies in the shapes that models send: what is expected and what is read
    Replies,
    /// Prompts of lm-evaluation-harness's own tasks, compared with its own
    Tasks,
    /// Runs in the formats of inspect_ai, lm_eval and the Hub, opened by their readers
    Outputs,
    /// lm-evaluation-harness on `models serve`, against its own model
    Served,
    /// Hostile clients against servers, with figures beside their bounds
    Attacks,
    /// Power cuts at random moments, of a server and of runs of `generate`
    PowerCut,
}

/// Parts that run one after the other, beside those of the other turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Files and packages
    Files,
    /// Servers
    Servers,
    /// Alone, because it measures; run when its subject changed, not with every commit
    Alone,
}

/// Runs the parts that are named, or all.
pub(crate) fn run(arguments: &Arguments) -> Outcome {
    build()?;
    let work = emptied(root().join("target/interop"))?;
    let is_chosen = |part: &Part| match arguments.parts.is_empty() {
        true => part.turn() != Turn::Alone,
        false => arguments.parts.contains(part),
    };
    let parts: Vec<Part> = Part::value_variants()
        .iter()
        .copied()
        .filter(is_chosen)
        .collect();
    // Before all else: maturin takes the binary away for a moment.
    let packages = match parts.contains(&Part::Dist) {
        true => Some(packages::local()?),
        false => None,
    };
    let run = &|turn: Turn| {
        let mut parts = parts.iter().filter(|part| part.turn() == turn);
        parts.try_for_each(|part| part.run(&work, packages.as_ref(), &arguments.serve_arguments))
    };
    // Most parts keep one core busy or wait, so that two take hardly longer than one.
    thread::scope(|scope| {
        let turns = [Turn::Servers, Turn::Files].map(|turn| scope.spawn(move || run(turn)));
        let ended = turns.map(|turn| turn.join().map_err(|_| "a part panicked".to_owned())?);
        ended.into_iter().collect::<Outcome>()
    })?;
    run(Turn::Alone)?;
    say("interop: all passed");
    Ok(())
}

impl Part {
    fn turn(self) -> Turn {
        match self {
            Self::Dist | Self::Python | Self::Documents | Self::Languages | Self::Replies => {
                Turn::Files
            }
            Self::Argilla | Self::Browser | Self::Postgres | Self::Schemathesis => Turn::Servers,
            Self::Hub
            | Self::Layouts
            | Self::Servers
            | Self::Tasks
            | Self::Outputs
            | Self::Served
            | Self::Attacks
            | Self::PowerCut => Turn::Alone,
        }
    }

    fn run(self, work: &Path, packages: Option<&Packages>, serve_arguments: &[String]) -> Outcome {
        match self {
            Self::Dist => packages.map_or(Ok(()), |made| dist::run(made, &work.join("dist"))),
            Self::Python => python::run(&demo(work)?),
            Self::Browser => browser::run(work),
            Self::Argilla => argilla::run(&work.join("argilla"), serve_arguments),
            Self::Hub => hub::run(work),
            Self::Postgres => postgres::run(work),
            Self::Schemathesis => schemathesis::run(&work.join("schemathesis"), serve_arguments),
            Self::Documents => documents::run(),
            Self::Layouts => layouts::run(&work.join("layouts")),
            Self::Servers => servers::run(),
            Self::Languages => languages::run(work),
            Self::Replies => replies::run(&work.join("replies")),
            Self::Tasks => tasks::run(&work.join("tasks")),
            Self::Outputs => outputs::run(&work.join("outputs")),
            Self::Served => local_completions::run(),
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
