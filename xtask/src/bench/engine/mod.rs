//! `cargo xtask bench engine`: the speed of the engine, beside its aims and its peers.

mod decoding;
mod evaluation;
mod large;
mod peak;
mod peers;

use super::{
    common::{Common, at, at_least_one, json_file, work_folder},
    measure, report,
    report::Report,
};
use crate::{
    process::{Outcome, Profile, json_lines, programs, root},
    test_model,
};
use clap::ValueEnum;
use evaluation::Evaluation;
use peers::Peers;
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    process::Command,
    thread::available_parallelism,
};

/// Options of this benchmark.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Runs of each evaluation; medians are printed
    #[arg(long, value_name = "N", default_value = "3", value_parser = at_least_one)]
    runs: usize,
    /// Threads of everything that is measured
    #[arg(long, value_name = "N", default_value_t = n_cores(), value_parser = at_least_one)]
    threads: usize,
    /// Numbers of solved examples before each question
    #[arg(long, value_name = "N,N", default_values_t = [0, 5], value_delimiter = ',')]
    shots: Vec<u32>,
    /// Ask only the first N questions, to see that all works
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    questions: Option<usize>,
    /// Run only these parts
    #[arg(long, value_name = "PARTS", value_delimiter = ',')]
    only: Vec<Part>,
    /// Python with xtask/peers/requirements.txt: run LightEval and lm-evaluation-harness on the same exam, each after a
    /// run of examen (10 minutes more)
    #[arg(long, value_name = "PYTHON")]
    peer: Option<PathBuf>,
    /// Measure only a model of 7B shape, of zeros, in a sparse file of 13.5 GB
    #[arg(long)]
    large: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Peak,
    Evaluate,
    Parts,
    Load,
    Decode,
    Peers,
}

/// Measures the engine, or the loading of a large model.
pub(super) fn run(arguments: &Arguments, report: &mut Report) -> Outcome {
    report.record("threads", json!(arguments.threads));
    match arguments.large {
        true => large::run(arguments, report),
        false => engine(arguments, report),
    }
}

fn engine(arguments: &Arguments, report: &mut Report) -> Outcome {
    test_model::fetch()?;
    let mut peers = arguments
        .peer
        .as_deref()
        .filter(|_| arguments.wants(Part::Peers))
        .map(Peers::prepare)
        .transpose()?;
    if arguments.wants(Part::Peak) {
        peak::run(arguments, report)?;
    }
    for &n_shots in &arguments.shots {
        let mut evaluation = Evaluation::new(arguments, n_shots);
        if arguments.wants(Part::Evaluate) && !evaluation.run(arguments, report)? {
            continue;
        }
        if arguments.wants(Part::Parts) {
            evaluation.parts(arguments, report)?;
        }
        if arguments.wants(Part::Load) && n_shots == 0 {
            evaluation.under_load(arguments, report)?;
        }
        if let Some(peers) = &mut peers {
            peers.compare(arguments, &evaluation, report)?;
        }
    }
    if arguments.wants(Part::Decode) {
        decoding::run(arguments, report)?;
    }
    Ok(())
}

impl Arguments {
    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }
}

fn n_cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// The model that is measured.
fn model() -> PathBuf {
    test_model::path()
}

/// The exam that is taken.
fn exam() -> PathBuf {
    root().join("testdata/lighteval/exam.jsonl")
}

/// The program that measures inside its process.
fn probe(arguments: &[&str]) -> Command {
    let mut probe = Command::new(programs(Profile::Release.name()).join("examples/bench_engine"));
    probe.args(arguments);
    probe
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
