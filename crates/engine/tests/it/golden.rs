//! SmolLM2 against transformers, LightEval and lm-evaluation-harness: see `testdata/lighteval/ORIGIN.md`.

use crate::support::{assert_close, rows, test_model};
use examen_core::LogProb;
use examen_engine::{EngineError, Prompt, ScoredTokens, TokensRequest, WriteRequest, Written};
use examen_llm::{ContinuationScorer, Message, Sampling, ScoreReply, ScoreRequest};
use serde::Deserialize;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

const INSTRUCTION: &str = "Choose the correct answer for the following exam question:";

/// A row of `exam.jsonl`.
#[derive(Deserialize)]
struct Question {
    id: String,
    question: String,
    answer_a: String,
    answer_b: String,
    answer_c: String,
    answer_d: String,
}

impl Question {
    fn request(&self) -> ScoreRequest {
        let answers = [
            &self.answer_a,
            &self.answer_b,
            &self.answer_c,
            &self.answer_d,
        ];
        let continuations = answers.map(|answer| format!(" {answer}")).to_vec();
        ScoreRequest {
            context: format!("{INSTRUCTION}\n\n{}", self.question),
            continuations,
        }
    }
}

fn requests() -> Vec<ScoreRequest> {
    rows::<Question>("lighteval/exam.jsonl")
        .iter()
        .map(Question::request)
        .collect()
}

/// The whole exam, scored once for all tests.
fn replies() -> &'static [ScoreReply] {
    static REPLIES: OnceLock<Vec<ScoreReply>> = OnceLock::new();
    REPLIES.get_or_init(|| {
        let n_scored = AtomicUsize::new(0);
        let count = |n| {
            n_scored.fetch_add(n, Ordering::Relaxed);
        };
        let replies = test_model().score(&requests(), &count).unwrap();
        assert_eq!(n_scored.into_inner(), 221);
        replies
    })
}

fn sums(reply: &ScoreReply) -> Vec<f64> {
    reply
        .continuations
        .iter()
        .map(|score| score.log_prob().0)
        .collect()
}

fn argmax(sums: &[f64]) -> Option<usize> {
    LogProb::argmax(&sums.iter().copied().map(LogProb).collect::<Vec<_>>())
}

#[test]
fn token_ids_equal_llama_cpp() {
    #[derive(Deserialize)]
    struct Row {
        text: String,
        ids: Vec<u32>,
    }
    let rows = rows::<Row>("lighteval/tokenizer.jsonl");
    assert_eq!(rows.len(), 51);
    for row in rows {
        assert_eq!(
            test_model().encode(&row.text).unwrap(),
            row.ids,
            "{:?}",
            row.text
        );
        assert_eq!(test_model().count_tokens(&row.text), row.ids.len());
    }
}

#[test]
fn chat_templates_render_as_in_transformers() {
    #[derive(Deserialize)]
    struct Row {
        messages: Vec<Message>,
        add_generation_prompt: bool,
        text: String,
    }
    for row in rows::<Row>("lighteval/chat_template.jsonl") {
        assert_eq!(
            test_model()
                .render_chat(&row.messages, row.add_generation_prompt)
                .unwrap(),
            row.text
        );
    }
}

#[test]
fn all_sums_equal_light_eval() {
    #[derive(Deserialize)]
    struct Row {
        ctx_tokens: Vec<u32>,
        cont_tokens: Vec<Vec<u32>>,
        logprobs: Vec<f64>,
        is_greedy: Vec<bool>,
    }
    let rows = rows::<Row>("lighteval/lighteval_0shot_raw_fp32.jsonl");
    assert_eq!(rows.len(), 221);
    for (number, (row, reply)) in rows.iter().zip(replies()).enumerate() {
        assert_eq!(reply.context_tokens, row.ctx_tokens);
        assert_eq!(reply.n_truncated, 0);
        // LightEval's details lose some trailing choices' tokens (see ORIGIN.md), not their sums.
        for (score, tokens) in reply.continuations.iter().zip(&row.cont_tokens) {
            assert_eq!(&score.tokens, tokens);
        }
        assert_close(
            &format!("question {number}"),
            &sums(reply),
            &row.logprobs,
            1e-3,
        );
        assert_eq!(
            argmax(&sums(reply)),
            argmax(&row.logprobs),
            "question {number}"
        );
        let greedy: Vec<bool> = reply
            .continuations
            .iter()
            .map(|score| score.is_greedy)
            .collect();
        assert_eq!(greedy, row.is_greedy);
    }
}

