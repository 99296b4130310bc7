//! Replies of tiny random checkpoints, which write anything that they may: constraints hold, and no reply depends on
//! what else is written at the same time.

use crate::support::workspace;
use examen_engine::{Engine, EngineOptions};
use examen_llm::{
    ChatError, ChatModel, ChatReply, ChatRequest, Constraint, FinishReason, Message, Role, Sampling,
};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::num::NonZeroUsize;

const PASSAGE: &str = "The \"river\" rises in the mountains {see \\map}. 水は高い。\nIt flows 12,345 m to the sea 🇪🇸.";

fn engine(name: &str) -> Engine {
    Engine::load(
        &workspace().join("testdata/engine").join(name),
        EngineOptions::default(),
    )
    .unwrap()
}

fn request(text: &str, constraint: Option<Constraint>, sampling: Sampling) -> ChatRequest {
    ChatRequest {
        messages: vec![Message {
            role: Role::User,
            content: text.into(),
        }],
        constraint,
        sampling,
    }
}

/// Draws from the whole distribution: the random models write all over the place.
fn wild(seed: u64, max_tokens: usize) -> Sampling {
    Sampling {
        temperature: 1.5,
        seed,
        ..Sampling::greedy(max_tokens)
    }
}

fn together(engine: &Engine, requests: &[ChatRequest]) -> Vec<Result<ChatReply, ChatError>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(futures::future::join_all(
        requests.iter().map(|request| engine.chat(request)),
    ))
}

fn one(engine: &Engine, request: ChatRequest) -> Result<ChatReply, ChatError> {
    together(engine, &[request]).remove(0)
}

fn quote_schema() -> Value {
    let quote =
        json!({"type": "string", "x-substring-of": PASSAGE, "minLength": 3, "maxLength": 30});
    let item = json!({
        "type": "object",
        "properties": {"quote": quote, "score": {"$ref": "#/$defs/score"}},
        "required": ["quote", "score"],
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "title": "Quotes",
        "properties": {
            "quotes": {"type": "array", "items": item, "minItems": 1, "maxItems": 2},
            "name": {"type": "string", "maxLength": 4},
        },
        "required": ["quotes", "name"],
        "$defs": {"score": {"enum": [1, 2, "many"]}},
    })
}

fn constraints() -> [Option<Constraint>; 5] {
    [
        None,
        Some(Constraint::JsonSchema(quote_schema().into())),
        Some(Constraint::Regex(r"[ab]{2,4}/\d+(\n|é)".into())),
        Some(Constraint::Choice(
            [
                "yes",
                "yes, \"but\"",
                "no\\",
                "no\\",
                "未定",
                "</s><|im_end|>",
            ]
            .map(str::to_owned)
            .to_vec(),
        )),
        Some(Constraint::SubstringOf(PASSAGE.into())),
    ]
}

/// `true` if the reply is what its constraint says.
fn keeps(reply: &str, constraint: &Constraint) -> bool {
    match constraint {
        Constraint::JsonSchema(_) => {
            let value: Value = serde_json::from_str(reply).unwrap();
            let quotes = value["quotes"].as_array().unwrap();
            let is_good =
                |quote: &str| PASSAGE.contains(quote) && (3..=30).contains(&quote.chars().count());
            let is_score = |score: &Value| [json!(1), json!(2), json!("many")].contains(score);
            quotes
                .iter()
                .all(|item| is_good(item["quote"].as_str().unwrap()) && is_score(&item["score"]))
                && (1..=2).contains(&quotes.len())
                && value["name"].as_str().unwrap().chars().count() <= 4
        }
        Constraint::Regex(_) => {
            let letters = reply.len() - reply.trim_start_matches(['a', 'b']).len();
            let digits = reply[letters..]
                .strip_prefix('/')
                .unwrap()
                .trim_end_matches(['\n', 'é']);
            (2..=4).contains(&letters) && !digits.is_empty() && digits.chars().all(char::is_numeric)
        }
        Constraint::Choice(choices) => choices.iter().any(|choice| choice == reply),
        Constraint::SubstringOf(text) => {
            text.contains(reply) && !reply.is_empty() && reply.trim() == reply
        }
    }
}

