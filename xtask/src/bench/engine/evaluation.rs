//! Whole runs of `examen evaluate`: their speed and memory, where their time goes, what they do on a busy machine.

use super::{
    Arguments, at, exam, json_file, json_lines,
    measure::{self, Run, Runs},
    model, probe,
    report::{Report, Row},
    text, work_folder,
};
use crate::process::{Outcome, examen, say};
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    hint::black_box,
    path::Path,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread::{available_parallelism, scope},
};

/// The exam at some number of solved examples.
pub(super) struct Evaluation {
    pub(super) n_shots: u32,
    n_threads: usize,
    n_questions: Option<usize>,
    /// Runs so far on the machine as it is.
    pub(super) runs: Runs,
}

impl Evaluation {
    pub(super) fn new(arguments: &Arguments, n_shots: u32) -> Self {
        Self {
            n_shots,
            n_threads: arguments.threads,
            n_questions: arguments.questions,
            runs: Runs::default(),
        }
    }

    /// Several runs. `false`, with a row that says why, if this cannot be run at all.
    pub(super) fn run(&mut self, arguments: &Arguments, report: &mut Report) -> Outcome<bool> {
        for _ in 0..arguments.runs {
            match self.once()? {
                Ok(run) => self.runs.0.push(run),
                Err(reason) => {
                    self.row(
                        report,
                        "questions per CPU-second",
                        "does not run".to_owned(),
                        "",
                        reason,
                    );
                    return Ok(false);
                }
            }
        }
        let (n_questions, accuracy) = self.held()?;
        report.record(&format!("evaluate_{}", self.n_shots), self.runs.to_json());
        let per = |seconds: f64| format!("{:.2}", n_questions / seconds);
        let best = format!(
            "best run {}; accuracy {accuracy:.4}",
            per(self.runs.least_cpu())
        );
        self.row(
            report,
            "questions per CPU-second",
            per(self.runs.cpu()),
            "",
            best,
        );
        let best = format!("best run {:.1}", self.runs.least_wall());
        self.row(
            report,
            "wall seconds",
            format!("{:.1}", self.runs.wall()),
            "",
            best,
        );
        Ok(true)
    }

    /// One run in an empty folder, or what it said when it failed.
    pub(super) fn once(&self) -> Outcome<Result<Run, String>> {
        let folder = work_folder("examen")?;
        let log = folder.join("stderr.txt");
        let file = |path: &Path| {
            File::create(path).map_err(|error| format!("{}: {error}", path.display()))
        };
        let mut evaluate = Command::new(examen());
        evaluate
            .args([
                "evaluate",
                "--model",
                &text(&model()),
                "--dataset",
                &text(&exam()),
            ])
            .args([
                "--tasks",
                &format!("community|exam_questions|{}|0", self.n_shots),
                "--format",
                "json",
            ])
            // The peers are measured on plain text.
            .args(["--chat-template", "off"])
            .args([
                "--threads",
                &self.n_threads.to_string(),
                "--output-dir",
                &text(&folder.join("out")),
            ])
            .stdout(file(&folder.join("summary.json"))?)
            .stderr(file(&log)?);
        if let Some(n) = self.n_questions {
            evaluate.args(["--max-samples", &n.to_string()]);
        }
        let run = measure::run(
            &format!("examen evaluate, {} shots", self.n_shots),
            &mut evaluate,
        )?;
        if run.status.success() {
            return Ok(Ok(run));
        }
        let said = fs::read_to_string(&log).unwrap_or_default();
        Ok(Err(said
            .lines()
            .next()
            .unwrap_or("it said nothing")
            .to_owned()))
    }

    /// Questions of the last run, and the share that the model got right.
    fn held(&self) -> Outcome<(f64, f64)> {
        let summary = json_file(&super::root().join("target/bench/examen/summary.json"))?;
        Ok((
            at(&summary, "/n_questions"),
            at(&summary, "/metrics/0/accuracy"),
        ))
    }

    /// The work that the exam is, how much of the machine's peak it gets, and where the time goes.
    pub(super) fn parts(&self, arguments: &Arguments, report: &mut Report) -> Outcome {
        let n_questions = arguments.questions.unwrap_or(usize::MAX);
        let numbers = [n_questions, self.n_shots as usize, arguments.threads]
            .map(|number| number.to_string());
        let mut score = probe(&["score", &text(&model()), &text(&exam())]);
        score.args(numbers);
        let work = json_lines(&mut score)?
            .pop()
            .ok_or("the probe printed nothing")?;
        report.record(&format!("work_{}", self.n_shots), work.clone());
        self.memory(&work, report);
        self.share(&work, report);
        self.breakdown(&work, report);
        Ok(())
    }

