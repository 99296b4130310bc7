//! A log of inspect_ai: `inspect/<date>_<task>_<id>.eval`, version 2, a zip of JSON files.

use super::Also;
use crate::{
    doc::option_name,
    error::EvaluateError,
    graded::Graded,
    metrics::{Aggregate, Metric},
    runs::Finished,
    summary::{IntervalKind, MetricSummary, RunSummary},
    way::Way,
};
use examen_core::ids::hash_of_parts;
use examen_files::{FilesError, atomic};
use examen_llm::Role;
use serde_json::{Map, Value, json};
use std::{
    io::{self, Cursor, Write},
    path::PathBuf,
};
use zip::{ZipWriter, write::SimpleFileOptions};

pub(super) const ALSO: Also = Also {
    name: "inspect",
    about: "<date>_<task>_<id>.eval, a log that `inspect view` shows",
    write,
};

fn write(run: &Finished<'_>, summary: &RunSummary) -> Result<Vec<PathBuf>, EvaluateError> {
    let log = Log::new(run, summary);
    let name = format!(
        "{}_{}_{}.eval",
        log.created.replace([':', '+'], "-"),
        run.task.name.replace(|c: char| !c.is_alphanumeric(), "-"),
        log.id("task")
    );
    let path = run.settings.output_dir.join("inspect").join(name);
    let bytes = zipped(&log.files()).map_err(FilesError::io("write", &path))?;
    atomic::write_bytes(&path, &bytes)?;
    Ok(vec![path])
}

fn zipped(files: &[(String, Value)]) -> io::Result<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(name.as_str(), SimpleFileOptions::default())?;
        zip.write_all(content.to_string().as_bytes())?;
    }
    Ok(zip.finish()?.into_inner())
}

/// A run on its way into a log.
struct Log<'a> {
    run: &'a Finished<'a>,
    summary: &'a RunSummary,
    created: String,
    completed: String,
}

impl<'a> Log<'a> {
    fn new(run: &'a Finished<'a>, summary: &'a RunSummary) -> Self {
        let time = |time: jiff::Timestamp| time.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string();
        Self {
            run,
            summary,
            created: time(run.started),
            completed: time(run.ended),
        }
    }

    /// The files of the zip, in inspect's order.
    fn files(&self) -> Vec<(String, Value)> {
        let (eval, plan) = (self.eval(), self.plan());
        let start = json!({ "version": 2, "eval": eval, "plan": plan });
        let header = json!({
            "version": 2,
            "status": "success",
            "eval": eval,
            "plan": plan,
            "results": self.results(),
            "stats": {
                "started_at": self.created,
                "completed_at": self.completed,
                "model_usage": { &self.summary.model: usage(self.summary.n_context_tokens, self.summary.n_answer_tokens) },
            },
        });
        let samples: Vec<Value> = self
            .run
            .graded
            .iter()
            .map(|graded| self.sample(graded))
            .collect();
        let mut files = vec![("_journal/start.json".to_owned(), start)];
        let named = |sample: &Value| {
            let id = sample["id"].as_str().unwrap_or_default();
            (format!("samples/{id}_epoch_1.json"), sample.clone())
        };
        files.extend(samples.iter().map(named));
        let summaries = samples.iter().map(summary_of).collect();
        files.push(("summaries.json".to_owned(), Value::Array(summaries)));
        files.push(("header.json".to_owned(), header));
        files
    }

    /// An id of 22 letters and digits, as inspect's.
    fn id(&self, kind: &str) -> String {
        let run = self.run.ended.to_string();
        let parts = [kind, &self.summary.model, &self.summary.task, &run];
        hash_of_parts(parts)[..22].to_owned()
    }

