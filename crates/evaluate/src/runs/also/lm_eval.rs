//! lm-evaluation-harness's `results_<date>.json` and `samples_<task>_<date>.jsonl` (0.4.13), below `lm-eval/<model>/`.

use super::Also;
use crate::{
    error::EvaluateError,
    graded::Graded,
    metrics::{self, Aggregate, Card, Metric},
    runs::{Finished, date_of, write_json},
    summary::RunSummary,
    task::{Kind, Task},
    way::Way,
};
use examen_files::atomic;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::path::PathBuf;

pub(super) const ALSO: Also = Also {
    name: "lm-eval",
    about: "results_<date>.json and samples_<task>_<date>.jsonl as lm-evaluation-harness writes them",
    write,
};

fn write(run: &Finished<'_>, summary: &RunSummary) -> Result<Vec<PathBuf>, EvaluateError> {
    let date = date_of(run);
    let model = sanitized(&summary.model);
    let folder = run.settings.output_dir.join("lm-eval").join(&model);
    // A line a question and filter, as lm-eval has it.
    let names = names(run);
    let of_filter = |filter| {
        let graded = run.graded.iter().enumerate();
        graded.map(move |(index, graded)| sample(run, index, graded, filter))
    };
    let samples: Vec<Value> = filters(&names).into_iter().flat_map(of_filter).collect();
    let samples_file = folder.join(format!(
        "samples_{}_{date}.jsonl",
        sanitized(&run.task.name)
    ));
    atomic::write(&samples_file, |out| {
        samples.iter().try_for_each(|sample| {
            serde_json::to_writer(&mut *out, sample)?;
            out.write_all(b"\n")
        })
    })?;
    let results_file = folder.join(format!("results_{date}.json"));
    write_json(&results_file, &results(run, summary, &model, &samples))?;
    Ok(vec![results_file, samples_file])
}

/// The name as a name of a folder: lm-eval's `sanitize_model_name`.
fn sanitized(name: &str) -> String {
    let is_replaced = |c: char| "\"<>:/|\\?*[]".contains(c);
    let mut clean = String::new();
    let mut rest = name;
    while let Some(at) = rest.find(is_replaced) {
        clean += &rest[..at];
        clean += "__";
        rest = rest[at..].trim_start_matches(is_replaced);
    }
    let clean = clean + rest;
    match clean.as_str() {
        "" | "." | ".." => "model".to_owned(),
        _ => clean,
    }
}

/// lm-eval's name of a metric. A metric of ours that only shares the name of one of its has another.
fn name(card: &Card) -> String {
    let is_taken = || {
        metrics::ALL
            .iter()
            .any(|other| other.card().lm_eval == card.name)
    };
    match card.lm_eval {
        "" if is_taken() => format!("examen_{}", card.name),
        "" => card.name.to_string(),
        name => name.to_owned(),
    }
}

/// A metric's own name, and that of the filter whose replies it reads: those of task files are called `metric,filter`.
fn of_filter(name: &str) -> (&str, &str) {
    name.split_once(',').unwrap_or((name, "none"))
}

/// The filters of the run's metrics, in order.
fn filters(names: &[String]) -> Vec<&str> {
    let mut filters = Vec::new();
    for (_, filter) in names.iter().map(|name| of_filter(name)) {
        if !filters.contains(&filter) {
            filters.push(filter);
        }
    }
    filters
}

fn names(run: &Finished<'_>) -> Vec<String> {
    let metrics = run.settings.metrics.iter();
    metrics.map(|metric| name(&metric.card())).collect()
}

fn results(run: &Finished<'_>, summary: &RunSummary, model: &str, samples: &[Value]) -> Value {
    let (task, settings) = (run.task, run.settings);
    let label = &task.name;
    let hashes: String = samples.iter().map(hashes_of).collect();
    let higher: Map<String, Value> = settings
        .metrics
        .iter()
        .map(|metric| metric.card())
        .map(|card| {
            let name = name(&card);
            (of_filter(&name).0.to_owned(), json!(card.higher_is_better))
        })
        .collect();
    let seconds = run.ended.duration_since(run.started).as_secs_f64();
    let system = summary.system_prompt.as_deref();
    json!({
        "results": { label: scores(run, summary) },
        "group_subtasks": {},
        "configs": { label: config(run, summary) },
        "versions": { label: task.version },
        "n-shot": { label: task.few_shot.n_shots },
        "higher_is_better": { label: higher },
        "n-samples": { label: { "original": task.dataset.docs.len(), "effective": summary.n_questions } },
        "config": run_config(run, summary),
        "git_hash": null,
        "date": run.started.as_microsecond() as f64 / 1e6,
        "pretty_env_info": format!("examen {}", env!("CARGO_PKG_VERSION")),
        "transformers_version": null,
        "lm_eval_version": null,
        "upper_git_hash": null,
        "tokenizer_pad_token": null,
        "tokenizer_eos_token": null,
        "tokenizer_bos_token": null,
        "eot_token_id": null,
        "max_length": null,
        "task_hashes": { label: sha256(&hashes) },
        "model_source": "examen",
        "model_name": summary.model,
        "model_name_sanitized": model,
        "system_instruction": system,
        "system_instruction_sha": system.map(sha256),
        "fewshot_as_multiturn": summary.chat_template,
        "chat_template": null,
        "chat_template_sha": null,
        "total_evaluation_time_seconds": seconds.to_string(),
    })
}

