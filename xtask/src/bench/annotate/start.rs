//! From the start of the process to its first answer, and what it holds while nobody asks.

use super::server_process;
use crate::{
    bench::report::{Report, Row},
    process::Outcome,
    server::Server,
};
use serde_json::json;
use std::{path::Path, thread::sleep, time::Duration};

const N_STARTS: usize = 7;

pub(super) fn run(data: &Path, serve_arguments: &[String], report: &mut Report) -> Outcome {
    let first = milliseconds(&Server::start(data, serve_arguments)?);
    let mut again = Vec::new();
    for _ in 0..N_STARTS {
        again.push(milliseconds(&Server::start(data, serve_arguments)?));
    }
    again.sort_by(f64::total_cmp);
    let (median, slowest) = (again[N_STARTS / 2], again[N_STARTS - 1]);
    let mut row = |figure: &str, value: f64, note: String| {
        report.row(Row {
            figure: figure.to_owned(),
            value: format!("{value:.0}"),
            aim: "< 200",
            note,
        });
    };
    row(
        "first start, ms",
        first,
        "an empty store is made, and its owner".to_owned(),
    );
    row(
        "start, ms",
        median,
        format!("median of {N_STARTS}, slowest {slowest:.0}"),
    );
    report.record("start", json!({ "first_ms": first, "again_ms": again }));
    let server = Server::start(data, serve_arguments)?;
    sleep(Duration::from_secs(1));
    server_process::memory("idle resident memory, MB", &server, "< 40", report);
    Ok(())
}

fn milliseconds(server: &Server) -> f64 {
    server.start.as_secs_f64() * 1e3
}
