//! Rows of the details file: LightEval's three struct columns `doc`, `metric` and `model_response`, field by field.
//!
//! Fields that an exam has no use for are there and null, so that code written for LightEval's files finds them.

use super::Finished;
use crate::{
    error::EvaluateError, exam::Item, graded::Graded, metrics::Metric, settings::Settings,
};
use examen_files::table::{self, NumberFields};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// One question. The column `metric` stands between the two: its fields are the metrics of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Row {
    doc: Doc,
    model_response: ModelResponse,
}

/// The question: LightEval's `Doc`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Doc {
    query: String,
    choices: Vec<String>,
    gold_index: i64,
    instruction: String,
    images: Option<Vec<String>>,
    specific: Specific,
    unconditioned_query: Option<String>,
    original_query: Option<String>,
    id: String,
    task_name: String,
    fewshot_samples: Vec<Shot>,
    sampling_methods: Vec<String>,
    fewshot_sorting_class: Option<String>,
    generation_size: Option<i64>,
    stop_sequences: Option<Vec<String>>,
    use_logits: bool,
    num_samples: i64,
    generation_grammar: Option<String>,
}

/// An example before the question: the fields of LightEval's `Doc` that say something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Shot {
    query: String,
    choices: Vec<String>,
    gold_index: i64,
    instruction: String,
    specific: ShotSpecific,
}

/// Fields of this exam.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ShotSpecific {
    question_id: String,
}

/// Fields of this exam: LightEval leaves them to the task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Specific {
    /// The question's id as it was generated, or the row's.
    question_id: String,
    /// The document that it was written from.
    document: Option<String>,
    /// `reviewed`, `adjudicated` or `suggested`.
    key_source: Option<String>,
    /// The reason why there is no score.
    unscored: Option<String>,
}

/// The model's answer: LightEval's `ModelResponse`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct ModelResponse {
    input: Option<String>,
    input_tokens: Vec<i64>,
    text: Vec<String>,
    output_tokens: Vec<Vec<i64>>,
    text_post_processed: Option<Vec<String>>,
    reasonings: Vec<String>,
    logprobs: Vec<f64>,
    argmax_logits_eq_gold: Vec<bool>,
    logits: Option<Vec<Vec<f64>>>,
    unconditioned_logprobs: Option<Vec<f64>>,
    truncated_tokens_count: i64,
    padded_tokens_count: i64,
}

/// Writes one row a question, in the exam's order.
pub(super) fn write(run: &Finished<'_>, path: &Path) -> Result<(), EvaluateError> {
    let row = |(index, graded)| Row {
        doc: doc(run.settings, graded, index),
        model_response: model_response(graded),
    };
    let rows: Vec<Row> = run.graded.iter().enumerate().map(row).collect();
    Ok(table::write_parquet_with(path, &rows, metric(run))?)
}

/// 1 where a metric chose the key, 0 where not, null where there is no score.
fn metric(run: &Finished<'_>) -> NumberFields {
    let field = |(index, metric): (usize, &&dyn Metric)| {
        let scores = run.graded.iter();
        let scores = scores.map(|graded| graded.is_correct(index).map(f64::from));
        (metric.name().to_owned(), scores.collect())
    };
    NumberFields {
        name: "metric".to_owned(),
        index: 1,
        fields: run.settings.metrics.iter().enumerate().map(field).collect(),
    }
}

fn doc(settings: &Settings, graded: &Graded<'_>, index: usize) -> Doc {
    let prompt = settings.task.task().prompt(graded.item, &[]);
    let shots = graded
        .asked
        .map(|asked| asked.shots.as_slice())
        .unwrap_or_default();
    Doc {
        query: prompt.query,
        choices: prompt.continuations,
        gold_index: graded.item.key.index() as i64,
        instruction: settings.task.task().instruction().to_owned(),
        images: None,
        specific: specific(graded),
        unconditioned_query: None,
        original_query: None,
        id: index.to_string(),
        task_name: settings.task.label(),
        fewshot_samples: shots.iter().map(|item| shot(settings, item)).collect(),
        sampling_methods: vec!["LOGPROBS".to_owned()],
        fewshot_sorting_class: None,
        generation_size: None,
        stop_sequences: None,
        use_logits: false,
        num_samples: 1,
        generation_grammar: None,
    }
}

fn shot(settings: &Settings, item: &Item) -> Shot {
    let task = settings.task.task();
    let prompt = task.prompt(item, &[]);
    Shot {
        query: prompt.query,
        choices: prompt.continuations,
        gold_index: item.key.index() as i64,
        instruction: task.instruction().to_owned(),
        specific: ShotSpecific {
            question_id: item.id.clone(),
        },
    }
}

fn specific(graded: &Graded<'_>) -> Specific {
    let key_source = graded
        .item
        .key_source
        .map(|source| serde_json::json!(source));
    Specific {
        question_id: graded.item.id.clone(),
        document: graded.item.document.clone(),
        key_source: key_source.and_then(|source| source.as_str().map(str::to_owned)),
        unscored: graded.answer.outcome.reason().map(ToString::to_string),
    }
}

fn model_response(graded: &Graded<'_>) -> ModelResponse {
    let input = graded.asked.map(|asked| asked.prompt.context.clone());
    let Some(reply) = graded.reply() else {
        return ModelResponse {
            input,
            ..ModelResponse::default()
        };
    };
    let ids = |tokens: &[u32]| {
        tokens
            .iter()
            .map(|&token| i64::from(token))
            .collect::<Vec<_>>()
    };
    ModelResponse {
        input,
        input_tokens: ids(&reply.context_tokens),
        output_tokens: reply
            .continuations
            .iter()
            .map(|score| ids(&score.tokens))
            .collect(),
        logprobs: reply
            .continuations
            .iter()
            .map(|score| score.log_prob().0)
            .collect(),
        argmax_logits_eq_gold: reply
            .continuations
            .iter()
            .map(|score| score.is_greedy)
            .collect(),
        truncated_tokens_count: reply.n_truncated as i64,
        ..ModelResponse::default()
    }
}
