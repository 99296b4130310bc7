//! Replies of the test model: they obey their limits, their constraint and their seed, alone and together.

use crate::support::{test_model, test_model_path};
use examen_engine::{Engine, EngineOptions};
use examen_llm::{
    ChatError, ChatModel, ChatReply, ChatRequest, Constraint, FinishReason, Message, Role, Sampling,
};
use serde_json::json;

fn request(text: &str, sampling: Sampling) -> ChatRequest {
    let messages = vec![Message {
        role: Role::User,
        content: text.into(),
    }];
    ChatRequest {
        messages,
        constraint: None,
        sampling,
    }
}

fn sampling(temperature: f64, seed: u64, max_tokens: usize) -> Sampling {
    Sampling {
        temperature,
        top_p: 0.9,
        seed,
        ..Sampling::greedy(max_tokens)
    }
}

/// An exam question, with every text bounded: so it ends before the tokens do.
fn schema() -> serde_json::Value {
    let text = json!({"type": "string", "minLength": 1, "maxLength": 60});
    let distractors = json!({"type": "array", "items": text, "minItems": 3, "maxItems": 3});
    json!({
        "type": "object",
        "properties": {"question": text, "answer": text, "distractors": distractors},
        "required": ["question", "answer", "distractors"],
        "additionalProperties": false,
    })
}

fn exam_request(seed: u64, max_tokens: usize) -> ChatRequest {
    let text =
        "Write an exam question about rivers, with its answer and three wrong answers, as JSON.";
    let constraint = Some(Constraint::JsonSchema(schema().into()));
    ChatRequest {
        constraint,
        ..request(text, sampling(0.8, seed, max_tokens))
    }
}

fn chat(engine: &Engine, requests: &[ChatRequest]) -> Vec<Result<ChatReply, ChatError>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(futures::future::join_all(
        requests.iter().map(|request| engine.chat(request)),
    ))
}

fn chat_one(request: ChatRequest) -> ChatReply {
    chat(test_model(), &[request]).remove(0).unwrap()
}

#[test]
fn a_greedy_reply_answers_and_stops() {
    let reply = chat_one(request(
        "What is the capital of France? Answer in one short sentence.",
        sampling(0.0, 0, 60),
    ));
    assert!(reply.text.contains("Paris"), "{reply:?}");
    assert_eq!(reply.finish, FinishReason::Stop);
    assert!(!reply.text.contains("<|im_end|>"));
    assert!(
        reply.usage.input_tokens > 20 && (3..60).contains(&reply.usage.output_tokens),
        "{reply:?}"
    );
}

#[test]
fn max_tokens_cuts_and_says_so() {
    let reply = chat_one(request(
        "Count from one to one hundred in words.",
        sampling(0.0, 0, 7),
    ));
    assert_eq!(
        (reply.finish, reply.usage.output_tokens),
        (FinishReason::Length, 7)
    );
    let reply = chat_one(request("Say nothing.", sampling(0.0, 0, 0)));
    assert_eq!(
        (reply.finish, reply.text.as_str()),
        (FinishReason::Length, "")
    );
}

#[test]
fn the_same_seed_gives_the_same_reply_and_another_seed_another() {
    let of_seed = |seed| request("Tell me about the sea.", sampling(1.0, seed, 24));
    let replies = chat(test_model(), &[of_seed(1), of_seed(2), of_seed(1)]);
    let replies: Vec<ChatReply> = replies.into_iter().map(Result::unwrap).collect();
    assert_eq!(replies[0], replies[2]);
    assert_ne!(replies[0].text, replies[1].text);
    assert_eq!(chat_one(of_seed(1)), replies[0]);
}

#[test]
fn a_stop_string_ends_the_reply_before_it() {
    let free = chat_one(request("Count: one, two, three,", sampling(0.0, 0, 40)));
    let stop: String = free.text.chars().skip(6).take(5).collect();
    let limited = Sampling {
        stop: vec!["never written".into(), stop.clone()],
        ..sampling(0.0, 0, 40)
    };
    let reply = chat_one(request("Count: one, two, three,", limited));
    assert_eq!(reply.text, free.text.split(&stop).next().unwrap());
    assert_eq!(reply.finish, FinishReason::Stop);
}

#[test]
fn replies_under_a_schema_parse_and_are_compact() {
    let requests: Vec<ChatRequest> = (0..8).map(|seed| exam_request(seed, 400)).collect();
    for reply in chat(test_model(), &requests) {
        let reply = reply.unwrap();
        assert_eq!(reply.finish, FinishReason::Stop, "{reply:?}");
        let value: serde_json::Value = serde_json::from_str(&reply.text).unwrap();
        assert_eq!(value["distractors"].as_array().unwrap().len(), 3);
        assert!(value["question"].as_str().unwrap().chars().count() <= 60);
        assert!(reply.text.starts_with("{\"question\": \""), "{reply:?}");
    }
}

#[test]
fn a_reply_under_a_schema_that_is_cut_says_so() {
    for max_tokens in [1, 3, 10, 20] {
        let reply = chat_one(exam_request(3, max_tokens));
        assert_eq!(
            (reply.finish, reply.usage.output_tokens),
            (FinishReason::Length, max_tokens as u64)
        );
        assert!(serde_json::from_str::<serde_json::Value>(&reply.text).is_err());
    }
}

#[test]
fn many_replies_through_few_places_equal_single_ones() {
    let options = EngineOptions {
        max_replies: 3,
        tokens_per_forward: 40,
        ..EngineOptions::default()
    };
    let engine = Engine::load(&test_model_path(), options).unwrap();
    let requests: Vec<ChatRequest> = (0..7)
        .map(|number| {
            request(
                &format!("Name {number} animals."),
                sampling(0.0, 0, 5 + 3 * number),
            )
        })
        .collect();
    let together: Vec<ChatReply> = chat(&engine, &requests)
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let alone: Vec<ChatReply> = requests.into_iter().map(chat_one).collect();
    assert_eq!(together, alone);
}

#[test]
fn what_cannot_be_answered_is_refused_with_the_reason() {
    let refusal = |request| match chat(test_model(), &[request]).remove(0) {
        Err(ChatError::Refused(reason)) => reason,
        other => panic!("{other:?}"),
    };
    let too_long = request(&"word ".repeat(9000), sampling(0.0, 0, 5));
    assert!(refusal(too_long).contains("the model's context 8192"));
    let broken = |schema: serde_json::Value| ChatRequest {
        constraint: Some(Constraint::JsonSchema(schema.into())),
        ..request("hi", sampling(0.0, 0, 5))
    };
    assert!(refusal(broken(json!(true))).contains("not an object"));
    assert!(refusal(broken(json!({"type": "no such type"}))).contains("no such type"));
    assert!(refusal(request("hi", sampling(-1.0, 0, 5))).contains("temperature"));
}
