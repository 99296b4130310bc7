//! `cargo xtask bench evaluate`: the speed of `examen evaluate` on questions that a server answers after a fifth of a
//! second, by replies and by likelihoods, beside the speed that no client can exceed.

use super::{
    common::{Common, at, at_least_one, work_folder},
    measure::{self, Runs, median},
    report::{Report, Row},
};
use crate::{
    fake_server::FakeServer,
    process::{Outcome, emptied, examen},
};
use serde_json::{Value, json};
use std::{
    fmt::Write as _,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

/// Options of this benchmark.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Runs of each; medians are printed
    #[arg(long, value_name = "N", default_value = "3", value_parser = at_least_one)]
    runs: usize,
    /// Questions of the exam
    #[arg(long, value_name = "N", default_value = "1000", value_parser = at_least_one)]
    questions: usize,
    /// Latency of the server
    #[arg(long, value_name = "MS", default_value = "200", value_parser = at_least_one)]
    latency_ms: usize,
    /// Requests in flight
    #[arg(long, value_name = "N", default_value = "50", value_parser = at_least_one)]
    concurrency: usize,
    /// Python interpreter with inspect_ai, whose run of the same questions is measured too
    #[arg(long, value_name = "PYTHON")]
    peer: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Ways to answer, and the calls that a question takes: one reply, or one echo an option.
const WAYS: [(&str, usize); 3] = [("generate", 1), ("letters", 1), ("likelihood", 4)];

/// Measures each way to answer.
pub(super) fn run(arguments: &Arguments, report: &mut Report) -> Outcome {
    let folder = work_folder("evaluate")?;
    let exam = folder.join("exam.jsonl");
    let written = fs::write(&exam, questions(arguments.questions));
    written.map_err(|error| format!("{}: {error}", exam.display()))?;
    for (way, n_calls) in WAYS {
        let mut measured = Measured::default();
        for _ in 0..arguments.runs {
            arguments.once(way, &exam, &mut measured)?;
        }
        arguments.rows(way, n_calls, &measured, report);
    }
    match &arguments.peer {
        Some(python) => arguments.inspect(python, &exam, report),
        None => Ok(()),
    }
}

/// An exam of `n` questions with four options.
fn questions(n: usize) -> String {
    let mut exam = String::new();
    for number in 0..n {
        let key = ["answer_a", "answer_b", "answer_c", "answer_d"][number % 4];
        let option = |index: usize| {
            format!(
                "the {} of plant {number}",
                ["pump", "valve", "fan", "coil"][index]
            )
        };
        let row = json!({
            "question": format!("Which part of plant {number} is inspected first?"),
            "answer_a": option(0),
            "answer_b": option(1),
            "answer_c": option(2),
            "answer_d": option(3),
            "correct_answer": key,
        });
        let _ = writeln!(exam, "{row}");
    }
    exam
}

/// Measurements, a number for each run.
#[derive(Default)]
struct Measured {
    runs: Runs,
    /// Seconds from the server's first request to its last reply.
    seconds: Vec<f64>,
    n_calls: Vec<f64>,
    max_in_flight: Vec<f64>,
}

impl Arguments {
    fn once(&self, way: &str, exam: &Path, measured: &mut Measured) -> Outcome {
        let folder = emptied(exam.with_file_name("run"))?;
        let server = self.server()?;
        let mut evaluate = Command::new(examen());
        evaluate
            .args([
                "evaluate", "--model", "fake", "--answer", way, "--format", "json",
            ])
            .args(["--base-url", &server.base_url(), "--input"])
            .arg(exam)
            .arg("--output")
            .arg(folder.join("evals"))
            .args(["--concurrency", &self.concurrency.to_string()])
            .args(["--max-concurrency", &self.concurrency.to_string()])
            .stdout(file(&folder, "summary.json")?)
            .stderr(file(&folder, "stderr.txt")?);
        let run = measure::run(way, &mut evaluate)?;
        let stats = server.stats()?;
        server.end()?;
        if !run.status.success() {
            let said = fs::read_to_string(folder.join("stderr.txt")).unwrap_or_default();
            return Err(format!(
                "{way}: examen evaluate failed ({}):\n{said}",
                run.status
            ));
        }
        measured.runs.0.push(run);
        measured.seconds.push(at(&stats, "/seconds"));
        measured.n_calls.push(at(&stats, "/answered"));
        measured.max_in_flight.push(at(&stats, "/max_in_flight"));
        Ok(())
    }

    fn server(&self) -> Outcome<FakeServer> {
        FakeServer::start_with(
            self.latency_ms as u64,
            &["--echo", "right", "--top-logprobs", "20"],
        )
    }

    /// Seconds that so many calls take where the window is always full.
    fn ideal(&self, n_calls: usize) -> f64 {
        (n_calls * self.latency_ms) as f64 / 1e3 / self.concurrency as f64
    }

    fn rows(&self, way: &str, n_calls: usize, measured: &Measured, report: &mut Report) {
        let ideal = self.ideal(n_calls * self.questions);
        let share = |seconds: f64| format!("{:.1} %", 100.0 * ideal / seconds);
        let (served, wall) = (
            median(measured.seconds.iter().copied()),
            measured.runs.wall(),
        );
        let mut row = |figure: &str, value: String, aim: &'static str, note: String| {
            report.row(Row {
                figure: format!("{} questions, {way}: {figure}", self.questions),
                value,
                aim,
                note,
            });
        };
        row(
            "share of the ideal",
            share(served),
            "≥ 90 %",
            format!("{served:.2} s from the first request to the last reply; ideal {ideal:.2} s"),
        );
        row(
            "whole process",
            share(wall),
            "",
            format!("{wall:.2} s; {:.2} CPU-s", measured.runs.cpu()),
        );
        let calls = median(measured.n_calls.iter().copied());
        let in_flight = measured
            .max_in_flight
            .iter()
            .fold(0.0, |a: f64, b| b.max(a));
        row(
            "calls",
            format!("{calls:.0}"),
            "",
            format!("{in_flight:.0} at once at most"),
        );
        report.record(
            way,
            json!({
                "runs": measured.runs.to_json(),
                "server_seconds": measured.seconds,
                "calls": measured.n_calls,
            }),
        );
    }

    /// The same questions by inspect_ai's `multiple_choice`, through the same server.
    fn inspect(&self, python: &Path, exam: &Path, report: &mut Report) -> Outcome {
        let folder = emptied(exam.with_file_name("inspect"))?;
        let script = folder.join("task.py");
        let written = fs::write(&script, INSPECT);
        written.map_err(|error| format!("{}: {error}", script.display()))?;
        let server = self.server()?;
        let mut inspect = Command::new(python);
        inspect
            .arg(&script)
            .arg(exam)
            .arg(self.concurrency.to_string())
            .current_dir(&folder)
            .env("OPENAI_BASE_URL", server.base_url())
            .env("OPENAI_API_KEY", "none")
            .stdout(file(&folder, "stdout.txt")?)
            .stderr(file(&folder, "stderr.txt")?);
        let run = measure::run("inspect_ai", &mut inspect)?;
        let stats: Value = server.stats()?;
        server.end()?;
        if !run.status.success() {
            let said = fs::read_to_string(folder.join("stderr.txt")).unwrap_or_default();
            return Err(format!("inspect_ai failed ({}):\n{said}", run.status));
        }
        let ideal = self.ideal(self.questions);
        let seconds = at(&stats, "/seconds");
        report.row(Row {
            figure: format!(
                "{} questions, inspect_ai: share of the ideal",
                self.questions
            ),
            value: format!("{:.1} %", 100.0 * ideal / seconds),
            note: format!(
                "{seconds:.2} s; whole process {:.2} s",
                run.wall.as_secs_f64()
            ),
            ..Row::default()
        });
        Ok(())
    }
}

/// A task of inspect_ai over the exam's file.
const INSPECT: &str = r#"import json, sys
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.scorer import choice
from inspect_ai.solver import multiple_choice

rows = [json.loads(line) for line in open(sys.argv[1])]
letters = "abcd"
samples = [
    Sample(
        input=row["question"],
        choices=[row[f"answer_{letter}"] for letter in letters],
        target=row["correct_answer"][-1].upper(),
    )
    for row in rows
]
task = Task(dataset=samples, solver=multiple_choice(), scorer=choice())
logs = eval(task, model="openai/fake", max_connections=int(sys.argv[2]), max_samples=1000, display="none")
assert logs[0].status == "success", logs[0].error
"#;

fn file(folder: &Path, name: &str) -> Outcome<File> {
    let file = folder.join(name);
    File::create(&file).map_err(|error| format!("{}: {error}", file.display()))
}