    fn eval(&self) -> Value {
        let (run, summary) = (self.run, self.summary);
        let ids: Vec<&str> = run
            .graded
            .iter()
            .map(|graded| graded.doc.id.as_str())
            .collect();
        let scorer = |metric: &&dyn Metric| json!({ "name": metric.card().name, "options": {}, "metadata": {} });
        json!({
            "eval_id": self.id("eval"),
            "run_id": self.id("run"),
            "created": self.created,
            "task": run.task.name,
            "task_id": self.id("task"),
            "task_version": match &run.task.version {
                version @ (Value::String(_) | Value::Number(_)) => json!(version.to_string().trim_matches('"')),
                _ => json!(0),
            },
            "task_args": { "answer": summary.answer, "num_fewshot": run.task.few_shot.n_shots },
            "dataset": { "name": summary.dataset, "location": summary.dataset, "samples": ids.len(), "sample_ids": ids, "shuffled": false },
            "model": summary.model,
            "model_generate_config": {},
            "model_args": {},
            "config": { "epochs": 1, "limit": run.settings.max_samples },
            "packages": { "examen": env!("CARGO_PKG_VERSION") },
            "metadata": { "chat_template": summary.chat_template, "system_prompt": summary.system_prompt, "dataset_fingerprint": summary.dataset_fingerprint },
            "scorers": run.settings.metrics.iter().map(scorer).collect::<Vec<_>>(),
        })
    }

    fn plan(&self) -> Value {
        let solver = match self.run.task.way {
            Way::Generate => "generate",
            Way::Likelihood | Way::Letters | Way::Hybrid => "likelihood",
        };
        let params = json!({ "answer": self.summary.answer });
        json!({ "name": "plan", "steps": [{ "solver": solver, "params": params, "params_passed": params }], "config": {} })
    }

    fn results(&self) -> Value {
        let summary = self.summary;
        let scores: Vec<Value> = summary
            .metrics
            .iter()
            .map(|metric| self.score(metric))
            .collect();
        let headline = summary.headline();
        json!({
            "total_samples": summary.n_questions,
            "completed_samples": summary.n_scored,
            "scores": scores,
            "headline": { "scorer": headline.name, "metric": name(headline) },
        })
    }

    fn score(&self, metric: &MetricSummary) -> Value {
        let mut metrics = Map::new();
        let numbers = [(name(metric), metric.value), ("stderr", metric.stderr)];
        for (name, value) in numbers {
            if let Some(value) = value {
                metrics.insert(
                    name.to_owned(),
                    json!({ "name": name, "value": value, "params": {} }),
                );
            }
        }
        json!({
            "name": metric.name,
            "scorer": metric.name,
            "scored_samples": metric.n,
            "unscored_samples": self.summary.n_questions - metric.n,
            "params": {},
            "metrics": metrics,
        })
    }

    fn sample(&self, graded: &Graded<'_>) -> Value {
        let doc = graded.doc;
        let choices: Vec<_> = (0..doc.choices.len())
            .map(|index| doc.option(index))
            .collect();
        let target = match doc.golds.as_slice() {
            [] if !doc.references.is_empty() => json!(doc.references),
            [] => json!(doc.target.trim()),
            [gold] => json!(option_name(*gold)),
            golds => json!(
                golds
                    .iter()
                    .map(|&gold| option_name(gold))
                    .collect::<Vec<_>>()
            ),
        };
        let model = &self.summary.model;
        let reply = reply_of(graded);
        let (mut messages, answer) = (
            asked(graded),
            json!({ "role": "assistant", "content": reply, "source": "generate", "model": model }),
        );
        messages.push(answer.clone());
        let output = json!({
            "model": model,
            "choices": [{ "message": answer, "stop_reason": "stop" }],
            "completion": reply,
            "time": graded.answer.seconds,
        });
        let mut sample = json!({
            "id": doc.id,
            "epoch": 1,
            "input": doc.stem(),
            "choices": choices,
            "target": target,
            "messages": messages,
            "output": output,
            "scores": self.scores(graded),
            "metadata": metadata(graded),
            "store": {},
            "events": [],
            "model_usage": { model: usage_of(graded) },
            "total_time": graded.answer.seconds,
            "uuid": hash_of_parts([self.id("eval").as_str(), &doc.id])[..22],
            "attachments": {},
        });
        if choices.is_empty() {
            sample["choices"] = Value::Null;
        }
        if let Some(reason) = graded.answer.reason() {
            sample["error"] = json!({ "message": reason, "traceback": "", "traceback_ansi": "" });
        }
        sample
    }

