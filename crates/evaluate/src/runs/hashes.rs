//! LightEval's `hashes`: XXH64 over what was asked and how it was tokenised, so that two runs can be told apart at a
//! glance. The order of the questions does not matter.

use super::Finished;
use crate::{graded::Graded, task::Task};
use serde_json::{Value, json};
use twox_hash::XxHash64;

/// The four hashes over every question. `hash_examples` equals LightEval's for the same questions;
/// `hash_full_prompts` is over the contexts (LightEval's hashes nothing there).
pub(super) fn of_task(run: &Finished<'_>) -> Value {
    let over = |hash: &dyn Fn(&Graded<'_>) -> String| joined(run.graded.iter().map(hash).collect());
    json!({
        "hash_examples": over(&|graded| hash(graded.doc.source_query())),
        "hash_full_prompts": over(&|graded| hash(&context(run.task, graded))),
        "hash_input_tokens": over(&|graded| hash(&input_tokens(graded))),
        "hash_cont_tokens": over(&|graded| hash(&output_tokens(graded))),
    })
}

/// The hashes over all tasks, which are one: each hash hashed again, as LightEval does.
pub(super) fn of_all(of_task: &Value) -> Value {
    let again = of_task.as_object().into_iter().flatten();
    Value::Object(
        again
            .map(|(name, value)| {
                (
                    name.clone(),
                    json!(hash(value.as_str().unwrap_or_default())),
                )
            })
            .collect(),
    )
}

/// Sixteen hexadecimal digits, as Python's `xxh64(text).hexdigest()`.
fn hash(text: &str) -> String {
    format!("{:016x}", XxHash64::oneshot(0, text.as_bytes()))
}

fn joined(mut hashes: Vec<String>) -> String {
    hashes.sort_unstable();
    hash(&hashes.concat())
}

/// The context that the model was given; of a row that cannot be asked, the one without examples.
fn context(task: &Task, graded: &Graded<'_>) -> String {
    let context = graded.asked.map(|asked| asked.context.clone());
    context.unwrap_or_else(|| task.context(graded.doc, &[]))
}

/// The tokens as Python prints a list: `[1, 2]`.
fn input_tokens(graded: &Graded<'_>) -> String {
    format!(
        "{:?}",
        graded
            .reply()
            .map(|reply| reply.context_tokens.as_slice())
            .unwrap_or_default()
    )
}

fn output_tokens(graded: &Graded<'_>) -> String {
    let scores = graded
        .reply()
        .map(|reply| reply.continuations.as_slice())
        .unwrap_or_default();
    format!(
        "{:?}",
        scores.iter().map(|score| &score.tokens).collect::<Vec<_>>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_equal_those_of_python() {
        // python -c 'import xxhash; print(xxhash.xxh64("").hexdigest(), xxhash.xxh64("abc").hexdigest())' (xxhash 3.5)
        assert_eq!(hash(""), "ef46db3751d8e999");
        assert_eq!(hash("abc"), "44bc2cf5ad770999");
    }
}