#[test]
fn replies_keep_their_constraint() {
    for name in ["llama3", "qwen2"] {
        let engine = engine(name);
        for constraint in constraints().into_iter().flatten() {
            let requests: Vec<ChatRequest> = (0..12)
                .map(|seed| request("hi", Some(constraint.clone()), wild(seed, 200)))
                .collect();
            let replies: Vec<ChatReply> = together(&engine, &requests)
                .into_iter()
                .map(Result::unwrap)
                .collect();
            let finished: Vec<&ChatReply> = replies
                .iter()
                .filter(|reply| reply.finish == FinishReason::Stop)
                .collect();
            assert!(
                finished.len() > 6,
                "{name}, {constraint:?}: nearly none came to an end: {replies:?}"
            );
            for reply in &finished {
                assert!(
                    keeps(&reply.text, &constraint),
                    "{name}, {constraint:?}: {reply:?}"
                );
            }
            assert!(
                finished.iter().any(|reply| reply.text != finished[0].text),
                "{name}, {constraint:?}"
            );
        }
    }
}

#[test]
fn forty_requests_together_are_answered_as_each_alone() {
    for name in ["llama3", "qwen2"] {
        let engine = engine(name);
        let requests: Vec<ChatRequest> = (0..40)
            .map(|seed: usize| {
                let sampling = Sampling {
                    top_k: NonZeroUsize::new(seed % 7 * 20),
                    top_p: 1.0 - 0.05 * (seed % 4) as f64,
                    min_p: 0.01 * (seed % 3) as f64,
                    repetition_penalty: 1.0 + 0.1 * (seed % 5) as f64,
                    stop: vec!["the".into(), "\u{1}".into()],
                    ..wild(seed as u64, 5 + seed)
                };
                request(
                    &"river ".repeat(seed % 6),
                    constraints()[seed % 5].clone(),
                    sampling,
                )
            })
            .collect();
        let alone: Vec<ChatReply> = requests
            .iter()
            .map(|request| one(&engine, request.clone()).unwrap())
            .collect();
        let together: Vec<ChatReply> = together(&engine, &requests)
            .into_iter()
            .map(Result::unwrap)
            .collect();
        for (number, (alone, together)) in alone.iter().zip(&together).enumerate() {
            assert_eq!(alone, together, "{name}, request {number}");
        }
    }
}

#[test]
fn top_k_of_one_is_greedy_and_a_penalty_makes_for_variety() {
    let engine = engine("llama3");
    let greedy = one(&engine, request("hi", None, Sampling::greedy(40))).unwrap();
    let top_k = Sampling {
        top_k: NonZeroUsize::new(1),
        ..wild(3, 40)
    };
    assert_eq!(one(&engine, request("hi", None, top_k)).unwrap(), greedy);
    let min_p = Sampling {
        min_p: 1.0,
        ..wild(3, 40)
    };
    assert_eq!(one(&engine, request("hi", None, min_p)).unwrap(), greedy);
    let n_letters = |repetition_penalty| {
        let sampling = Sampling {
            repetition_penalty,
            ..Sampling::greedy(60)
        };
        let reply = one(
            &engine,
            request("x", Some(Constraint::Regex("[a-z]{20}".into())), sampling),
        )
        .unwrap();
        reply.text.chars().collect::<HashSet<char>>().len()
    };
    assert!(
        n_letters(1.0) + 3 < n_letters(100.0),
        "{} {}",
        n_letters(1.0),
        n_letters(100.0)
    );
}

#[test]
fn a_choice_of_nothing_but_the_empty_text_is_written() {
    for choices in [vec![String::new()], vec![String::new(); 3]] {
        let reply = one(
            &engine("llama3"),
            request("hi", Some(Constraint::Choice(choices)), wild(0, 9)),
        )
        .unwrap();
        assert_eq!(
            (reply.text.as_str(), reply.finish),
            ("", FinishReason::Stop)
        );
    }
    let choices = Constraint::Choice(vec![String::new(), "a".into()]);
    for seed in 0..6 {
        let reply = one(
            &engine("llama3"),
            request("hi", Some(choices.clone()), wild(seed, 9)),
        )
        .unwrap();
        assert!(["", "a"].contains(&reply.text.as_str()), "{reply:?}");
    }
    let reply = one(
        &engine("llama3"),
        request("hi", Some(Constraint::Regex(String::new())), wild(0, 9)),
    )
    .unwrap();
    assert_eq!(
        (reply.text.as_str(), reply.finish),
        ("", FinishReason::Stop)
    );
}