#[test]
fn an_empty_context_is_scored_as_in_lm_evaluation_harness() {
    #[derive(Deserialize)]
    struct Row {
        conts: Vec<String>,
        logprobs: Vec<f64>,
    }
    let rows = rows::<Row>("lighteval/lmeval_0shot_raw_fp32.jsonl");
    let request = |row: &Row| ScoreRequest {
        context: String::new(),
        continuations: row.conts[4..].to_vec(),
    };
    let rows = &rows[..40];
    let replies = test_model()
        .score(&rows.iter().map(request).collect::<Vec<_>>(), &|_| {})
        .unwrap();
    for (row, reply) in rows.iter().zip(&replies) {
        assert_close(&row.conts[4], &sums(reply), &row.logprobs[4..], 1e-3);
    }
}

/// Log-probabilities of a text's tokens, and the likeliest in the place of each.
#[derive(Deserialize)]
struct TokensRow {
    id: String,
    ids: Vec<u32>,
    logprobs: Vec<f64>,
    top5_ids: Vec<Vec<u32>>,
    top5_lp: Vec<Vec<f64>>,
}

#[test]
fn every_token_equals_transformers() {
    let questions: HashMap<String, ScoreRequest> = rows::<Question>("lighteval/exam.jsonl")
        .into_iter()
        .map(|row| (row.id.clone(), row.request()))
        .collect();
    let rows = rows::<TokensRow>("lighteval/token_logprobs_fp32.jsonl");
    let mut n_checked = 0;
    for row in rows {
        let Some(question) = questions.get(&row.id) else {
            continue;
        };
        // Which of the answers it is, the ids tell.
        let whole = question
            .continuations
            .iter()
            .map(|answer| format!("{}{answer}", question.context));
        let whole = whole
            .into_iter()
            .find(|text| test_model().encode(text).unwrap() == row.ids)
            .unwrap();
        let (context, continuation) = whole.split_at("Choose".len());
        let request = ScoreRequest {
            context: context.into(),
            continuations: vec![continuation.into()],
        };
        let reply = test_model().score(&[request], &|_| {}).unwrap().remove(0);
        let score = &reply.continuations[0];
        assert_eq!(score.tokens, row.ids[1..]);
        assert_close(&row.id, &score.token_log_probs, &row.logprobs, 1e-3);
        let is_greedy = score
            .tokens
            .iter()
            .zip(&row.top5_ids)
            .all(|(token, top)| *token == top[0]);
        assert_eq!(score.is_greedy, is_greedy);
        n_checked += 1;
    }
    assert_eq!(n_checked, 23);
}

#[test]
fn every_token_and_the_likeliest_beside_it_equal_transformers() {
    let rows = rows::<TokensRow>("lighteval/token_logprobs_fp32.jsonl");
    let requests: Vec<TokensRequest> = rows
        .iter()
        .map(|row| TokensRequest {
            tokens: row.ids.clone(),
            n_top: 5,
            wants_next: false,
        })
        .collect();
    let mut scored = vec![None; rows.len()];
    let mut take = |index: usize, scores: Result<ScoredTokens, EngineError>| {
        scored[index] = Some(scores.unwrap());
        ControlFlow::Continue(())
    };
    test_model().score_tokens(&requests, &mut take).unwrap();
    for (row, scored) in rows.iter().zip(scored) {
        let scores = scored.unwrap().scores;
        let log_probs: Vec<f64> = scores.iter().map(|score| score.log_prob).collect();
        assert_close(&row.id, &log_probs, &row.logprobs, 1e-3);
        for ((score, ids), expected) in scores.iter().zip(&row.top5_ids).zip(&row.top5_lp) {
            let found: Vec<f64> = score.top.iter().map(|(_, log_prob)| *log_prob).collect();
            assert_close(&row.id, &found, expected, 1e-3);
            assert_eq!(score.top[0].0, ids[0], "{}", row.id);
        }
    }
}

#[test]
fn the_likeliest_next_token_is_the_one_that_a_greedy_reply_begins_with() {
    let tokens = test_model()
        .encode_prompt("The capital of France is")
        .unwrap();
    let request = TokensRequest {
        tokens: tokens.clone(),
        n_top: 0,
        wants_next: true,
    };
    let mut next = None;
    test_model()
        .score_tokens(&[request], &mut |_, scored| {
            next = scored.unwrap().next.first().copied();
            ControlFlow::Continue(())
        })
        .unwrap();
    let mut written = test_model().write(WriteRequest {
        prompt: Prompt::Tokens(tokens),
        constraint: None,
        sampling: Sampling::greedy(1),
        n_top: Some(0),
    });
    let Some(Written::Piece(piece)) = written.blocking_recv() else {
        panic!("no piece");
    };
    let (id, log_prob) = next.unwrap();
    assert_eq!(piece.tokens[0].id, id);
    assert_close("next", &[piece.tokens[0].log_prob], &[log_prob], 1e-4);
}
