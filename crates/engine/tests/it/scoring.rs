//! Batches must not change a score.

use crate::support::{assert_close, free, test_model, test_model_path, workspace};
use examen_engine::{Engine, EngineOptions};
use examen_llm::{ContinuationScorer, ScoreError, ScoreReply, ScoreRequest};
use std::ops::ControlFlow;

const TOLERANCE: f64 = 1e-4;

fn request(context: &str, continuations: &[&str]) -> ScoreRequest {
    ScoreRequest {
        context: context.into(),
        continuations: continuations.iter().map(|&text| text.into()).collect(),
    }
}

/// Requests that share beginnings, are repeated, and are longer than a small forward.
fn requests() -> Vec<ScoreRequest> {
    let long = "The river rises in the mountains and flows to the sea. ".repeat(30);
    vec![
        request(
            "The capital of France is",
            &[" Paris", " Paris, the city of light", " London", " Paris"],
        ),
        request("The capital of France is", &[" Paris"]),
        request(
            "The capital of Spain",
            &[" is Madrid.", " is Madrid, not Barcelona.", ""][..2],
        ),
        request(
            &format!("{long}In spring"),
            &[" the snow melts", " the snow falls and the water is low"],
        ),
        request(&format!("{long}In autumn"), &[" the snow melts"]),
        request("", &["Hello world", "Hello"]),
        request("no continuations", &[]),
    ]
}

fn score(engine: &Engine, requests: &[ScoreRequest]) -> Vec<ScoreReply> {
    engine.score(requests, &|_| {}).unwrap()
}

fn assert_same(found: &[ScoreReply], expected: &[ScoreReply]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found.context_tokens, expected.context_tokens);
        assert_eq!(found.continuations.len(), expected.continuations.len());
        for (found, expected) in found.continuations.iter().zip(&expected.continuations) {
            assert_eq!(
                (&found.tokens, found.is_greedy),
                (&expected.tokens, expected.is_greedy)
            );
            assert_close(
                "a token",
                &found.token_log_probs,
                &expected.token_log_probs,
                TOLERANCE,
            );
        }
    }
}

#[test]
fn a_batch_equals_its_requests_one_by_one() {
    let single: Vec<ScoreReply> = requests()
        .iter()
        .flat_map(|request| score(test_model(), std::slice::from_ref(request)))
        .collect();
    assert_same(&score(test_model(), &requests()), &single);
    let alone = |request: &ScoreRequest| {
        let one = |text: &String| {
            score(
                test_model(),
                &[ScoreRequest {
                    continuations: vec![text.clone()],
                    ..request.clone()
                }],
            )
        };
        request
            .continuations
            .iter()
            .map(|text| one(text).remove(0).continuations.remove(0))
            .collect::<Vec<_>>()
    };
    for (request, reply) in requests().iter().zip(&single) {
        for (found, expected) in reply.continuations.iter().zip(alone(request)) {
            assert_close(
                "alone",
                &found.token_log_probs,
                &expected.token_log_probs,
                TOLERANCE,
            );
        }
    }
}

#[test]
fn neither_threads_nor_the_size_of_a_forward_matter() {
    let expected = score(test_model(), &requests());
    for (n_threads, tokens_per_forward) in [(1, 1024), (2, 7)] {
        let options = EngineOptions {
            n_threads: Some(n_threads),
            tokens_per_forward,
            ..EngineOptions::default()
        };
        let engine = Engine::load(&test_model_path(), options).unwrap();
        assert_same(&score(&engine, &requests()), &expected);
    }
}

#[test]
fn weights_that_stay_in_the_file_give_the_same_scores() {
    // Room for the file's 98 MB of quantised weights, not for twice their 538 MB in f32.
    let options = EngineOptions {
        memory: free(300_000_000),
        ..EngineOptions::default()
    };
    let engine = Engine::load(&test_model_path(), options).unwrap();
    assert_same(
        &score(&engine, &requests()),
        &score(test_model(), &requests()),
    );
}

