//! Writing records: by requests as the SDK sends them, and by the SDK itself.

use super::{
    N_FEW,
    client::Client,
    questions::{self, BATCH, Dataset},
    server_process::cpu_seconds,
};
use crate::{
    bench::{
        common::at,
        report::{Report, Row},
    },
    environment::environment,
    process::{Outcome, json_lines, root, say},
    server::{API_KEY, Server},
};
use serde_json::json;
use std::{
    fs,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Instant,
};

/// Ten thousand records, by one connection and by four.
pub(super) fn small(server: &Server, client: &Client, report: &mut Report) -> Outcome {
    for n_connections in [1, 4] {
        let dataset = insert(server, client, N_FEW, n_connections, report)?;
        client.delete(&format!("/api/v1/datasets/{}", dataset.id))?;
    }
    Ok(())
}

/// The large dataset, by one connection; then by four, and that one is kept.
pub(super) fn large(
    server: &Server,
    client: &Client,
    n: usize,
    report: &mut Report,
) -> Outcome<Dataset> {
    let dataset = insert(server, client, n, 1, report)?;
    client.delete(&format!("/api/v1/datasets/{}", dataset.id))?;
    insert(server, client, n, 4, report)
}

fn insert(
    server: &Server,
    client: &Client,
    n: usize,
    n_connections: usize,
    report: &mut Report,
) -> Outcome<Dataset> {
    let dataset = questions::dataset(client, &format!("{n} by {n_connections}"), false)?;
    let bodies = dataset.bodies(n);
    let (cpu, start) = (cpu_seconds(server), Instant::now());
    write(client, &dataset, &bodies, n_connections)?;
    let (seconds, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds(server) - cpu);
    let plural = if n_connections == 1 { "" } else { "s" };
    let figure = format!("{n} records by {n_connections} connection{plural}, records/s");
    rate(&figure, n, seconds, cpu, "≥ 5000", "batches of 256", report);
    Ok(dataset)
}

/// Sends all bodies, each once, by so many connections at once.
pub(super) fn write(
    client: &Client,
    dataset: &Dataset,
    bodies: &[Vec<u8>],
    n_connections: usize,
) -> Outcome {
    let next = AtomicUsize::new(0);
    let work = || {
        let client = client.another();
        while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
            client.send("PUT", &dataset.bulk, body)?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..n_connections).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().expect("a worker does not panic"))
    })
}

/// `dataset.records.log()` of Argilla's SDK, with records that are made before the clock starts.
pub(super) fn through_the_sdk(server: &Server, client: &Client, report: &mut Report) -> Outcome {
    let python = environment("argilla")?.join("python");
    let dataset = questions::dataset(client, "by the SDK", false)?;
    let file = root().join("target/bench/annotate/records.jsonl");
    let lines: String = (0..N_FEW)
        .map(|n| format!("{}\n", dataset.record(n)))
        .collect();
    fs::write(&file, lines)
        .map_err(|error| format!("could not write {}: {error}", file.display()))?;
    let mut log = Command::new(python);
    log.arg(root().join("xtask/bench/log_records.py"))
        .args([&server.url(), API_KEY, &dataset.id])
        .arg(file);
    let cpu = cpu_seconds(server);
    let told = json_lines(&mut log)?.pop().unwrap_or_default();
    let cpu = cpu_seconds(server) - cpu;
    let note = format!(
        "batches of {BATCH}; the SDK itself takes {:.1} CPU-s",
        at(&told, "/client_cpu_s")
    );
    rate(
        &format!("{N_FEW} records by the SDK, records/s"),
        N_FEW,
        at(&told, "/seconds"),
        cpu,
        "≥ 2000",
        &note,
        report,
    );
    client
        .delete(&format!("/api/v1/datasets/{}", dataset.id))
        .map(drop)
}

fn rate(
    figure: &str,
    n: usize,
    seconds: f64,
    cpu: f64,
    aim: &'static str,
    note: &str,
    report: &mut Report,
) {
    let value = format!("{:.0}", n as f64 / seconds);
    say(&format!("── {figure}: {value}"));
    let note = format!("{seconds:.1} s, server {cpu:.1} CPU-s; {note}");
    report.row(Row {
        figure: figure.to_owned(),
        value,
        aim,
        note,
    });
    report.record(
        figure,
        json!({ "n": n, "seconds": seconds, "server_cpu_s": cpu }),
    );
}
