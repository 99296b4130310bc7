//! Models that the engine cannot run are refused before their weights are there.

use crate::support::{change_config, copy_of};
use examen_engine::Preview;
use serde_json::{Value, json};

/// The error of a qwen2 without weights and with another setting.
fn refused(name: &str, value: Value) -> String {
    let copy = copy_of("qwen2");
    std::fs::remove_file(copy.path().join("model.safetensors")).unwrap();
    change_config(copy.path(), |mut config| {
        config[name] = value.clone();
        config
    });
    match Preview::open(copy.path()) {
        Ok(_) => format!("{name}: fine"),
        Err(error) => {
            assert!(error.hint().unwrap().contains("--base-url"), "{error}");
            error.to_string()
        }
    }
}

#[test]
fn what_config_json_says_is_enough_to_refuse() {
    let messages = [
        refused(
            "quantization_config",
            json!({"quant_method": "gptq", "bits": 4}),
        ),
        refused("quantization_config", json!({"quant_method": "awq"})),
        refused(
            "quantization_config",
            json!({"quant_method": "fp8", "activation_scheme": "dynamic"}),
        ),
        refused(
            "quantization_config",
            json!({"quant_method": "compressed-tensors", "format": "pack-quantized"}),
        ),
        refused("quantization_config", json!({"load_in_4bit": true})),
        refused("compression_config", json!({"format": "int-quantized"})),
        refused("quantization_config", Value::Null),
        refused("model_type", json!("mixtral")),
        refused("model_type", json!("bert")),
        refused("num_experts", json!(8)),
        refused("architectures", json!(["Qwen2ForSequenceClassification"])),
        refused("architectures", json!(["Qwen2Model"])),
        refused("architectures", json!(["Qwen2ForCausalLM"])),
        refused("architectures", json!([])),
    ];
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn files_of_older_methods_are_enough_to_refuse() {
    for name in ["quantize_config.json", "quant_config.json"] {
        let copy = copy_of("qwen2");
        std::fs::write(copy.path().join(name), "{}").unwrap();
        let error = Preview::open(copy.path()).err().unwrap().to_string();
        assert!(
            error.contains(name) && error.contains("quantised"),
            "{error}"
        );
    }
}