#[test]
fn a_constraint_that_is_cut_says_so() {
    for (max_tokens, text) in [(0, ""), (1, "a")] {
        let constraint = Constraint::Regex("a{5}b*".into());
        let reply = one(
            &engine("qwen2"),
            request("hi", Some(constraint), wild(0, max_tokens)),
        )
        .unwrap();
        assert_eq!(
            (reply.text.as_str(), reply.finish),
            (text, FinishReason::Length)
        );
    }
}

#[test]
fn constraints_that_cannot_be_met_are_refused_with_the_reason() {
    let engine = engine("llama3");
    let quote = |keyword: &str, value: Value| {
        let mut schema = json!({"type": "string", "x-substring-of": PASSAGE});
        schema[keyword] = value;
        Constraint::JsonSchema(schema.into())
    };
    let inside = |keyword: &str| {
        let mut schema = json!({});
        schema[keyword] = json!([{"type": "string", "x-substring-of": PASSAGE}]);
        Constraint::JsonSchema(schema.into())
    };
    let cases = [
        (Constraint::Choice(Vec::new()), "nothing to choose from"),
        (Constraint::Regex("(".into()), "regex"),
        (Constraint::Regex(r"(?=a)b".into()), "look-around"),
        (Constraint::Regex(r"[a&&b]".into()), ""),
        (Constraint::SubstringOf(String::new()), "no words"),
        (Constraint::SubstringOf(" \n\u{3000}".into()), "no words"),
        (quote("x-substring-of", json!(" ")), "no words"),
        (quote("minLength", json!(1000)), ""),
        (quote("maxLength", json!(0)), ""),
        (quote("maxLength", json!(-1)), "not a count"),
        (quote("pattern", json!("a")), "'pattern' cannot be used"),
        (
            quote("type", json!("integer")),
            "of type \"integer\", not string",
        ),
        (inside("anyOf"), "neither an object nor an array"),
        (inside("prefixItems"), "neither an object nor an array"),
        (
            Constraint::JsonSchema(
                json!({"type": "array", "items": true, "x-substring-of": 1, "minItems": -1}).into(),
            ),
            "",
        ),
    ];
    for (constraint, reason) in cases {
        match one(
            &engine,
            request("hi", Some(constraint.clone()), wild(0, 50)),
        ) {
            Err(ChatError::Refused(found)) => {
                assert!(found.contains(reason), "{constraint:?}: {found}")
            }
            other => panic!("{constraint:?}: {other:?}"),
        }
    }
}

#[test]
fn a_quote_behind_a_reference_is_refused_with_the_reason() {
    let hidden = json!({
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/quote"}, "b": {"x-substring-of": PASSAGE}},
        "$defs": {"quote": {"type": "string", "x-substring-of": PASSAGE}},
    });
    let constraint = Constraint::JsonSchema(hidden.into());
    let request = request("hi", Some(constraint), wild(0, 50));
    let refused = one(&engine("llama3"), request).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("understood only in properties"),
        "{refused}"
    );
}

#[test]
fn an_empty_message_is_answered_and_a_huge_one_refused() {
    let engine = engine("qwen2");
    assert_eq!(
        one(&engine, request("", None, wild(0, 1)))
            .unwrap()
            .usage
            .output_tokens,
        1
    );
    for constraint in constraints() {
        let refused = one(
            &engine,
            request(&"river ".repeat(20_000), constraint, wild(0, 9)),
        )
        .unwrap_err();
        assert!(
            refused.to_string().contains("the model's context 256"),
            "{refused}"
        );
    }
}

#[test]
fn what_is_too_large_for_a_grammar_is_refused() {
    let engine = engine("llama3");
    for n in [100_000, 200_000] {
        let text: String = (0..n).map(|number| format!("{number:x} ")).collect();
        let refused = one(
            &engine,
            request("hi", Some(Constraint::SubstringOf(text)), wild(0, 9)),
        )
        .unwrap_err();
        let reason = refused.to_string();
        assert!(
            reason.contains("too big") || reason.contains("are possible"),
            "{refused}"
        );
        assert!(
            !reason.contains(" 1a "),
            "the text itself is not in the error: {refused}"
        );
    }
    let pattern = Constraint::Regex("((a?b?){300}){300}c".into());
    let reply = one(&engine, request("hi", Some(pattern), wild(0, 20)));
    assert!(
        reply
            .as_ref()
            .is_ok_and(|reply| reply.text.starts_with(['a', 'b', 'c']))
            || reply.is_err(),
        "{reply:?}"
    );
}
