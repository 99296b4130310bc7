//! `cargo xtask bench generate`: the speed and memory of `examen generate` while a server replies at once, or after a
//! fifth of a second; and of reading documents of many megabytes.

mod large;
mod scenario;

use super::{
    common::{Common, at_least_one, work_folder},
    report::Report,
};
use crate::{fake_server::write_documents, process::Outcome};
use scenario::Scenario;
use std::path::{Path, PathBuf};

/// Options of this benchmark.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Runs of each; medians are printed
    #[arg(long, value_name = "N", default_value = "3", value_parser = at_least_one)]
    runs: usize,
    /// Latencies of the server
    #[arg(long, value_name = "MS,MS", default_values_t = [0, 200], value_delimiter = ',')]
    latency_ms: Vec<u64>,
    /// Numbers of requests in flight
    #[arg(long, value_name = "N,N", default_values = ["50", "500"], value_delimiter = ',', value_parser = at_least_one)]
    concurrency: Vec<usize>,
    /// Run each once, on fewer documents
    #[arg(long)]
    quick: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Measures each pair of latency and requests in flight.
pub(super) fn run(arguments: &Arguments, report: &mut Report) -> Outcome {
    let folder = work_folder("generate")?;
    for scenario in arguments.scenarios() {
        let documents = documents(&folder, scenario.n_documents)?;
        scenario.run(&documents, arguments.n_runs(), report)?;
    }
    large::run(&folder, report)
}

/// A folder with `n` documents.
fn documents(folder: &Path, n: usize) -> Outcome<PathBuf> {
    let documents = folder.join(format!("documents-{n}"));
    if !documents.is_dir() {
        write_documents(&documents, n as u64)?;
    }
    Ok(documents)
}

impl Arguments {
    fn n_runs(&self) -> usize {
        if self.quick { 1 } else { self.runs }
    }

    fn scenarios(&self) -> Vec<Scenario> {
        let of = |latency_ms, concurrency| match latency_ms {
            0 => Scenario {
                n_documents: 2_000,
                latency_ms,
                concurrency,
                warm_up: 0,
            },
            _ if self.quick => Scenario {
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
        self.latency_ms
            .iter()
            .flat_map(|&latency_ms| self.concurrency.iter().map(move |&n| of(latency_ms, n)))
            .collect()
    }
}
