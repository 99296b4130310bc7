//! A scored exam, part by part.

use crate::{
    Outcome,
    cost::{self, Cost},
    load, parts,
    work::{Counts, Flop, Sequence, Sizes},
};
use examen_engine::Engine;
use examen_evaluate::{Doc, Exam, Reading, TaskSpec};
use examen_llm::{ContinuationScorer, ScoreRequest};
use serde_json::{Value, json};
use std::path::Path;

/// The shots that LightEval draws from this exam, in its order.
const SHOTS: [&str; 5] = ["q178", "q042", "q030", "q220", "q088"];

/// The exam and how it is held.
pub(crate) struct Held<'a> {
    pub(crate) file: &'a Path,
    /// Only so many from its start.
    pub(crate) n_questions: usize,
    /// Solved examples before each question.
    pub(crate) n_shots: usize,
}

/// Loads the model, tokenises and scores the exam, and counts what there was to do.
pub(crate) fn measure(model: &Path, held: &Held<'_>, n_threads: usize) -> Outcome<Value> {
    let part_times = parts::listen()?;
    let requests = requests(&Exam::read(held.file, &Reading::default())?, held)?;
    let (engine, loading) = cost::of(|| load(model, n_threads));
    let engine = engine?;
    let (sequences, tokenising) = cost::of(|| sequences(&engine, &requests));
    let counts = Counts::of(sequences?);
    let (replies, scoring) = cost::of(|| engine.score(&requests, &|_| ()));
    replies?;
    let flop = Flop::of(&counts, &Sizes::read(model)?);
    Ok(json!({
        "shots": held.n_shots,
        "questions": requests.len(),
        "parameters": engine.description().n_parameters,
        "tokens": { "distinct": counts.n_distinct, "naive": counts.n_naive, "rows": counts.n_rows },
        "flop": { "total": flop.total(), "linear": flop.linear, "attention": flop.attention, "head": flop.head },
        "loading": loading.to_json(),
        "tokenising": tokenising.to_json(),
        // The engine tokenises once more.
        "scoring": Cost::without(scoring, tokenising).to_json(),
        "parts_wall_s": part_times.seconds(),
    }))
}

/// The exam as `examen evaluate` asks it, with LightEval's shots before every question.
fn requests(exam: &Exam, held: &Held<'_>) -> Outcome<Vec<ScoreRequest>> {
    let task = "exam_questions".parse::<TaskSpec>()?.task_on(exam, None);
    let docs = &task.dataset.docs;
    let shot = |id: &&str| {
        docs.iter()
            .find(|doc| doc.id == **id)
            .ok_or(format!("the exam has no question {id}"))
    };
    let shots: Vec<&Doc> = SHOTS
        .iter()
        .take(held.n_shots)
        .map(shot)
        .collect::<Result<_, _>>()?;
    let ask = |doc: &Doc| ScoreRequest {
        context: task.context(doc, &shots),
        continuations: doc.choices.clone(),
    };
    Ok(docs.iter().take(held.n_questions).map(ask).collect())
}

/// What the engine makes of the requests, through its public interface.
fn sequences(engine: &Engine, requests: &[ScoreRequest]) -> Outcome<Vec<Sequence>> {
    let mut sequences = Vec::new();
    for request in requests {
        let n_context = engine.encode(request.context.trim_end())?.len();
        for continuation in &request.continuations {
            let mut tokens = engine.encode(&format!("{}{continuation}", request.context))?;
            tokens.pop();
            sequences.push(Sequence {
                tokens,
                first_row: n_context - 1,
            });
        }
    }
    Ok(sequences)
}