#[test]
fn a_context_too_long_is_cut_on_the_left() {
    let options = EngineOptions {
        context_length: Some(12),
        ..EngineOptions::default()
    };
    let engine = Engine::load(&test_model_path(), options).unwrap();
    assert_eq!(engine.context_length(), 12);
    let long = request(
        "One two three four five six seven eight nine ten eleven twelve thirteen",
        &[" fourteen fifteen", "."],
    );
    let reply = score(&engine, std::slice::from_ref(&long)).remove(0);
    let n_tokens = engine.encode(&long.context).unwrap().len();
    let n_read = n_tokens + reply.continuations[0].tokens.len() - 1;
    assert_eq!(reply.n_truncated, n_read - 12);
    assert_eq!(
        reply.context_tokens,
        engine.encode(&long.context).unwrap()[reply.n_truncated..]
    );

    // Each continuation keeps as much context as it can: the short one sees exactly the last 12 tokens.
    let kept = engine.encode(&long.context).unwrap()[n_tokens - 12..].to_vec();
    let visible = " two three four five six seven eight nine ten eleven twelve thirteen";
    assert_eq!(test_model().encode(visible).unwrap(), kept);
    let short = score(test_model(), &[request(visible, &["."])]).remove(0);
    assert_close(
        "cut",
        &reply.continuations[1].token_log_probs,
        &short.continuations[0].token_log_probs,
        TOLERANCE,
    );

    assert!(!engine.fits(&long) && engine.fits(&request("One two three", &[" four"])));

    let error = engine
        .score(&[long, request("a", &[&" word".repeat(13)])], &|_| {})
        .unwrap_err();
    assert!(
        matches!(error, ScoreError::Request { index: 1, .. }),
        "{error}"
    );
}

#[test]
fn white_space_at_the_end_of_a_context_belongs_to_the_continuation() {
    let replies = score(
        test_model(),
        &[
            request("The capital of France is ", &["Paris"]),
            request("The capital of France is", &[" Paris"]),
        ],
    );
    assert_eq!(replies[0].continuations, replies[1].continuations);
}

#[test]
fn a_continuation_without_tokens_is_refused_by_number() {
    let error = test_model()
        .score(&[request("a", &[" b"]), request("a", &[" b", ""])], &|_| {})
        .unwrap_err();
    assert_eq!(error.to_string(), "request 1: continuation 1 is empty");
}

#[test]
fn replies_are_whole_and_come_once_each() {
    let expected = score(test_model(), &requests());
    let mut replies = vec![None; expected.len()];
    let ended = test_model().score_each(&requests(), &mut |index, reply| {
        assert!(
            replies[index].replace(reply).is_none(),
            "request {index} was answered twice"
        );
        ControlFlow::Continue(())
    });
    ended.unwrap();
    assert_same(
        &replies.into_iter().map(Option::unwrap).collect::<Vec<_>>(),
        &expected,
    );
}

#[test]
fn a_run_stops_when_it_is_told_to() {
    let options = EngineOptions {
        tokens_per_forward: 7,
        ..EngineOptions::default()
    };
    let engine = Engine::load(&test_model_path(), options).unwrap();
    for n_wanted in [1, 3] {
        let mut n_replies = 0;
        let ended = engine.score_each(&requests(), &mut |_, _| {
            n_replies += 1;
            if n_replies == n_wanted {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert!(matches!(ended, Err(ScoreError::Cancelled)));
        assert_eq!(n_replies, n_wanted, "nothing comes after a break");
    }
}

#[test]
fn a_text_that_brings_its_begin_token_gets_no_second_one() {
    let path = workspace().join("testdata/engine/llama3");
    let engine = Engine::load(&path, EngineOptions::default()).unwrap();
    let replies = score(
        &engine,
        &[
            request("the river", &[" rises"]),
            request("<s>the river", &[" rises"]),
        ],
    );
    assert_eq!(replies[0], replies[1]);
}
