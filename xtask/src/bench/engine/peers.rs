//! LightEval and lm-evaluation-harness on the same exam, with the same weights and the same number of threads.

use super::{
    Arguments, at, evaluation,
    evaluation::Evaluation,
    exam, json_file,
    measure::{self, Run, Runs},
    model,
    report::{Report, Row},
    root, text, work_folder,
};
use crate::process::{Outcome, step};
use serde_json::json;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

/// Files that both peers need.
pub(super) struct Peers {
    python: PathBuf,
    /// A folder that holds the exam and nothing else.
    exam: PathBuf,
}

/// Other programs that can hold the exam.
#[derive(Clone, Copy)]
enum Peer {
    LightEval,
    LmEvaluationHarness,
}

/// Questions (LightEval) or answers (lm-evaluation-harness) in one forward. Both are told, since what they find by
/// themselves depends on a GPU's memory.
const BATCH: &str = "16";
/// The weights in f32 with the right tokenizer, as transformers loads them; a folder below [`models`].
const MODEL: &str = "smollm2-135m-f32";

impl Peers {
    /// Writes the model in the peers' format, once, and the exam's folder.
    pub(super) fn prepare(python: &Path) -> Outcome<Self> {
        let exam_folder = work_folder("exam")?;
        fs::copy(exam(), exam_folder.join("exam.jsonl")).map_err(|error| error.to_string())?;
        let folder = models().join(MODEL);
        let made = folder.join("tokenizer_config.json");
        if !made.is_file() {
            let mut make = offline(python);
            make.arg(scripts().join("make_model.py"))
                .args([model(), folder.clone()]);
            step(
                "weights for the peers",
                make.arg(root().join("testdata/lighteval/tokenizer.jsonl")),
            )?;
        }
        Ok(Self {
            python: python.to_owned(),
            exam: exam_folder,
        })
    }

    /// Each peer once, each after a run of ours.
    pub(super) fn compare(
        &self,
        arguments: &Arguments,
        evaluation: &Evaluation,
        report: &mut Report,
    ) -> Outcome {
        let mut ours = Runs::default();
        let mut theirs = Vec::new();
        for peer in [Peer::LightEval, Peer::LmEvaluationHarness] {
            ours.0.push(evaluation.once()??);
            theirs.push((peer, self.run(peer, arguments, evaluation.n_shots)?));
        }
        for (peer, (run, accuracy)) in theirs {
            let ratios = evaluation::ratios(&ours, &run);
            let mut row = |figure: &str, path, aim, note| {
                let figure = evaluation.named(&format!("{figure}, {} / ours", peer.name()));
                report.row(Row {
                    figure,
                    value: format!("{:.1}×", at(&ratios, path)),
                    aim,
                    note,
                });
            };
            row(
                "CPU-seconds",
                "/cpu",
                peer.aim(evaluation.n_shots),
                format!("its accuracy: {accuracy}"),
            );
            row("wall", "/wall", "", String::new());
            row("memory", "/peak_rss", "", String::new());
            let name = format!("{}_{}", peer.name(), evaluation.n_shots);
            let measured = json!({ "run": run.to_json(), "ours": ours.to_json(), "ratios": ratios, "acc": accuracy });
            report.record(&name, measured);
        }
        Ok(())
    }

    fn run(&self, peer: Peer, arguments: &Arguments, n_shots: u32) -> Outcome<(Run, String)> {
        let folder = work_folder(peer.name())?;
        let log = folder.join("output.txt");
        let file = File::create(&log).map_err(|error| error.to_string())?;
        let mut command = match peer {
            Peer::LightEval => self.lighteval(n_shots, &folder),
            Peer::LmEvaluationHarness => self.lm_eval(n_shots, &folder),
        };
        if let Some(n) = arguments.questions {
            command.args([peer.limit(), &n.to_string()]);
        }
        command
            .env("OMP_NUM_THREADS", arguments.threads.to_string())
            .stdout(file.try_clone().map_err(|error| error.to_string())?)
            .stderr(file);
        let run = measure::run(&format!("{}, {n_shots} shots", peer.name()), &mut command)?;
        if !run.status.success() {
            return Err(format!(
                "{} failed ({}); see {}",
                peer.name(),
                run.status,
                log.display()
            ));
        }
        Ok((
            run,
            peer.accuracy(&folder)
                .map_or("not found".to_owned(), |accuracy| format!("{accuracy:.4}")),
        ))
    }