fn run_config(run: &Finished<'_>, summary: &RunSummary) -> Value {
    json!({
        "model": "examen",
        "model_args": { "pretrained": summary.model },
        "model_num_parameters": null,
        "model_dtype": null,
        "model_revision": null,
        "model_sha": "",
        "batch_size": run.settings.batch_size,
        "batch_sizes": [],
        "device": null,
        "use_cache": null,
        "limit": run.settings.max_samples,
        "bootstrap_iters": examen_statistics::Draws::default().n,
        "gen_kwargs": {},
        "random_seed": 0,
        "numpy_seed": 0,
        "torch_seed": 0,
        "fewshot_seed": run.task.few_shot.seed,
    })
}

fn scores(run: &Finished<'_>, summary: &RunSummary) -> Value {
    let mut scores = Map::new();
    scores.insert("name".to_owned(), json!(run.task.name));
    scores.insert("alias".to_owned(), json!(run.task.name));
    scores.insert("sample_len".to_owned(), json!(summary.n_questions));
    for (name, metric) in names(run).iter().zip(&summary.metrics) {
        let (name, filter) = of_filter(name);
        // lm-eval writes `N/A` where there is no number.
        let or_none = |value: Option<f64>| value.map_or_else(|| json!("N/A"), |value| json!(value));
        scores.insert(format!("{name},{filter}"), or_none(metric.value));
        scores.insert(format!("{name}_stderr,{filter}"), or_none(metric.stderr));
    }
    Value::Object(scores)
}

fn config(run: &Finished<'_>, summary: &RunSummary) -> Value {
    let task = run.task;
    let metric = |metric: &&dyn Metric| {
        let card = metric.card();
        let aggregation = match card.aggregate {
            Aggregate::Share | Aggregate::Mean => "mean".to_owned(),
            Aggregate::Corpus => name(&card),
        };
        let name = name(&card);
        let name = of_filter(&name).0;
        json!({ "metric": name, "aggregation": aggregation, "higher_is_better": card.higher_is_better })
    };
    let output_type = match &task.kind {
        _ if writes(task) => "generate_until",
        Kind::Continuation => "loglikelihood",
        Kind::Text => "loglikelihood_rolling",
        Kind::Choice | Kind::Reply(_) => "multiple_choice",
    };
    json!({
        "task": task.name,
        "dataset_path": summary.dataset,
        "test_split": task.dataset.split,
        "description": task.instruction,
        "fewshot_delimiter": task.example_delimiter,
        "num_fewshot": task.few_shot.n_shots,
        "metric_list": run.settings.metrics.iter().map(metric).collect::<Vec<_>>(),
        "output_type": output_type,
        "repeats": 1,
        "should_decontaminate": false,
        "metadata": { "version": task.version, "examen_answer": task.way },
    })
}

/// One line of the samples. A question without a score has its reason, and no metrics.
fn sample(run: &Finished<'_>, index: usize, graded: &Graded<'_>, filter: &str) -> Value {
    let doc = doc(graded);
    let target = match graded.doc.golds.as_slice() {
        [] => match graded.doc.references.as_slice() {
            [] => graded.doc.target.trim().to_owned(),
            [reference] => reference.clone(),
            references => format!("{references:?}"),
        },
        [gold] => gold.to_string(),
        golds => format!("{golds:?}"),
    };
    let context = graded.asked.map(|asked| asked.context.as_str());
    let context = context.unwrap_or_default();
    let Exchange {
        arguments,
        replies,
        read,
    } = exchange(run, graded, context);
    let mut sample = json!({
        "doc_id": index,
        "doc": doc,
        "target": target,
        "arguments": arguments,
        "resps": replies,
        "filtered_resps": read,
        "filter": filter,
        "metrics": [],
        "doc_hash": sha256(&format!("{doc:#}")),
        "prompt_hash": sha256(context),
        "target_hash": sha256(&target),
    });
    let mut scored = Vec::new();
    for (index, name) in names(run).iter().enumerate() {
        let (name, its) = of_filter(name);
        let Some(numbers) = graded.numbers(index).filter(|_| its == filter) else {
            continue;
        };
        sample[name] = match numbers.as_slice() {
            [number] => json!(number),
            numbers => json!(numbers),
        };
        scored.push(name.to_owned());
    }
    sample["metrics"] = json!(scored);
    if let Some(reason) = graded.answer.reason() {
        sample["unscored"] = json!(reason);
    }
    sample
}