    /// One score a metric: `C` and `I` where each question is right or wrong, as inspect has them.
    fn scores(&self, graded: &Graded<'_>) -> Value {
        let mut scores = Map::new();
        for (index, metric) in self.run.settings.metrics.iter().enumerate() {
            let Some(numbers) = graded.numbers(index) else {
                continue;
            };
            let card = metric.card();
            let value = match (card.aggregate, numbers.as_slice()) {
                (Aggregate::Share, [number, ..]) => json!(if *number == 1.0 { "C" } else { "I" }),
                (_, [number]) => json!(number),
                (_, numbers) => {
                    let numbers = numbers.iter().map(|number| json!(number));
                    Value::Object(card.stored().into_iter().zip(numbers).collect())
                }
            };
            let answer = graded.choice(index).map(option_name);
            scores.insert(
                card.name.to_string(),
                json!({ "value": value, "answer": answer }),
            );
        }
        Value::Object(scores)
    }
}

/// inspect's name of the number of a run.
fn name(metric: &MetricSummary) -> &str {
    match (metric.n_correct, metric.interval_kind) {
        (Some(_), _) => "accuracy",
        (None, Some(IntervalKind::Bootstrap | IntervalKind::BootstrapByDocument)) => &metric.name,
        (None, _) => "mean",
    }
}

/// The reply, or the option that was found likeliest.
fn reply_of(graded: &Graded<'_>) -> String {
    let words = graded.answer.words.as_ref();
    let chosen = || {
        let index = (0..graded.scores.len()).find_map(|index| graded.choice(index))?;
        Some(graded.doc.option(index)?.to_owned())
    };
    words
        .map(|words| words.text.clone())
        .or_else(chosen)
        .unwrap_or_default()
}

fn asked(graded: &Graded<'_>) -> Vec<Value> {
    let Some(asked) = graded.asked else {
        return Vec::new();
    };
    if asked.messages.is_empty() {
        return vec![json!({ "role": "user", "content": asked.context })];
    }
    let message = |message: &examen_llm::Message| {
        let role = match message.role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        json!({ "role": role, "content": &*message.content })
    };
    asked.messages.iter().map(message).collect()
}

fn metadata(graded: &Graded<'_>) -> Value {
    let labels = &graded.doc.labels;
    let log_probs = graded.reply().map(|reply| {
        let scores = reply.continuations.iter();
        scores
            .map(|score| score.is_listed().then(|| score.log_prob().0))
            .collect::<Vec<_>>()
    });
    json!({
        "log_probs": log_probs,
        "document": labels.document,
        "kind": labels.kind,
        "difficulty": labels.difficulty,
        "language": labels.language,
        "subject": labels.subject,
        "key_source": graded.key_source(),
        "quote": labels.quote,
    })
}

fn usage_of(graded: &Graded<'_>) -> Value {
    if let Some(words) = &graded.answer.words {
        return usage(words.usage.input_tokens, words.usage.output_tokens);
    }
    let Some(reply) = graded.reply() else {
        return usage(0, 0);
    };
    let n_answer: usize = reply
        .continuations
        .iter()
        .map(|score| score.token_log_probs.len())
        .sum();
    usage(reply.context_tokens.len() as u64, n_answer as u64)
}

fn usage(input: u64, output: u64) -> Value {
    json!({ "input_tokens": input, "output_tokens": output, "total_tokens": input + output })
}

/// The entry of a sample in the list that `inspect view` shows.
fn summary_of(sample: &Value) -> Value {
    let fields = [
        "id",
        "epoch",
        "input",
        "choices",
        "target",
        "metadata",
        "scores",
        "model_usage",
        "total_time",
        "uuid",
    ];
    let mut summary: Map<String, Value> = fields
        .iter()
        .map(|&field| (field.to_owned(), sample[field].clone()))
        .collect();
    if let Some(reason) = sample["error"]["message"].as_str() {
        summary.insert("error".to_owned(), json!(reason));
    }
    summary.insert("completed".to_owned(), json!(true));
    summary.insert(
        "message_count".to_owned(),
        json!(sample["messages"].as_array().map_or(0, Vec::len)),
    );
    Value::Object(summary)
}
