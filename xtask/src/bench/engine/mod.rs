//! `cargo xtask bench engine`: how fast the engine is, beside what it should be and what its peers are. It measures and
//! prints; it never fails because of a number.

mod decoding;
mod evaluation;
mod large;
mod peak;
mod peers;

use super::{
    at, json_file, json_lines, measure, measure::load_average, number, report, report::Report,
    work_folder,
};
use crate::{
    check::fetch_test_model,
    process::{Outcome, cargo, root, say, step},
};
use evaluation::Evaluation;
use peers::Peers;
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    process::Command,
    thread::available_parallelism,
};

/// What `--help` says.
const USAGE: &str = "\
usage: cargo xtask bench engine [OPTIONS]

  --runs N        runs of each evaluation; medians are printed (3)
  --threads N     threads of everything that is measured (all cores)
  --shots N       only this number of solved examples, 0 or 5 (both)
  --questions N   only the first N questions, to see that all works (all)
  --only PARTS    some of peak,evaluate,parts,load,decode,peers; comma-separated (all)
  --peer PYTHON   an interpreter with xtask/peers/requirements.txt: LightEval and lm-evaluation-harness run on the same
                  exam, in turn with examen (once each; 10 minutes more on a quiet machine)
  --large         only this: a model of 7B shape, of zeros, in a sparse file of 13.5 GB
  --json FILE     also writes everything that was measured";

/// What the command line asks for.
struct Options {
    n_runs: usize,
    n_threads: usize,
    n_questions: Option<usize>,
    shots: Vec<u32>,
    parts: Option<Vec<String>>,
    peer: Option<PathBuf>,
    is_large: bool,
    json: Option<PathBuf>,
}

/// Reads the arguments after `bench engine`, measures, prints a table.
pub(super) fn run(arguments: impl Iterator<Item = String>) -> Outcome {
    let options = Options::read(arguments)?;
    build()?;
    say(&format!(
        "── load of the machine at the start: {}",
        load_average().unwrap_or("not known".to_owned())
    ));
    let mut report = Report::default();
    report.record("load_average", json!(load_average()));
    report.record("threads", json!(options.n_threads));
    match options.is_large {
        true => large::run(&options, &mut report)?,
        false => engine(&options, &mut report)?,
    }
    report.print();
    options
        .json
        .as_deref()
        .map_or(Ok(()), |file| report.write(file))
}

fn engine(options: &Options, report: &mut Report) -> Outcome {
    fetch_test_model()?;
    let mut peers = options
        .peer
        .as_deref()
        .filter(|_| options.wants("peers"))
        .map(Peers::prepare)
        .transpose()?;
    if options.wants("peak") {
        peak::run(options, report)?;
    }
    for &n_shots in &options.shots {
        let mut evaluation = Evaluation::new(options, n_shots);
        if options.wants("evaluate") && !evaluation.run(options, report)? {
            continue;
        }
        if options.wants("parts") {
            evaluation.parts(options, report)?;
        }
        if options.wants("load") && n_shots == 0 {
            evaluation.under_load(options, report)?;
        }
        if let Some(peers) = &mut peers {
            peers.compare(options, &evaluation, report)?;
        }
    }
    if options.wants("decode") {
        decoding::run(options, report)?;
    }
    Ok(())
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Outcome<Self> {
        let n_cores = available_parallelism().map_or(1, usize::from);
        let mut options = Self {
            n_runs: 3,
            n_threads: n_cores,
            n_questions: None,
            shots: vec![0, 5],
            parts: None,
            peer: None,
            is_large: false,
            json: None,
        };
        while let Some(name) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or_else(|| format!("{name} needs a value\n\n{USAGE}"))
            };
            match name.as_str() {
                "--runs" => options.n_runs = number::<usize>(&value()?)?.max(1),
                "--threads" => options.n_threads = number::<usize>(&value()?)?.max(1),
                "--questions" => options.n_questions = Some(number::<usize>(&value()?)?.max(1)),
                "--shots" => options.shots = vec![number(&value()?)?],
                "--only" => options.parts = Some(value()?.split(',').map(str::to_owned).collect()),
                "--peer" => options.peer = Some(value()?.into()),
                "--large" => options.is_large = true,
                "--json" => options.json = Some(value()?.into()),
                _ => return Err(USAGE.to_owned()),
            }
        }
        Ok(options)
    }

    fn wants(&self, part: &str) -> bool {
        self.parts
            .as_ref()
            .is_none_or(|parts| parts.iter().any(|wanted| wanted == part))
    }
}

/// The product and what measures inside a process, in the profile of everything else.
fn build() -> Outcome {
    let build = [
        "build",
        "--release",
        "--package",
        "examen",
        "--bin",
        "examen",
        "--example",
        "bench_engine",
    ];
    step("release build", &mut cargo(&build))
}

/// The model that is measured.
fn model() -> PathBuf {
    root().join("target/test-models/SmolLM2-135M-Instruct.Q4_1.gguf")
}

/// The exam that is held.
fn exam() -> PathBuf {
    root().join("testdata/lighteval/exam.jsonl")
}

/// The program that measures inside its process.
fn probe(arguments: &[&str]) -> Command {
    let mut probe = Command::new(root().join("target/release/examples/bench_engine"));
    probe.args(arguments);
    probe
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
