//! One scenario: a number of documents, a latency, a number of requests in flight; its runs and its rows of the table.

use crate::{
    bench::{
        common::{at, json_file},
        measure::{self, Runs, median},
        report::{Report, Row},
    },
    fake_server::FakeServer,
    process::{Outcome, emptied, examen},
};
use examen_fake_server::N_FACTS;
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    path::Path,
    process::Command,
};

/// One setting that is measured.
pub(super) struct Scenario {
    pub(super) n_documents: usize,
    pub(super) latency_ms: u64,
    pub(super) concurrency: usize,
    /// Seconds from the first request that the rate leaves out. 0: the rate is that of the whole process.
    pub(super) warm_up: usize,
}

/// Measurements, a number for each run.
#[derive(Default)]
struct Measured {
    runs: Runs,
    rates: Vec<f64>,
    server_cpu: Vec<f64>,
    max_in_flight: Vec<f64>,
    stats: Vec<Value>,
}

impl Scenario {
    /// Runs `examen generate` so many times on the documents in `documents`, each time from nothing.
    ///
    /// # Errors
    /// If not every question about every fact is accepted.
    pub(super) fn run(&self, documents: &Path, n_runs: usize, report: &mut Report) -> Outcome {
        let mut measured = Measured::default();
        for _ in 0..n_runs {
            self.once(documents, &mut measured)?;
        }
        self.rows(&measured, report);
        report.record(&self.name(), measured.to_json());
        Ok(())
    }

    fn name(&self) -> String {
        format!(
            "{} documents, {} ms, {} at once",
            self.n_documents, self.latency_ms, self.concurrency
        )
    }

    fn once(&self, documents: &Path, measured: &mut Measured) -> Outcome {
        let folder = emptied(documents.with_file_name("run"))?;
        let server = FakeServer::start(self.latency_ms)?;
        let run = measure::run(
            &self.name(),
            &mut self.command(documents, &folder, &server.base_url())?,
        )?;
        let stats = server.stats()?;
        if !run.status.success() {
            let said = fs::read_to_string(folder.join("stderr.txt")).unwrap_or_default();
            return Err(format!(
                "{}: examen generate failed ({}):\n{said}",
                self.name(),
                run.status
            ));
        }
        self.check(&folder)?;
        measured
            .rates
            .push(self.rate(run.wall.as_secs_f64(), &stats));
        measured.max_in_flight.push(at(&stats, "/max_in_flight"));
        measured.server_cpu.push(server.end()?.cpu.as_secs_f64());
        measured.runs.0.push(run);
        measured.stats.push(stats);
        Ok(())
    }

    fn command(&self, documents: &Path, folder: &Path, base_url: &str) -> Outcome<Command> {
        let file = |name: &str| {
            let file = folder.join(name);
            File::create(&file).map_err(|error| format!("{}: {error}", file.display()))
        };
        let mut generate = Command::new(examen());
        generate
            .args([
                "generate",
                "--model-id",
                "fake",
                "--base-url",
                base_url,
                "--format",
                "json",
            ])
            .args([
                "--questions-per-chunk",
                &N_FACTS.to_string(),
                "--chunk-tokens",
                "1024",
            ])
            .args(["--concurrency", &self.concurrency.to_string()])
            .args(["--max-concurrency", &self.concurrency.to_string()])
            .arg("--input-dir")
            .arg(documents)
            .arg("--output-path")
            .arg(folder.join("questions"))
            .stdout(file("summary.json")?)
            .stderr(file("stderr.txt")?);
        Ok(generate)
    }

    fn check(&self, folder: &Path) -> Outcome {
        let summary = json_file(&folder.join("summary.json"))?;
        let (accepted, expected) = (at(&summary, "/accepted"), self.n_questions());
        if accepted as usize == expected {
            return Ok(());
        }
        Err(format!(
            "{}: {accepted} of {expected} questions were accepted:\n{summary:#}",
            self.name()
        ))
    }

    fn n_questions(&self) -> usize {
        self.n_documents * N_FACTS
    }

    /// Documents per second.
    fn rate(&self, wall: f64, stats: &Value) -> f64 {
        if self.warm_up == 0 {
            return self.n_documents as f64 / wall;
        }
        let each_second = stats["answered_each_second"]
            .as_array()
            .into_iter()
            .flatten();
        let n: f64 = each_second.skip(self.warm_up).map(|n| at(n, "")).sum();
        n / (at(stats, "/seconds") - self.warm_up as f64)
    }

    /// Documents per second that no client can exceed; `None` where the server replies at once.
    fn ideal(&self) -> Option<f64> {
        (self.latency_ms > 0).then(|| self.concurrency as f64 * 1e3 / self.latency_ms as f64)
    }

    fn rows(&self, measured: &Measured, report: &mut Report) {
        let mut row = |figure: &str, value: String, aim: &'static str, note: String| {
            report.row(Row {
                figure: format!("{}: {figure}", self.name()),
                value,
                aim,
                note,
            });
        };
        let rate = median(measured.rates.iter().copied());
        let best = measured.rates.iter().copied().fold(0.0, f64::max);
        let wall = format!(
            "best run {best:.0}; whole process {:.1} s",
            measured.runs.wall()
        );
        match self.ideal() {
            None => row("documents/s", format!("{rate:.0}"), "≥ 2500", wall),
            Some(ideal) => {
                row(
                    "documents/s",
                    format!("{rate:.0}"),
                    "",
                    format!("{wall}; without the first {} s", self.warm_up),
                );
                let share = |rate: f64| format!("{:.1} %", 100.0 * rate / ideal);
                row(
                    "share of the ideal",
                    share(rate),
                    "≥ 90 %",
                    format!("best run {}", share(best)),
                );
            }
        }
        let server = format!(
            "the server's {:.2}",
            median(measured.server_cpu.iter().copied())
        );
        row(
            "CPU-seconds",
            format!("{:.2}", measured.runs.cpu()),
            "",
            server,
        );
        let in_flight = format!(
            "{:.0} requests in flight at most",
            measured.max_in_flight.iter().fold(0.0, |a, b| b.max(a))
        );
        let in_flight = self.ideal().map_or(String::new(), |_| in_flight);
        row(
            "peak memory, MB",
            format!("{:.0}", measured.runs.rss() / 1e6),
            "< 60",
            in_flight,
        );
        let accepted = self.n_questions().to_string();
        row(
            "accepted questions",
            accepted,
            "",
            format!("{N_FACTS} a document, or the benchmark fails"),
        );
    }
}

impl Measured {
    fn to_json(&self) -> Value {
        json!({
            "documents_per_second": self.rates,
            "runs": self.runs.to_json(),
            "server_cpu_s": self.server_cpu,
            "server": self.stats,
        })
    }
}