    /// With an empty cache: it keeps scores, below the folder given and the model's name, which therefore is relative.
    fn lighteval(&self, n_shots: u32, folder: &Path) -> Command {
        let mut command = offline(&self.python);
        let cache = text(&folder.join("cache"));
        command
            .arg(scripts().join("lighteval_offline.py"))
            .arg("accelerate")
            .arg(format!(
                "model_name={MODEL},dtype=float32,batch_size={BATCH},cache_dir={cache}"
            ))
            .arg(format!("exam_questions|{n_shots}"))
            .args([
                "--custom-tasks",
                &text(&scripts().join("lighteval_task.py")),
                "--output-dir",
                &text(folder),
            ])
            .env("EXAM", &self.exam)
            .current_dir(models());
        command
    }

    fn lm_eval(&self, n_shots: u32, folder: &Path) -> Command {
        let mut command = offline(&self.python);
        command
            .args([
                "-m",
                "lm_eval",
                "run",
                "--model",
                "hf",
                "--device",
                "cpu",
                "--batch_size",
                BATCH,
            ])
            .args([
                "--model_args",
                &format!("pretrained={},dtype=float32", text(&models().join(MODEL))),
            ])
            .args([
                "--tasks",
                "exam_questions",
                "--include_path",
                &text(&scripts()),
            ])
            .args([
                "--num_fewshot",
                &n_shots.to_string(),
                "--output_path",
                &text(folder),
            ])
            .current_dir(&self.exam);
        command
    }
}

impl Peer {
    fn name(self) -> &'static str {
        match self {
            Self::LightEval => "LightEval",
            Self::LmEvaluationHarness => "lm-evaluation-harness",
        }
    }

    /// Its option for only the first questions.
    fn limit(self) -> &'static str {
        match self {
            Self::LightEval => "--max-samples",
            Self::LmEvaluationHarness => "--limit",
        }
    }

    /// Aim for the peer's CPU time as a multiple of ours.
    fn aim(self, n_shots: u32) -> &'static str {
        match (self, n_shots) {
            (Self::LightEval, 0) => "≥ 6×",
            (Self::LightEval, 5) => "≥ 22×",
            _ => "",
        }
    }

    /// The accuracy in the only results file below `folder`.
    fn accuracy(self, folder: &Path) -> Option<f64> {
        let results = json_file(&results_file(folder)?).ok()?;
        let tasks = results["results"].as_object()?;
        let task = tasks
            .iter()
            .find(|(name, _)| name.starts_with("exam_questions"))?
            .1;
        let name = match self {
            Self::LightEval => "acc",
            Self::LmEvaluationHarness => "acc,none",
        };
        task[name].as_f64()
    }
}

fn results_file(folder: &Path) -> Option<PathBuf> {
    let paths = fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.path());
    let is_results = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("results_"))
            && path
                .extension()
                .is_some_and(|extension| extension == "json")
    };
    let (folders, files): (Vec<_>, Vec<_>) = paths.partition(|path| path.is_dir());
    files
        .into_iter()
        .find(is_results)
        .or_else(|| folders.iter().find_map(|folder| results_file(folder)))
}

/// An interpreter that asks no network for anything.
fn offline(python: &Path) -> Command {
    let mut command = Command::new(python);
    command
        .env("HF_HUB_OFFLINE", "1")
        .env("HF_HOME", models().join("cache"));
    command
}

/// Kept between runs.
fn models() -> PathBuf {
    root().join("target/bench-models")
}

fn scripts() -> PathBuf {
    root().join("xtask/peers")
}
