//! `cargo xtask bench generate`: how fast `examen generate` gets through documents, and how large it becomes, while a
//! server answers at once, or after a fifth of a second.

mod scenario;
mod server;

pub(crate) use server::FakeServer;

use super::{measure::load_average, number, report::Report, work_folder};
use crate::process::{Outcome, cargo, say, step};
use examen_fake_server::document;
use scenario::Scenario;
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
};

const USAGE: &str = "\
usage: cargo xtask bench generate [OPTIONS]

  --runs N           runs of each; medians are printed (3)
  --latency-ms N     only with this latency of the server, 0 or 200 (both)
  --concurrency N    only with so many requests in flight (50 and 500)
  --quick            one run of each, on fewer documents
  --json FILE        also writes everything that was measured";

/// What the command line asks for.
struct Options {
    n_runs: usize,
    latency_ms: Option<u64>,
    concurrency: Option<usize>,
    is_quick: bool,
    json: Option<PathBuf>,
}

/// Reads the arguments after `bench generate`, measures, prints a table.
pub(super) fn run(arguments: impl Iterator<Item = String>) -> Outcome {
    let options = Options::read(arguments)?;
    step(
        "release build",
        &mut cargo(&["build", "--release", "--package", "examen"]),
    )?;
    let load = load_average();
    say(&format!(
        "── load of the machine at the start: {}",
        load.as_deref().unwrap_or("not known")
    ));
    let mut report = Report::default();
    report.record("load_average", json!(load));
    let folder = work_folder("generate")?;
    for scenario in options.scenarios() {
        let documents = documents(&folder, scenario.n_documents)?;
        scenario.run(&documents, options.n_runs(), &mut report)?;
    }
    report.print();
    options
        .json
        .as_deref()
        .map_or(Ok(()), |file| report.write(file))
}

/// A folder with so many documents.
fn documents(folder: &Path, n: usize) -> Outcome<PathBuf> {
    let documents = folder.join(format!("documents-{n}"));
    let write = || {
        fs::create_dir_all(&documents)?;
        (0..n).try_for_each(|number| {
            fs::write(
                documents.join(format!("{number:06}.txt")),
                document(number as u64),
            )
        })
    };
    if !documents.is_dir() {
        write().map_err(|error| format!("{}: {error}", documents.display()))?;
    }
    Ok(documents)
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut options = Self {
            n_runs: 3,
            latency_ms: None,
            concurrency: None,
            is_quick: false,
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
                "--latency-ms" => options.latency_ms = Some(number(&value()?)?),
                "--concurrency" => options.concurrency = Some(number::<usize>(&value()?)?.max(1)),
                "--quick" => options.is_quick = true,
                "--json" => options.json = Some(value()?.into()),
                _ => return Err(USAGE.to_owned()),
            }
        }
        Ok(options)
    }

    fn n_runs(&self) -> usize {
        if self.is_quick { 1 } else { self.n_runs }
    }

    fn scenarios(&self) -> Vec<Scenario> {
        let latencies = self
            .latency_ms
            .map_or(vec![0, 200], |latency_ms| vec![latency_ms]);
        let concurrencies = self
            .concurrency
            .map_or(vec![50, 500], |concurrency| vec![concurrency]);
        let of = |latency_ms, concurrency| match latency_ms {
            0 => Scenario {
                n_documents: 2_000,
                latency_ms,
                concurrency,
                warm_up: 0,
            },
            _ if self.is_quick => Scenario {
                n_documents: 5_000,
                latency_ms,
                concurrency,
                warm_up: 1,
            },
            _ => Scenario {
                n_documents: 20_000,
                latency_ms,
                concurrency,
                warm_up: 5,
            },
        };
        let of = &of;
        latencies
            .into_iter()
            .flat_map(|latency_ms| concurrencies.iter().map(move |&n| of(latency_ms, n)))
            .collect()
    }
}
