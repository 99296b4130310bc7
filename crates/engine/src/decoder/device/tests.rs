//! The device's network, on candle's CPU device, against the loops for the CPU.

use crate::generation::Worker;
use crate::model::Model;
use crate::{EngineOptions, scoring};
use examen_llm::{ChatRequest, Message, Role, Sampling, ScoreReply, ScoreRequest};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

/// Every family, every kind of file.
const MODELS: [&str; 11] = [
    "llama3",
    "mistral-gguf/model.gguf",
    "qwen2",
    "qwen3",
    "qwen3/model.gguf",
    "gemma2",
    "gemma2/model.gguf",
    "gemma3",
    "gemma3-gguf/model.gguf",
    "phi3",
    "phi3/model.gguf",
];

/// The same model on candle's CPU device and on the loops for the CPU.
fn both(name: &str, tokens_per_forward: usize) -> [Model; 2] {
    let path = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../testdata/engine"
    ))
    .join(name);
    [Some(candle_core::Device::Cpu), None].map(|device| {
        let options = EngineOptions {
            n_threads: Some(1),
            tokens_per_forward,
            ..EngineOptions::default()
        };
        Model::load_on(device, &path, options).unwrap()
    })
}

/// They share beginnings, and are longer than every window.
fn requests() -> Vec<ScoreRequest> {
    let request = |context: &str, continuations: &[&str]| ScoreRequest {
        context: context.into(),
        continuations: continuations.iter().map(|&text| text.into()).collect(),
    };
    let long = "The river rises in the mountains and flows to the sea. ".repeat(2);
    vec![
        request("The water is", &[" high", " high in spring", " low"]),
        request(
            &format!("{long}In spring"),
            &[" the snow melts", " the snow falls and the water is low"],
        ),
        request(&format!("{long}In autumn"), &[" the snow melts"]),
    ]
}

fn score(model: &Model) -> Vec<ScoreReply> {
    let requests = requests();
    let mut replies = vec![None; requests.len()];
    let mut take = |index: usize, reply| {
        replies[index] = Some(reply);
        ControlFlow::Continue(())
    };
    model
        .pool
        .install(|| scoring::score_each(model, &requests, &mut take))
        .unwrap();
    replies.into_iter().map(Option::unwrap).collect()
}

#[test]
fn scores_equal_those_of_the_loops_for_the_cpu() {
    for name in MODELS {
        // Whole trees in one pack, and long beginnings in blocks of their own.
        for tokens_per_forward in [1024, 24] {
            let [found, expected] = both(name, tokens_per_forward).map(|model| score(&model));
            let scores = |replies: &[ScoreReply]| -> Vec<_> {
                replies
                    .iter()
                    .flat_map(|reply| reply.continuations.clone())
                    .collect()
            };
            let (found, expected) = (scores(&found), scores(&expected));
            assert_eq!(found.len(), 6);
            for (found, expected) in found.iter().zip(&expected) {
                assert_eq!(
                    (&found.tokens, found.is_greedy),
                    (&expected.tokens, expected.is_greedy),
                    "{name}"
                );
                for (found, expected) in found.token_log_probs.iter().zip(&expected.token_log_probs)
                {
                    assert!(
                        (found - expected).abs() <= 1e-4,
                        "{name}: {found} is not {expected}"
                    );
                }
            }
        }
    }
}

#[test]
fn replies_equal_those_of_the_loops_for_the_cpu() {
    let replies = |model: Model| {
        let worker = Worker::start(Arc::new(model));
        let chats = ["The river", "The sea", "In spring the snow melts"].map(|text| {
            let messages = vec![Message {
                role: Role::User,
                content: text.into(),
            }];
            worker.reply(
                ChatRequest {
                    messages,
                    constraint: None,
                    sampling: Sampling::greedy(24),
                }
                .into(),
            )
        });
        futures::executor::block_on(futures::future::try_join_all(chats)).unwrap()
    };
    let mut n_chatted = 0;
    for name in MODELS {
        let [found, expected] = both(name, 20);
        assert_eq!(found.description, expected.description);
        if found.description.can_chat {
            let (found, expected) = (replies(found), replies(expected));
            assert_eq!(found, expected, "{name}");
            n_chatted += found.len();
        }
    }
    assert!(n_chatted > 0);
}
