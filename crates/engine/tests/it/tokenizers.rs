//! Tokenizers and their settings against transformers (`testdata/engine/make_framing.py`).

use crate::support::{change_config, change_json, copy_of, folder, rows};
use examen_engine::{Engine, EngineOptions};
use examen_llm::{
    ChatModel, ChatRequest, ContinuationScorer, Message, Role, Sampling, ScoreRequest,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::Path;

#[derive(Deserialize)]
struct Framed {
    base: String,
    settings: Value,
    v4: Vec<u32>,
    /// `None` where transformers 5 cannot build the class from this vocabulary.
    v5: Option<Vec<u32>>,
}

fn load(path: &Path) -> Engine {
    Engine::load(path, EngineOptions::default()).unwrap()
}

/// Where transformers 4 and 5 differ, the settings are followed, as in 4; where they agree, both are.
#[test]
fn tokens_around_a_text_are_those_of_transformers_and_contradictions_are_told() {
    let rows = rows::<Framed>("engine/framing.jsonl");
    assert_eq!(rows.len(), 60);
    for row in rows {
        let copy = copy_of(&row.base);
        change_json(&copy.path().join("tokenizer_config.json"), |mut config| {
            for (name, value) in row.settings.as_object().unwrap() {
                config[name] = value.clone();
            }
            config
        });
        let engine = load(copy.path());
        let about = format!("{} {}", row.base, row.settings);
        assert_eq!(engine.encode("The river").unwrap(), row.v4, "{about}");
        let own = load(&folder(&row.base)).encode("The river").unwrap();
        assert!(row.v5.is_none_or(|v5| v5 == own), "{about}");
        // Under a class that follows tokenizer.json, the settings may ask for something else, and that is told too.
        let is_told = !engine.description().notes.is_empty();
        let asks = (
            row.settings["add_bos_token"] == true,
            row.settings["add_eos_token"] == true,
        );
        assert_eq!(is_told, asks != (own[0] == 0, false), "{about}");
    }
}

#[test]
fn a_note_names_the_settings_the_file_and_what_is_followed() {
    let copy = copy_of("llama3");
    change_json(&copy.path().join("tokenizer_config.json"), |mut config| {
        config["add_bos_token"] = false.into();
        config
    });
    let notes = load(copy.path()).description().notes.join("\n");
    insta::assert_snapshot!(notes);
}

/// One id larger than the embedding, as a padding token that somebody added makes it.
#[test]
fn ids_beyond_the_embedding_do_harm_only_where_they_occur() {
    let copy = copy_of("llama3");
    change_json(&copy.path().join("tokenizer.json"), |mut tokenizer| {
        let added = tokenizer["added_tokens"].as_array_mut().unwrap();
        // Its own ids end before the embedding does.
        for id in 300..=304 {
            let mut pad = added.last().unwrap().clone();
            pad["id"] = id.into();
            pad["content"] = format!("<pad{id}>").into();
            added.push(pad);
        }
        tokenizer
    });
    let (engine, original) = (load(copy.path()), load(&folder("llama3")));
    let notes = engine.description().notes.join("\n");
    assert!(
        notes.contains("beyond the 304 rows of the embedding"),
        "{notes}"
    );
    let request = |context: &str| ScoreRequest {
        context: context.into(),
        continuations: vec![" rises".into()],
    };
    let score = |engine: &Engine, context| engine.score(&[request(context)], &|_| {});
    let plain = score(&engine, "The river").unwrap();
    assert_eq!(plain, score(&original, "The river").unwrap());
    let error = score(&engine, "The <pad304> river")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("'<pad304>' (id 304) is beyond the 304 rows"),
        "{error}"
    );
    let outcomes = std::sync::Mutex::new(Vec::new());
    let requests = [request("The <pad304>"), request("The river")];
    let scored = engine.score_good(&requests, &mut |index, outcome| {
        outcomes.lock().unwrap().push((index, outcome.is_ok()));
        std::ops::ControlFlow::Continue(())
    });
    scored.unwrap();
    assert_eq!(*outcomes.lock().unwrap(), [(0, false), (1, true)]);
    let chat = ChatRequest {
        messages: vec![Message {
            role: Role::User,
            content: "<pad304>".into(),
        }],
        constraint: None,
        sampling: Sampling::greedy(2),
    };
    let refused = futures::executor::block_on(engine.chat(&chat)).unwrap_err();
    assert!(refused.to_string().contains("id 304"), "{refused}");
}

#[test]
fn a_tokenizer_of_another_model_is_told() {
    let copy = copy_of("qwen2");
    change_config(copy.path(), |mut config| {
        config["vocab_size"] = json!(100);
        config
    });
    let error = Engine::load(copy.path(), EngineOptions::default())
        .err()
        .unwrap();
    assert!(
        error
            .to_string()
            .contains("but the settings ask for [100, 64]"),
        "{error}"
    );
}
