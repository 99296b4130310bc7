//! `.eval_results/<task>.yaml`, which the Hub shows on a model's page and on the leaderboard of a dataset.

use super::Also;
use crate::{
    error::EvaluateError,
    runs::{Finished, model_folder},
    summary::RunSummary,
};
use examen_files::atomic;
use serde_json::json;
use std::path::PathBuf;

pub(super) const ALSO: Also = Also {
    name: "hub-results",
    about: ".eval_results/<task>.yaml for the model's repository on the Hub (the exam is hf:ORG/NAME, or --hub-dataset)",
    write,
};

fn write(run: &Finished<'_>, summary: &RunSummary) -> Result<Vec<PathBuf>, EvaluateError> {
    let Some(dataset) = &run.settings.hub_dataset else {
        return Ok(Vec::new());
    };
    let metric = summary.headline();
    let Some(value) = metric.value else {
        return Ok(Vec::new());
    };
    // Scalars of JSON are scalars of YAML.
    let mut yaml = format!(
        "- dataset:\n    id: {}\n    task_id: {}\n",
        json!(dataset.id),
        json!(run.task.name)
    );
    if let Some(revision) = &dataset.revision {
        yaml += &format!("    revision: {}\n", json!(revision));
    }
    let date = run.ended.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    yaml += &format!(
        "  value: {}\n  date: {}\n  notes: {}\n",
        json!(value),
        json!(date),
        json!(notes(run, summary))
    );
    let model = model_folder(&summary.model, run.settings.model_origin.as_deref());
    let name: String = run.task.name.chars().map(in_file_name).collect();
    let folder = run.settings.output_dir.join("hub").join(model);
    let path = folder.join(".eval_results").join(format!("{name}.yaml"));
    atomic::write_bytes(&path, yaml.as_bytes())?;
    Ok(vec![path])
}

fn in_file_name(c: char) -> char {
    match c.is_alphanumeric() || matches!(c, '-' | '_' | '.') {
        true => c,
        false => '_',
    }
}

/// Facts that the schema has no field for.
fn notes(run: &Finished<'_>, summary: &RunSummary) -> String {
    let metric = summary.headline();
    let interval = metric.interval.map(|interval| {
        let percent = (interval.confidence.level() * 1e8).round() / 1e6;
        format!(
            ", {percent} % interval {:.4} to {:.4}",
            interval.low, interval.high
        )
    });
    format!(
        "{} of {} questions{}; answered by {}, {}-shot; examen {}",
        metric.name,
        metric.n,
        interval.unwrap_or_default(),
        summary.answer,
        run.task.few_shot.n_shots,
        env!("CARGO_PKG_VERSION")
    )
}
