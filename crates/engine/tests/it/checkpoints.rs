//! Tiny random checkpoints made by transformers (`testdata/engine/make.py`), against its log-probabilities.

use crate::support::{assert_close, rows, workspace};
use examen_engine::{Engine, EngineError, EngineOptions};
use examen_llm::{ContinuationScorer, Message, Role, ScoreRequest};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const TOLERANCE: f64 = 1e-4;

#[derive(Deserialize)]
struct Row {
    text: String,
    ids: Vec<u32>,
    logprobs: Vec<f64>,
}

fn folder(name: &str) -> PathBuf {
    workspace().join("testdata/engine").join(name)
}

fn load(path: &Path) -> Engine {
    Engine::load(path, EngineOptions::default()).unwrap()
}

/// Where the model puts a token in front, every token of the text is scored; else the first character is the context.
fn check(engine: &Engine, name: &str) {
    for row in rows::<Row>(&format!("engine/{name}/golden.jsonl")) {
        assert_eq!(engine.encode(&row.text).unwrap(), row.ids, "{:?}", row.text);
        let has_start = engine.count_tokens(&row.text) < row.ids.len();
        let first = row.text.chars().next().map_or(0, char::len_utf8);
        let (context, continuation) = row.text.split_at(if has_start { 0 } else { first });
        let request = ScoreRequest { context: context.into(), continuations: vec![continuation.into()] };
        let reply = engine.score(&[request], &|_| {}).unwrap().remove(0);
        let score = &reply.continuations[0];
        let n_scored = score.tokens.len();
        assert!(n_scored + 3 >= row.ids.len(), "nearly all tokens are scored");
        assert_eq!(score.tokens, row.ids[row.ids.len() - n_scored..]);
        assert_close(name, &score.token_log_probs, &row.logprobs[row.logprobs.len() - n_scored..], TOLERANCE);
    }
}

#[test]
fn llama_with_scaled_rotary_positions_in_shards_of_bf16() {
    let engine = load(&folder("llama3"));
    check(&engine, "llama3");
    let description = engine.description();
    assert_eq!(
        (description.architecture.as_str(), description.vocabulary, description.context_length),
        ("llama", 304, 256)
    );
    assert_eq!(description.dtypes, ["BF16"]);
    assert_eq!(description.n_parameters, 2 * 304 * 64 + 2 * (2 * 64 * 64 + 2 * 32 * 64 + 3 * 96 * 64 + 2 * 64) + 64);
}

#[test]
fn qwen2_with_biases_and_a_tied_head_in_f16() {
    let engine = load(&folder("qwen2"));
    check(&engine, "qwen2");
    check(&load(&folder("qwen2/model.safetensors")), "qwen2");
    assert_eq!(engine.description().dtypes, ["F16"]);
}

#[test]
fn mistral_with_a_sliding_window_and_sentence_pieces_in_gguf() {
    let engine = load(&folder("mistral-gguf/model.gguf"));
    check(&engine, "mistral-gguf");
    assert!(!engine.description().can_chat);
    let error = engine.render_chat(&[], true).unwrap_err();
    assert!(error.to_string().contains("base model") && error.hint().is_some(), "{error}");
}

#[test]
fn chat_templates_of_tokenizer_config_are_used() {
    let message = Message { role: Role::User, content: " hi ".into() };
    let text = load(&folder("llama3")).render_chat(&[message], true).unwrap();
    assert_eq!(text, "<s>[user] hi<|im_end|>\n[assistant]");
}

/// A copy of the qwen2 checkpoint, to change something in.
fn copy_of_qwen2() -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder("qwen2")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    copy
}

/// The qwen2 checkpoint with one change to its settings.
fn with_setting(key: &str, value: serde_json::Value) -> Result<Engine, EngineError> {
    let copy = copy_of_qwen2();
    let path = copy.path().join("config.json");
    let mut config: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    config[key] = value;
    std::fs::write(&path, config.to_string()).unwrap();
    Engine::load(copy.path(), EngineOptions::default())
}

#[test]
fn biases_that_are_there_are_used_whether_the_settings_name_them_or_not() {
    let engine = with_setting("model_type", "llama".into()).unwrap();
    assert_eq!(engine.description().architecture, "llama");
    check(&engine, "qwen2");
}

#[test]
fn biases_of_the_feed_forward_part_are_taken_when_they_are_there() {
    let copy = copy_of_qwen2();
    let path = copy.path().join("model.safetensors");
    let bytes = std::fs::read(&path).unwrap();
    let mut tensors = SafeTensors::deserialize(&bytes).unwrap().tensors();
    for (layer, (part, n)) in
        (0..2).flat_map(|layer| [("gate", 96), ("up", 96), ("down", 64)].map(|part| (layer, part)))
    {
        let zeros = TensorView::new(Dtype::F16, vec![n], &[0; 2 * 96][..2 * n]).unwrap();
        tensors.push((format!("model.layers.{layer}.mlp.{part}_proj.bias"), zeros));
    }
    safetensors::serialize_to_file(tensors, None, &path).unwrap();
    let (engine, original) = (load(copy.path()), load(&folder("qwen2")));
    check(&engine, "qwen2");
    let n_biases = engine.description().n_parameters - original.description().n_parameters;
    assert_eq!(n_biases, 2 * (96 + 96 + 64));
}

#[test]
fn what_does_not_fit_is_named() {
    let message = |key, value| with_setting(key, value).err().map(|error| error.to_string()).unwrap_or_default();
    let yarn = serde_json::json!({"rope_type": "yarn", "factor": 4.0});
    let messages = [
        message("model_type", "gpt_neox".into()),
        message("intermediate_size", 80.into()),
        message("num_hidden_layers", 3.into()),
        message("num_key_value_heads", 3.into()),
        message("hidden_size", 0.into()),
        message("vocab_size", 100.into()),
        message("rope_scaling", yarn),
        message("hidden_act", "gelu".into()),
    ];
    insta::assert_snapshot!(messages.join("\n"), @r"
    unknown architecture 'gpt_neox'; known are llama, mistral, qwen2
    tensor 'model.layers.0.mlp.gate_proj.weight' has shape [96, 64], but the settings ask for [80, 64]
    the model has no tensor 'model.layers.2.input_layernorm.weight'
    the model's setting num_key_value_heads does not divide the number of heads
    the model's setting hidden_size is not a positive integer of sensible size
    the model's tokenizer cannot be used: it has 300 ids, the model has 100
    the model needs rotary positions scaled by 'yarn', which is not supported; supported: default, linear, llama3
    the model's setting hidden_act is not silu, the only activation that this family has here
    ");
    assert_eq!(message("tie_word_embeddings", true.into()), "");
}

#[test]
fn a_folder_without_a_model_says_what_is_missing() {
    let empty = tempfile::tempdir().unwrap();
    let error = Engine::load(empty.path(), EngineOptions::default()).err().unwrap();
    assert!(error.to_string().ends_with("is not a model: it has no config.json"), "{error}");
    let error = Engine::load(&empty.path().join("no.gguf"), EngineOptions::default()).err().unwrap();
    assert!(matches!(error, EngineError::Read { .. }), "{error}");
}

#[test]
fn too_little_memory_is_told_before_loading() {
    let options = EngineOptions { available_memory: Some(100_000), ..EngineOptions::default() };
    let error = Engine::load(&folder("llama3"), options).err().unwrap();
    assert!(matches!(error, EngineError::NotEnoughMemory { needed: 200_704, available: 100_000 }), "{error}");
}
