//! `cargo xtask bench NAME`: speed and memory, each beside its aim. A benchmark measures and prints; no number makes it
//! fail.

mod annotate;
mod common;
mod engine;
mod evaluate;
mod generate;
mod measure;
mod report;

use crate::process::{Outcome, cargo, say, step};
use common::Common;
use report::Report;
use serde_json::json;

/// The benchmarks.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Benchmark {
    /// Questions and tokens per CPU-second, memory; also beside LightEval and lm-evaluation-harness
    Engine(engine::Arguments),
    /// The review server: start, memory, inserting, pages, answers, searches
    Annotate(annotate::Arguments),
    /// Documents per second of `examen generate` against a server that replies at once or late, CPU time, memory
    Generate(generate::Arguments),
    /// Questions per second of `examen evaluate` against a server that replies late, beside the ideal
    Evaluate(evaluate::Arguments),
}

/// Builds what is measured, measures, and prints a table.
pub(crate) fn run(benchmark: &Benchmark) -> Outcome {
    match benchmark {
        Benchmark::Engine(arguments) => {
            let probe = ["--bin", "examen", "--example", "bench_engine"];
            report(&arguments.common, &probe, |report| {
                engine::run(arguments, report)
            })
        }
        Benchmark::Annotate(arguments) => report(&arguments.common, &[], |report| {
            annotate::run(arguments, report)
        }),
        Benchmark::Generate(arguments) => report(&arguments.common, &FAKE_SERVER, |report| {
            generate::run(arguments, report)
        }),
        Benchmark::Evaluate(arguments) => report(&arguments.common, &FAKE_SERVER, |report| {
            evaluate::run(arguments, report)
        }),
    }
}

const FAKE_SERVER: [&str; 2] = ["--package", "examen-fake-server"];

fn report(
    common: &Common,
    targets: &[&str],
    measure: impl FnOnce(&mut Report) -> Outcome,
) -> Outcome {
    let mut build = cargo(&["build", "--release", "--package", "examen"]);
    step("build", build.args(targets))?;
    let load = measure::load_average();
    say(&format!(
        "── load of the machine at the start: {}",
        load.as_deref().unwrap_or("unknown")
    ));
    let mut report = Report::default();
    report.record("load_average", json!(load));
    measure(&mut report)?;
    report.print();
    common
        .json
        .as_deref()
        .map_or(Ok(()), |file| report.write(file))
}