    fn memory(&self, work: &Value, report: &mut Report) {
        let weights = at(work, "/parameters") * 4.0;
        let over = format!("{:.0}", (self.runs.rss() - weights) / 1e6);
        let note = format!("weights in f32: {:.0} MB", weights / 1e6);
        self.row(report, "memory over the weights, MB", over, "≤ 300", note);
    }

    fn share(&self, work: &Value, report: &mut Report) {
        let tokens = format!(
            "{} of {} tokens",
            at(work, "/tokens/distinct"),
            at(work, "/tokens/naive")
        );
        let flop = at(work, "/flop/total");
        self.row(
            report,
            "work, TFLOP",
            format!("{:.2}", flop / 1e12),
            "",
            tokens,
        );
        if let Some(peak) = report.peak {
            let share = |cpu_s: f64| format!("{:.0} %", 100.0 * flop / cpu_s / peak);
            let note = format!("while scoring {}", share(at(work, "/scoring/cpu_s")));
            self.row(
                report,
                "share of the peak, whole process",
                share(self.runs.cpu()),
                "≥ 75 %",
                note,
            );
        }
    }

    /// CPU-seconds of the parts. The engine's spans tell their share of the wall time of scoring only, which is taken
    /// for their share of its CPU time.
    fn breakdown(&self, work: &Value, report: &mut Report) {
        let cpu = |part: &str| at(work, &format!("/{part}/cpu_s"));
        let mut parts: Vec<(&str, f64)> = ["loading", "tokenising"]
            .map(|part| (part, cpu(part)))
            .into();
        let share = cpu("scoring") / at(work, "/scoring/wall_s");
        let spans = work["parts_wall_s"].as_object().into_iter().flatten();
        parts.extend(spans.map(|(name, seconds)| (name.as_str(), at(seconds, "") * share)));
        let known: f64 = parts[2..].iter().map(|(_, seconds)| seconds).sum();
        parts.push(("rest of scoring", cpu("scoring") - known));
        let inside: f64 = parts.iter().map(|(_, seconds)| seconds).sum();
        parts.push(("rest of the process", self.runs.cpu() - inside));
        for (part, seconds) in parts {
            self.row(
                report,
                &format!("CPU-seconds: {part}"),
                format!("{seconds:.2}"),
                "",
                String::new(),
            );
        }
    }

    /// The exam again while every core has another program to run.
    pub(super) fn under_load(&self, arguments: &Arguments, report: &mut Report) -> Outcome {
        let n_busy = available_parallelism().map_or(1, usize::from);
        say(&format!("── with {n_busy} busy threads beside it"));
        let done = AtomicBool::new(false);
        let runs = scope(|threads| {
            (0..n_busy).for_each(|_| drop(threads.spawn(|| spin(&done))));
            let runs: Outcome<Vec<_>> = (0..arguments.runs).map(|_| self.once()?).collect();
            done.store(true, Ordering::Relaxed);
            runs
        })?;
        let runs = Runs(runs);
        report.record("evaluate_0_under_load", runs.to_json());
        let ratio = |loaded: f64, quiet: f64| format!("{:.2}×", loaded / quiet);
        let wall = ratio(runs.wall(), self.runs.wall());
        self.row(
            report,
            "wall, cores shared / alone",
            wall,
            "≤ 2.5×",
            format!("{n_busy} busy threads beside it"),
        );
        let cpu = ratio(runs.cpu(), self.runs.cpu());
        self.row(
            report,
            "CPU-seconds, cores shared / alone",
            cpu,
            "",
            String::new(),
        );
        Ok(())
    }

    fn row(
        &self,
        report: &mut Report,
        figure: &str,
        value: String,
        aim: &'static str,
        note: String,
    ) {
        report.row(Row {
            figure: self.named(figure),
            value,
            aim,
            note,
        });
    }

    pub(super) fn named(&self, figure: &str) -> String {
        format!("{} shots: {figure}", self.n_shots)
    }
}

fn spin(done: &AtomicBool) {
    let mut number = 1_u64;
    while !done.load(Ordering::Relaxed) {
        number = black_box(
            number
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1),
        );
    }
}

/// A peer's figures as multiples of ours, for JSON.
pub(super) fn ratios(ours: &Runs, theirs: &Run) -> Value {
    json!({
        "cpu": theirs.cpu.as_secs_f64() / ours.cpu(),
        "wall": theirs.wall.as_secs_f64() / ours.wall(),
        "peak_rss": theirs.rss as f64 / ours.rss(),
    })
}
