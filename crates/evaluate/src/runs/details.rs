//! Rows of the details file: LightEval's three struct columns `doc`, `metric` and `model_response`, field by field.
//!
//! Fields that an exam has no use for are there and null, so that code written for LightEval's files finds them.

use super::{Finished, stored::StoredQuestion};
use crate::{doc, error::EvaluateError, graded::Graded, task::Task, way::Way};
use examen_files::table::{self, NumberFields};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{collections::BTreeMap, path::Path};

/// One question, whose keys are of type `G`: one number, or a list where any question of the run has not one key. The
/// column `metric` stands between the two: its fields are the metrics of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Row<G> {
    doc: Doc<G>,
    model_response: ModelResponse,
}

/// The question: LightEval's `Doc`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Doc<G> {
    query: String,
    choices: Vec<String>,
    gold_index: G,
    instruction: String,
    images: Option<Vec<String>>,
    specific: Specific,
    unconditioned_query: Option<String>,
    original_query: Option<String>,
    id: String,
    task_name: String,
    fewshot_samples: Vec<Shot<G>>,
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
struct Shot<G> {
    query: String,
    choices: Vec<String>,
    gold_index: G,
    instruction: String,
    specific: ShotSpecific,
}

/// Fields of this exam.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ShotSpecific {
    question_id: String,
}

/// Fields of this exam: LightEval leaves them to the task.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Specific {
    /// The question's id as it was generated, or the row's.
    question_id: String,
    /// The document that it was written from.
    document: Option<String>,
    /// `reviewed`, `partly_reviewed`, `adjudicated` or `suggested`.
    key_source: Option<String>,
    /// The reason why there is no score.
    unscored: Option<String>,
    /// The question without the words around it.
    question: String,
    /// Texts of the options, where the choices are their letters or the like.
    options: Vec<String>,
    /// Index of the option that was taken for the answer, by the first metric that takes one.
    choice: Option<i64>,
    /// True for a right answer, by the first metric of right and wrong.
    is_right: Option<bool>,
    kind: Option<String>,
    difficulty: Option<String>,
    language: Option<String>,
    subject: Option<String>,
    /// Words of the document that the key rests on.
    quote: Option<String>,
    /// Passage that the question was written from.
    passage: Option<String>,
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
    /// None for a choice of which a server says nothing.
    logprobs: Vec<Option<f64>>,
    argmax_logits_eq_gold: Vec<bool>,
    logits: Option<Vec<Vec<f64>>>,
    unconditioned_logprobs: Option<Vec<f64>>,
    truncated_tokens_count: i64,
    padded_tokens_count: i64,
}

/// Writes one row a question, in the task's order.
pub(super) fn write(run: &Finished<'_>, path: &Path) -> Result<(), EvaluateError> {
    let mut all = run.graded.iter().flat_map(|graded| {
        let shots = graded.asked.map(|asked| asked.shots.as_slice());
        std::iter::once(graded.doc).chain(shots.unwrap_or_default().iter().copied())
    });
    let golds = |doc: &doc::Doc| {
        doc.golds
            .iter()
            .map(|&gold| gold as i64)
            .collect::<Vec<_>>()
    };
    if all.all(|doc| doc.golds.len() == 1) {
        write_rows(run, path, |doc| golds(doc)[0])
    } else {
        write_rows(run, path, golds)
    }
}

fn write_rows<G: Serialize + DeserializeOwned + Send>(
    run: &Finished<'_>,
    path: &Path,
    golds: impl Fn(&doc::Doc) -> G,
) -> Result<(), EvaluateError> {
    let row = |(index, graded)| Row {
        doc: doc(run, graded, index, &golds),
        model_response: model_response(graded),
    };
    let rows: Vec<Row<G>> = run.graded.iter().enumerate().map(row).collect();
    Ok(table::write_parquet_with(path, &rows, metric(run))?)
}

/// The numbers that each metric stores of a question; null where there is no score.
fn metric(run: &Finished<'_>) -> NumberFields {
    let fields = run
        .settings
        .metrics
        .iter()
        .enumerate()
        .flat_map(|(index, metric)| {
            let rows: Vec<_> = run
                .graded
                .iter()
                .map(|graded| graded.numbers(index))
                .collect();
            let column = move |(column, name): (usize, String)| {
                let numbers = rows.iter().map(|row| row.as_ref()?.get(column).copied());
                (name, numbers.collect())
            };
            metric.card().stored().into_iter().enumerate().map(column)
        });
    NumberFields {
        name: "metric".to_owned(),
        index: 1,
        fields: fields.collect(),
    }
}

fn doc<G>(
    run: &Finished<'_>,
    graded: &Graded<'_>,
    index: usize,
    golds: &impl Fn(&doc::Doc) -> G,
) -> Doc<G> {
    let shots = graded
        .asked
        .map(|asked| asked.shots.as_slice())
        .unwrap_or_default();
    let (task, doc) = (run.task, graded.doc);
    Doc {
        query: doc.source_query().to_owned(),
        choices: doc.choices.clone(),
        gold_index: golds(doc),
        instruction: task.instruction_of(doc).to_owned(),
        images: None,
        specific: specific(run, graded),
        unconditioned_query: graded.unconditional.as_ref().map(|_| String::new()),
        original_query: None,
        id: index.to_string(),
        task_name: task.label(),
        fewshot_samples: shots.iter().map(|doc| shot(task, doc, golds)).collect(),
        sampling_methods: vec![sampling_method(task.way).to_owned()],
        fewshot_sorting_class: None,
        generation_size: None,
        stop_sequences: None,
        use_logits: false,
        num_samples: 1,
        generation_grammar: None,
    }
}