/// What was asked and came back, request by request.
struct Exchange {
    arguments: Map<String, Value>,
    /// Everything that came back.
    replies: Vec<Value>,
    /// What metrics read of it.
    read: Vec<Value>,
}

impl Exchange {
    fn ask(&mut self, context: &str, argument: Value) {
        let name = format!("gen_args_{}", self.arguments.len());
        self.arguments
            .insert(name, json!({ "arg_0": context, "arg_1": argument }));
    }
}

/// Numbers are strings, as in lm-eval's files.
fn exchange(run: &Finished<'_>, graded: &Graded<'_>, context: &str) -> Exchange {
    let mut exchange = Exchange {
        arguments: Map::new(),
        replies: Vec::new(),
        read: Vec::new(),
    };
    if writes(run.task) {
        let max_tokens = run.settings.writing.max_tokens;
        exchange.ask(
            context,
            json!({ "max_gen_toks": max_tokens, "do_sample": false }),
        );
        let words = || graded.answer.in_words();
        exchange.replies = vec![words().map(|words| json!(words.text)).collect()];
        exchange.read = words().map(|words| json!(words.answer)).collect();
        return exchange;
    }
    let contexts = graded.asked.map(|asked| asked.contexts.as_slice());
    for (index, choice) in graded.doc.choices.iter().enumerate() {
        let own = contexts.and_then(|contexts| contexts.get(index));
        exchange.ask(own.map_or(context, String::as_str), json!(choice));
    }
    let scores = graded.reply().map(|reply| reply.continuations.as_slice());
    for score in scores.unwrap_or_default() {
        let is_greedy = if score.is_greedy { "True" } else { "False" };
        let log_prob = match score.is_listed() {
            true => score.log_prob().0.to_string(),
            false => "-inf".to_owned(),
        };
        exchange.read.push(json!([log_prob, is_greedy]));
    }
    exchange.replies = exchange.read.iter().map(|reply| json!([reply])).collect();
    exchange
}

/// True for a task whose answers are words.
fn writes(task: &Task) -> bool {
    task.way == Way::Generate || matches!(task.kind, Kind::Reply(_))
}

/// The question, in the place of the row of a dataset.
fn doc(graded: &Graded<'_>) -> Value {
    let doc = graded.doc;
    let options = (0..doc.choices.len()).map(|index| doc.option(index));
    let labels = &doc.labels;
    json!({
        "id": doc.id,
        "question": doc.stem(),
        "choices": options.collect::<Vec<_>>(),
        "golds": doc.golds,
        "references": doc.references,
        "document": labels.document,
        "kind": labels.kind,
        "difficulty": labels.difficulty,
        "language": labels.language,
        "subject": labels.subject,
        "key_source": graded.key_source(),
    })
}

fn hashes_of(sample: &Value) -> String {
    let hash = |name: &str| sample[name].as_str().unwrap_or_default().to_owned();
    ["doc_hash", "prompt_hash", "target_hash"]
        .map(hash)
        .concat()
}

fn sha256(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_hashes_are_those_of_lm_eval() {
        // lm_eval.utils.sanitize_model_name and hash_string, 0.4.13.
        assert_eq!(sanitized("/tmp/m:1[x]"), "__tmp__m__1__x__");
        assert_eq!(sanitized("a<>/b"), "a__b");
        assert_eq!(
            sha256("0"),
            "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"
        );
    }

    #[test]
    fn metrics_of_filters_are_told_apart() {
        let names = ["exact_match,strict", "exact_match,first-word", "acc"].map(str::to_owned);
        assert_eq!(filters(&names), ["strict", "first-word", "none"]);
        assert_eq!(of_filter("exact_match,strict"), ("exact_match", "strict"));
    }

    #[test]
    fn a_metric_that_shares_a_name_only_has_another() {
        let named = |name: &str| super::name(&metrics::find(name).expect("a metric").card());
        assert_eq!(
            ["acc", "acc_norm", "acc_norm_no_space", "log_loss"].map(named),
            ["acc", "examen_acc_norm", "acc_norm", "log_loss"]
        );
    }
}
