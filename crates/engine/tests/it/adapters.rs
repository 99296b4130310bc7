//! LoRA adapters against PEFT (`testdata/engine/make_adapters.py`).

use crate::support::{Row, change_json, check_row, copy_of, folder, refusal, rows};
use examen_engine::{Engine, EngineOptions, adapter_base};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

/// An adapter beside its base.
fn together(base: &str, adapter: &str) -> TempDir {
    let copy = copy_of(base);
    for name in ["adapter_config.json", "adapter_model.safetensors"] {
        let from = folder("adapters").join(adapter).join(name);
        std::fs::copy(from, copy.path().join(name)).unwrap();
    }
    copy
}

fn check(path: &Path, adapter: &str) -> Engine {
    let engine = Engine::load(path, EngineOptions::default()).unwrap();
    let rows = rows::<Row>(&format!("engine/adapters/{adapter}/golden.jsonl"));
    assert_eq!(rows.len(), 2);
    rows.iter()
        .for_each(|row| check_row(&engine, adapter, row, 1e-4));
    engine
}

#[test]
fn an_adapter_is_added_to_its_base_wherever_that_lies() {
    for (base, adapter) in [("llama3", "linear"), ("qwen2", "rslora")] {
        let alone = folder("adapters").join(adapter);
        let beside = together(base, adapter);
        for path in [
            alone.as_path(),
            &alone.join("adapter_model.safetensors"),
            beside.path(),
        ] {
            let engine = check(path, adapter);
            let notes = engine.description().notes.join("\n");
            assert!(notes.contains("LoRA adapter"), "{notes}");
        }
    }
}

#[test]
fn an_adapter_is_not_left_out_without_a_word() {
    let copy = together("qwen2", "rslora");
    let engine = Engine::load(
        &copy.path().join("model.safetensors"),
        EngineOptions::default(),
    );
    let notes = engine.unwrap().description().notes.join("\n");
    assert!(notes.contains("is not applied"), "{notes}");
}

#[test]
fn a_base_that_is_not_here_is_named() {
    let copy = tempfile::tempdir().unwrap();
    for name in ["adapter_config.json", "adapter_model.safetensors"] {
        let from = folder("adapters/rslora").join(name);
        std::fs::copy(from, copy.path().join(name)).unwrap();
    }
    change_json(&copy.path().join("adapter_config.json"), |mut config| {
        config["base_model_name_or_path"] = "org/base".into();
        config
    });
    let found = adapter_base(copy.path()).unwrap();
    assert_eq!(found.as_deref(), Some("org/base"));
    let error = refusal(copy.path());
    assert!(
        error.to_string().contains("LoRA adapter of org/base"),
        "{error}"
    );
    let options = EngineOptions {
        adapter_base: Some(folder("qwen2")),
        ..EngineOptions::default()
    };
    assert!(Engine::load(copy.path(), options).is_ok());
}

#[test]
fn what_an_adapter_does_beyond_lora_is_refused_by_name() {
    let refused = |name: &str, value: Value| {
        let copy = together("qwen2", "rslora");
        change_json(&copy.path().join("adapter_config.json"), |mut config| {
            config[name] = value.clone();
            config
        });
        refusal(copy.path()).to_string()
    };
    let messages = [
        refused("peft_type", json!("IA3")),
        refused("use_dora", json!(true)),
        refused("init_lora_weights", json!("pissa")),
        refused("some_new_thing", json!({"a": 1})),
        refused("alpha_pattern", json!({".*k_proj": 5})),
        refused("r", json!(3)),
        refused("lora_alpha", Value::Null),
    ];
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn a_change_without_a_place_in_the_base_is_refused() {
    // The adapter also changes the output layer, which is the embedding there.
    let tied = together("qwen2", "linear");
    change_json(&tied.path().join("config.json"), |mut config| {
        config["tie_word_embeddings"] = true.into();
        config
    });
    let error = refusal(tied.path()).to_string();
    assert!(
        error.contains("embedding and output layer in one"),
        "{error}"
    );
    let other = together("phi3", "rslora");
    let error = refusal(other.path()).to_string();
    assert!(error.contains("which its base does not have"), "{error}");
}