/// LightEval's word for a way of answering.
fn sampling_method(way: Way) -> &'static str {
    match way {
        Way::Generate => "GENERATIVE",
        Way::Likelihood | Way::Letters | Way::Hybrid => "LOGPROBS",
    }
}

fn shot<G>(task: &Task, doc: &doc::Doc, golds: &impl Fn(&doc::Doc) -> G) -> Shot<G> {
    Shot {
        query: doc.source_query().to_owned(),
        choices: doc.choices.clone(),
        gold_index: golds(doc),
        instruction: task.instruction_of(doc).to_owned(),
        specific: ShotSpecific {
            question_id: doc.id.clone(),
        },
    }
}

fn specific(run: &Finished<'_>, graded: &Graded<'_>) -> Specific {
    let (doc, labels) = (graded.doc, &graded.doc.labels);
    let choice = (0..graded.scores.len()).find_map(|index| graded.choice(index));
    let options = (0..doc.choices.len()).filter_map(|index| doc.option(index));
    Specific {
        question_id: doc.id.clone(),
        document: labels.document.clone(),
        key_source: graded.key_source(),
        unscored: graded.answer.reason(),
        question: doc.stem().to_owned(),
        options: options.map(str::to_owned).collect(),
        choice: choice.map(|choice| choice as i64),
        is_right: run.verdict().and_then(|index| graded.is_right(index)),
        kind: labels.kind.clone(),
        difficulty: labels.difficulty.clone(),
        language: labels.language.clone(),
        subject: labels.subject.clone(),
        quote: labels.quote.clone(),
        passage: labels.passage.clone(),
    }
}

fn model_response(graded: &Graded<'_>) -> ModelResponse {
    let input = graded.asked.map(|asked| asked.context.clone());
    let words = || graded.answer.in_words();
    let said = ModelResponse {
        input,
        text: words().map(|words| words.text.clone()).collect(),
        text_post_processed: (words().next().is_some())
            .then(|| words().map(|words| words.answer.clone()).collect()),
        ..ModelResponse::default()
    };
    let Some(reply) = graded.reply() else {
        return said;
    };
    let ids = |tokens: &[u32]| {
        tokens
            .iter()
            .map(|&token| i64::from(token))
            .collect::<Vec<_>>()
    };
    ModelResponse {
        input_tokens: ids(&reply.context_tokens),
        output_tokens: reply
            .continuations
            .iter()
            .map(|score| ids(&score.tokens))
            .collect(),
        logprobs: reply
            .continuations
            .iter()
            .map(|score| score.is_listed().then(|| score.log_prob().0))
            .collect(),
        argmax_logits_eq_gold: reply
            .continuations
            .iter()
            .map(|score| score.is_greedy)
            .collect(),
        unconditioned_logprobs: graded
            .unconditional
            .as_ref()
            .map(|scores| scores.iter().map(|score| score.log_prob().0).collect()),
        truncated_tokens_count: reply.n_truncated as i64,
        ..said
    }
}

/// A row as it is read again: keys of either form, and whatever metrics there are.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Stored {
    doc: StoredDoc,
    #[serde(default)]
    metric: BTreeMap<String, Option<f64>>,
    model_response: StoredResponse,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredDoc {
    query: String,
    choices: Vec<String>,
    gold_index: Golds,
    specific: Specific,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Golds {
    One(i64),
    Several(Vec<i64>),
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredResponse {
    input: Option<String>,
    text: Vec<String>,
    logprobs: Vec<Option<f64>>,
}

impl Stored {
    pub(super) fn into_question(self) -> StoredQuestion {
        let Self {
            doc,
            metric,
            model_response,
        } = self;
        let specific = doc.specific;
        let index = |index: i64| usize::try_from(index).ok();
        let golds = match doc.gold_index {
            Golds::One(gold) => vec![gold],
            Golds::Several(golds) => golds,
        };
        let facts = [
            specific.document,
            specific.kind,
            specific.difficulty,
            specific.language,
            specific.subject,
            specific.key_source,
        ];
        let labels = StoredQuestion::LABELS.into_iter().zip(facts);
        let or = |text: Vec<String>, other: &[String]| match text.is_empty() {
            true => other.iter().map(|text| text.trim().to_owned()).collect(),
            false => text,
        };
        StoredQuestion {
            id: specific.question_id,
            question: Some(specific.question)
                .filter(|question| !question.is_empty())
                .unwrap_or(doc.query),
            options: or(specific.options, &doc.choices),
            choices: doc.choices,
            golds: golds.into_iter().filter_map(index).collect(),
            labels: labels
                .filter_map(|(name, value)| Some((name, value?)))
                .collect(),
            quote: specific.quote,
            passage: specific.passage,
            prompt: model_response.input,
            reply: model_response.text.into_iter().next(),
            log_probs: model_response.logprobs,
            choice: specific.choice.and_then(index),
            is_right: specific.is_right,
            unscored: specific.unscored,
            metrics: metric
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
                .collect(),
        }
    }
}
