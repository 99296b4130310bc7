//! Decoding: replies to prompts as `examen generate` sends them, one by one and 32 at once, free and under the schema.

use crate::{
    Outcome,
    cost::{self, Cost},
    load,
};
use examen_core::{Difficulty, Kind, Language};
use examen_engine::Engine;
use examen_generate::{
    asking::{
        prompts::{Ask, Own, Prompts, Wishes},
        schema::{Quotes, Shape, reply_schema},
    },
    passages::sentences::quotable,
};
use examen_llm::{ChatError, ChatModel, ChatReply, ChatRequest, Constraint, Sampling};
use futures::{executor::block_on, future::join_all};
use serde_json::{Value, json};
use std::{path::Path, sync::LazyLock};

const DOCUMENTS: [&str; 2] = [
    include_str!("../../demo/hypertension.md"),
    include_str!("../../demo/anticoagulants.txt"),
];
const AT_ONCE: usize = 32;
const ONE_BY_ONE: usize = 2;
const MOST_TOKENS: usize = 200;
/// Sentences of a passage.
const PASSAGE: usize = 8;
/// More than are written in [`MOST_TOKENS`] tokens: no reply under the schema ends early.
const N_QUESTIONS: usize = 5;

/// Tells each way to decode as soon as it was measured.
pub(crate) fn measure(model: &Path, n_threads: usize, tell: impl Fn(&Value)) -> Outcome<()> {
    let engine = load(model, n_threads)?;
    let passages = passages();
    for (under_schema, n_replies) in [
        (false, ONE_BY_ONE),
        (true, ONE_BY_ONE),
        (false, AT_ONCE),
        (true, AT_ONCE),
    ] {
        tell(&decode(
            &engine,
            passages.get(..n_replies).ok_or("too few passages")?,
            under_schema,
        )?);
    }
    Ok(())
}

fn decode(engine: &Engine, passages: &[String], under_schema: bool) -> Outcome<Value> {
    let requests = |n_tokens| -> Vec<ChatRequest> {
        passages
            .iter()
            .zip(0..)
            .map(|(passage, seed)| request(passage, seed, under_schema, n_tokens))
            .collect()
    };
    let at_once = passages.len() == AT_ONCE;
    // Reads the prompts' common beginning and builds the grammar, which are then kept.
    answer(engine, &requests(1), at_once)?;
    let (first_tokens, reading) = cost::of(|| answer(engine, &requests(1), at_once));
    let (all_tokens, whole) = cost::of(|| answer(engine, &requests(MOST_TOKENS), at_once));
    let n_tokens = all_tokens?;
    Ok(json!({
        "schema": under_schema,
        "at_once": if at_once { AT_ONCE } else { 1 },
        "replies": passages.len(),
        "tokens": n_tokens,
        "whole": whole.to_json(),
        // Without reading the prompts and their first tokens.
        "decoded_tokens": n_tokens.saturating_sub(first_tokens?),
        "decoding": Cost::without(whole, reading).to_json(),
    }))
}

/// Different passages of about the length of a chunk: some sentences each, every one beginning at another sentence.
fn passages() -> Vec<String> {
    let sentences = DOCUMENTS.map(quotable).concat();
    sentences
        .windows(PASSAGE)
        .take(AT_ONCE)
        .map(|window| window.join(" "))
        .collect()
}

fn request(passage: &str, seed: u64, under_schema: bool, max_tokens: usize) -> ChatRequest {
    let ask = Ask {
        language: Language::ENGLISH,
        context: None,
        passages: &[passage],
        n_questions: N_QUESTIONS,
        existing: &[],
    };
    let shape = Shape {
        n_questions: N_QUESTIONS,
        kinds: &Kind::ALL,
        difficulties: &Difficulty::ALL,
        quotes: Quotes::Any { has_second: false },
    };
    ChatRequest {
        messages: PROMPTS
            .messages(&ask)
            .expect("the prompts that come along are fine"),
        constraint: under_schema.then(|| Constraint::JsonSchema(reply_schema(shape).into())),
        sampling: Sampling {
            temperature: 0.7,
            top_p: 0.95,
            seed,
            ..Sampling::greedy(max_tokens)
        },
    }
}

static PROMPTS: LazyLock<Prompts> = LazyLock::new(|| {
    Prompts::load(Own::default(), Wishes::default()).expect("the prompts that come along are fine")
});

/// Tokens of the replies.
fn answer(engine: &Engine, requests: &[ChatRequest], at_once: bool) -> Outcome<u64> {
    let replies: Vec<Result<ChatReply, ChatError>> = match at_once {
        true => block_on(join_all(
            requests.iter().map(|request| engine.chat(request)),
        )),
        false => requests
            .iter()
            .map(|request| block_on(engine.chat(request)))
            .collect(),
    };
    let tokens = replies
        .into_iter()
        .map(|reply| reply.map(|reply| reply.usage.output_tokens));
    Ok(tokens.sum::<Result<u64, ChatError>>()?)
}
