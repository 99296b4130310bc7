//! `cargo xtask bench annotate`: the review server, over HTTP, as its users meet it: start, memory, inserting records,
//! pages of a queue, answers, searches.

mod client;
mod insert;
mod latencies;
mod questions;
mod queue;
mod search;
mod server_process;
mod start;

use super::{
    common::{Common, at_least_one, work_folder},
    report::Report,
};
use crate::{
    process::Outcome,
    server::{API_KEY, Server},
};
use clap::ValueEnum;
use client::Client;
use serde_json::json;

/// Records of the small insertions, and of the dataset with vectors.
const N_FEW: usize = 10_000;

/// Options of this benchmark.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Records of the large dataset
    #[arg(long, value_name = "N", default_value = "100000", value_parser = at_least_one)]
    records: usize,
    /// People who review at once
    #[arg(long, value_name = "N", default_value = "16", value_parser = at_least_one)]
    annotators: usize,
    /// Run only these parts
    #[arg(long, value_name = "PARTS", value_delimiter = ',')]
    only: Vec<Part>,
    /// Give this to `examen serve`: an empty PostgreSQL database instead of a file
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Start,
    Insert,
    Sdk,
    Queue,
    Search,
}

/// Measures the server on a store of its own.
pub(super) fn run(arguments: &Arguments, report: &mut Report) -> Outcome {
    let database = match arguments.database {
        Some(_) => "postgresql",
        None => "sqlite",
    };
    report.record("database", json!(database));
    let data = work_folder("annotate")?.join("store");
    if arguments.wants(Part::Start) {
        start::run(&data, &arguments.serve_arguments(), report)?;
    }
    let server = Server::start(&data, &arguments.serve_arguments())?;
    let client = Client::new(&server.url(), API_KEY);
    if arguments.wants(Part::Insert) {
        insert::small(&server, &client, report)?;
    }
    if arguments.wants(Part::Sdk) {
        insert::through_the_sdk(&server, &client, report)?;
    }
    if [Part::Insert, Part::Queue, Part::Search]
        .iter()
        .any(|&part| arguments.wants(part))
    {
        let large = insert::large(&server, &client, arguments.records, report)?;
        server_process::memory("resident memory after inserting, MB", &server, "", report);
        if arguments.wants(Part::Queue) {
            queue::run(&server, &client, &large, arguments.annotators, report)?;
        }
        if arguments.wants(Part::Search) {
            search::run(&server, &client, &large, report)?;
        }
    }
    server_process::memory("resident memory at the end, MB", &server, "", report);
    Ok(())
}

impl Arguments {
    fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    fn serve_arguments(&self) -> Vec<String> {
        self.database
            .iter()
            .flat_map(|url| ["--database".to_owned(), url.clone()])
            .collect()
    }
}
