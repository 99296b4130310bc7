//! Run folders. What is written is LightEval's layout, plus `run.json`:
//!
//! ```text
//! details/<model>/<date>/details_<task|shots>_<date>.parquet   one row a question
//! details/<model>/<date>/run.json                                    settings, counts, intervals: what LightEval has no place for
//! details/<model>/<date>/wrong.csv                                   the wrong answers, for a spreadsheet
//! details/<model>/<date>/replies_<task|shots>_<date>.jsonl           every reply whole, where it is asked for (mode 600)
//! results/<model>/results_<date>.json                                written last: where it is, the run is complete
//! ```
//! Beside them what [`also`] says.
//! Dates are UTC, ISO 8601, with `-` for `:`, as LightEval writes its local time.

pub(crate) mod also;
mod details;
mod hashes;
mod replies;
mod results;
pub(crate) mod stored;
mod wrong;

use crate::{
    error::EvaluateError, graded::Graded, metrics::Aggregate, settings::Settings,
    summary::RunSummary, task::Task,
};
use examen_core::ids::content_hash;
use examen_files::atomic;
use examen_statistics::Draws;
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// A run whose every question has been asked.
pub(crate) struct Finished<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) task: &'a Task,
    pub(crate) graded: &'a [Graded<'a>],
    pub(crate) started: jiff::Timestamp,
    pub(crate) ended: jiff::Timestamp,
}

impl Finished<'_> {
    /// Index of the first metric by which each question is right or wrong.
    pub(crate) fn verdict(&self) -> Option<usize> {
        let metrics = &self.settings.metrics;
        metrics
            .iter()
            .position(|metric| metric.card().aggregate == Aggregate::Share)
    }
}

/// The end of a run as it stands in names of files.
fn date_of(run: &Finished<'_>) -> String {
    run.ended.strftime("%Y-%m-%dT%H-%M-%S.%6f").to_string()
}

/// Writes the files of a run and names them in the summary.
pub(crate) fn write(
    run: &Finished<'_>,
    mut summary: RunSummary,
) -> Result<RunSummary, EvaluateError> {
    let output_dir = &run.settings.output_dir;
    let date = date_of(run);
    let model = model_folder(&summary.model, run.settings.model_origin.as_deref());
    let details = output_dir.join("details").join(&model).join(&date);
    let details_file = details.join(format!("details_{}_{date}.parquet", summary.task));
    let run_file = details.join("run.json");
    let results_file = output_dir
        .join("results")
        .join(&model)
        .join(format!("results_{date}.json"));
    let wrong_file = details.join("wrong.csv");
    summary.files = vec![results_file.clone(), details_file.clone(), run_file.clone()];
    details::write(run, &details_file)?;
    if wrong::write(run, &wrong_file)? {
        summary.files.push(wrong_file);
    }
    for also in &run.settings.also {
        let files = also.write(run, &summary)?;
        summary.files.extend(files);
    }
    if run.settings.records_replies {
        let replies_file = details.join(format!("replies_{}_{date}.jsonl", summary.task));
        replies::write(run, &replies_file)?;
        summary.files.push(replies_file);
    }
    write_json(&run_file, &run_json(run, &summary))?;
    write_json(&results_file, &results::json(run, &summary))?;
    Ok(summary)
}

/// Everything that is known about the run, in the field names of [`RunSummary`].
fn run_json(run: &Finished<'_>, summary: &RunSummary) -> Value {
    let Finished {
        settings,
        task,
        started,
        ended,
        ..
    } = run;
    let mut seeds: BTreeMap<_, _> = summary
        .few_shot
        .iter()
        .map(|few_shot| ("few_shot", few_shot.seed))
        .collect();
    if settings
        .metrics
        .iter()
        .any(|metric| metric.card().aggregate == Aggregate::Corpus)
    {
        seeds.insert("bootstrap", Draws::default().seed);
    }
    json!({
        "examen_version": env!("CARGO_PKG_VERSION"),
        "started": started,
        "ended": ended,
        "settings": {
            "task": summary.task,
            "task_version": task.version,
            "n_shots": task.few_shot.n_shots,
            "drops_shots": task.few_shot.drops_shots,
            "batch_size": settings.batch_size,
            "max_samples": settings.max_samples,
            "chat_template": settings.chat_template,
            "system_prompt": settings.system_prompt,
            "confidence": settings.confidence,
        },
        "model_fingerprint": settings.model_fingerprint,
        "seeds": seeds,
        "summary": summary,
    })
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), EvaluateError> {
    let written = atomic::write(path, |out| {
        serde_json::to_writer_pretty(&mut *out, value)?;
        out.write_all(b"\n")
    });
    Ok(written?)
}

/// The folders that a model's name makes, as LightEval's: `org/name` is two. What a name could climb out of the run
/// folder with (`..`, a leading `/`) and what some systems refuse in names is left out or replaced. Models of one name and
/// different origins have different folders.
fn model_folder(model: &str, origin: Option<&str>) -> PathBuf {
    let mut folder = folder_of_name(model);
    if let Some(origin) = origin {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let hash = content_hash(&[origin]);
        folder.set_file_name(format!("{name}-{}", &hash[..8]));
    }
    folder
}

fn folder_of_name(model: &str) -> PathBuf {
    let parts = model
        .split(['/', '\\'])
        .map(|part| part.replace([':', '<', '>', '"', '|', '?', '*'], "-"));
    let folder: PathBuf = parts
        .filter(|part| !matches!(part.trim(), "" | "." | ".."))
        .collect();
    if folder.as_os_str().is_empty() {
        PathBuf::from("model")
    } else {
        folder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_stays_below_the_run_folder() {
        let folder = |name| model_folder(name, None);
        assert_eq!(folder("org/name"), Path::new("org/name"));
        assert_eq!(folder("/home/me/m.gguf"), Path::new("home/me/m.gguf"));
        assert_eq!(folder("../../etc"), Path::new("etc"));
        assert_eq!(folder("C:\\models\\m"), Path::new("C-/models/m"));
        assert_eq!(folder(".."), Path::new("model"));
    }

    #[test]
    fn models_of_one_name_have_folders_of_their_own() {
        let folder = |origin| model_folder("checkpoint-500", Some(origin));
        assert_ne!(
            folder("/runA/checkpoint-500"),
            folder("/runB/checkpoint-500")
        );
        assert_eq!(
            folder("/runA/checkpoint-500"),
            folder("/runA/checkpoint-500")
        );
        let name = folder("/runA/checkpoint-500").display().to_string();
        assert!(
            name.starts_with("checkpoint-500-") && name.len() == 23,
            "{name}"
        );
    }
}
