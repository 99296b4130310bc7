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

use super::{measure::load_average, number, report::Report, work_folder};
use crate::{
    process::{Outcome, cargo, say, step},
    server::{API_KEY, Server},
};
use client::Client;
use serde_json::json;
use std::path::PathBuf;

const USAGE: &str = "\
usage: cargo xtask bench annotate [OPTIONS]

  --records N       records of the large dataset (100000)
  --annotators N    people who review at once (16)
  --only PARTS      some of start,insert,sdk,queue,search; comma-separated (all)
  --database URL    given to `examen serve`: PostgreSQL instead of a file; the database must be empty
  --json FILE       also writes everything that was measured";

/// Records of the small insertions, and of the dataset with vectors.
const N_FEW: usize = 10_000;

/// What the command line asks for.
struct Options {
    n_records: usize,
    n_annotators: usize,
    parts: Option<Vec<String>>,
    database: Option<String>,
    json: Option<PathBuf>,
}

/// Reads the arguments after `bench annotate`, measures, prints a table.
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
    report.record(
        "database",
        json!(if options.database.is_some() {
            "postgresql"
        } else {
            "sqlite"
        }),
    );
    measure(&options, &mut report)?;
    report.print();
    options
        .json
        .as_deref()
        .map_or(Ok(()), |file| report.write(file))
}

fn measure(options: &Options, report: &mut Report) -> Outcome {
    let data = work_folder("annotate")?.join("store");
    if options.wants("start") {
        start::run(&data, &options.serve_arguments(), report)?;
    }
    let server = Server::start(&data, &options.serve_arguments())?;
    let client = Client::new(&server.url(), API_KEY);
    if options.wants("insert") {
        insert::small(&server, &client, report)?;
    }
    if options.wants("sdk") {
        insert::through_the_sdk(&server, &client, report)?;
    }
    if ["insert", "queue", "search"]
        .iter()
        .any(|part| options.wants(part))
    {
        let large = insert::large(&server, &client, options.n_records, report)?;
        server_process::memory("resident memory after inserting, MB", &server, "", report);
        if options.wants("queue") {
            queue::run(&server, &client, &large, options.n_annotators, report)?;
        }
        if options.wants("search") {
            search::run(&server, &client, &large, report)?;
        }
    }
    server_process::memory("resident memory at the end, MB", &server, "", report);
    Ok(())
}

impl Options {
    fn read(mut arguments: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut options = Self {
            n_records: 100_000,
            n_annotators: 16,
            parts: None,
            database: None,
            json: None,
        };
        while let Some(name) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or_else(|| format!("{name} needs a value\n\n{USAGE}"))
            };
            match name.as_str() {
                "--records" => options.n_records = number::<usize>(&value()?)?.max(1),
                "--annotators" => options.n_annotators = number::<usize>(&value()?)?.max(1),
                "--only" => options.parts = Some(value()?.split(',').map(str::to_owned).collect()),
                "--database" => options.database = Some(value()?),
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

    fn serve_arguments(&self) -> Vec<String> {
        self.database
            .iter()
            .flat_map(|url| ["--database".to_owned(), url.clone()])
            .collect()
    }
}
