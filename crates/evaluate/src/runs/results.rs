//! `results_<date>.json` with LightEval 0.13's keys.

use super::{Finished, hashes};
use crate::summary::RunSummary;
use serde_json::{Map, Value, json};

/// The six parts that LightEval's consumers look for. A metric without a value is left out, as LightEval leaves out the
/// standard error of a single question.
pub(super) fn json(run: &Finished<'_>, summary: &RunSummary) -> Value {
    let label = &summary.task;
    let (scores, hashes) = (scores(summary), hashes::of_task(run));
    json!({
        "config_general": config_general(run, summary),
        "results": { label: scores, "all": scores },
        "versions": { label: run.task.version },
        "config_tasks": { label: config_task(run, summary) },
        "summary_tasks": { label: counts(summary, &hashes) },
        "summary_general": counts(summary, &hashes::of_all(&hashes)),
    })
}

fn scores(summary: &RunSummary) -> Value {
    let mut scores = Map::new();
    let computed = summary.metrics.iter();
    let computed = computed.map(|metric| (&metric.name, metric.value, metric.stderr));
    let own = summary.own_metrics.iter();
    let own = own.map(|own| (&own.name, own.value, own.stderr));
    for (name, value, stderr) in computed.chain(own) {
        for (name, value) in [(name.clone(), value), (format!("{name}_stderr"), stderr)] {
            if let Some(value) = value {
                scores.insert(name, json!(value));
            }
        }
    }
    Value::Object(scores)
}

/// `total_evaluation_time_secondes` is spelled, and a string, as in LightEval; its start and end are from a clock without
/// a date, ours are seconds since 1970.
fn config_general(run: &Finished<'_>, summary: &RunSummary) -> Value {
    let seconds = |time: jiff::Timestamp| time.as_microsecond() as f64 / 1e6;
    json!({
        "lighteval_sha": "?",
        "examen_version": env!("CARGO_PKG_VERSION"),
        "num_fewshot_seeds": 1,
        "max_samples": run.settings.max_samples,
        "job_id": null,
        "start_time": seconds(run.started),
        "end_time": seconds(run.ended),
        "total_evaluation_time_secondes": run.ended.duration_since(run.started).as_secs_f64().to_string(),
        "model_config": {
            "model_name": summary.model,
            "dtype": "float32",
            "batch_size": run.settings.batch_size,
            "use_chat_template": summary.chat_template,
            "system_prompt": summary.system_prompt,
        },
        "model_name": summary.model,
    })
}

fn config_task(run: &Finished<'_>, summary: &RunSummary) -> Value {
    let task = run.task;
    let metrics: Vec<_> = run
        .settings
        .metrics
        .iter()
        .map(|metric| {
            let card = metric.card();
            json!({ "metric_name": card.name, "higher_is_better": card.higher_is_better, "category": card.reads.category() })
        })
        .collect();
    json!({
        "name": task.name,
        "prompt_function": task.name,
        "hf_repo": summary.dataset,
        "hf_subset": "default",
        "metrics": metrics,
        "hf_revision": null,
        "hf_avail_splits": null,
        "evaluation_splits": task.dataset.split.as_ref().map(|split| [split]),
        "few_shots_split": null,
        "few_shots_select": summary.few_shot.as_ref().map(|few_shot| &few_shot.selection),
        "generation_size": null,
        "stop_sequence": [],
        "num_samples": null,
        "original_num_docs": task.dataset.docs.len(),
        "effective_num_docs": summary.n_questions,
        "num_fewshots": task.few_shot.n_shots,
        "version": task.version,
        "full_name": summary.task,
    })
}

fn counts(summary: &RunSummary, hashes: &Value) -> Value {
    json!({
        "hashes": hashes,
        "truncated": summary.n_truncated,
        "non_truncated": summary.n_scored - summary.n_truncated,
        "padded": 0,
        "non_padded": summary.n_scored,
    })
}
