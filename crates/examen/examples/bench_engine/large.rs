//! A model of the shape of Llama 2 7B whose weights are all zero: shows what loading and scoring need, not what they
//! say. The file of 13.5 GB is sparse, so it takes hardly any disk where the file system knows holes.

use crate::{Outcome, cost, load};
use examen_llm::{ContinuationScorer, ScoreRequest};
use serde_json::{Map, Value, json};
use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

const HIDDEN: u64 = 4096;
const FEED_FORWARD: u64 = 11008;
const VOCABULARY: u64 = 32000;
const N_LAYERS: u64 = 32;
const N_HEADS: u64 = 32;
const BYTES_OF_BF16: u64 = 2;
const N_REQUESTS: usize = 4;

/// Writes the model into `folder`, loads it and scores a few short requests.
pub(crate) fn measure(folder: &Path, tokenizer: &Path, n_threads: usize) -> Outcome<Value> {
    let file_bytes = write(folder, tokenizer)?;
    let (engine, loading) = cost::of(|| load(folder, n_threads));
    let engine = engine?;
    let (replies, scoring) = cost::of(|| engine.score(&requests(), &|_| ()));
    let n_tokens: usize = replies?
        .iter()
        .map(|reply| reply.context_tokens.len())
        .sum();
    Ok(json!({
        "file_bytes": file_bytes,
        "parameters": engine.description().n_parameters,
        "loading": loading.to_json(),
        "scoring": scoring.to_json(),
        "requests": N_REQUESTS,
        "context_tokens": n_tokens,
    }))
}

/// Short ones that begin differently, so that they share nothing.
fn requests() -> Vec<ScoreRequest> {
    let request = |number| ScoreRequest {
        context: format!("{number}. Which chamber of the heart pumps blood into the aorta?"),
        continuations: vec![
            " The left ventricle".to_owned(),
            " The right atrium".to_owned(),
        ],
    };
    (1..=N_REQUESTS).map(request).collect()
}

fn write(folder: &Path, tokenizer: &Path) -> Outcome<u64> {
    fs::create_dir_all(folder)?;
    fs::copy(tokenizer, folder.join("tokenizer.json"))?;
    let config = json!({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "torch_dtype": "bfloat16", "hidden_act": "silu",
        "hidden_size": HIDDEN, "intermediate_size": FEED_FORWARD, "vocab_size": VOCABULARY,
        "num_hidden_layers": N_LAYERS, "num_attention_heads": N_HEADS, "num_key_value_heads": N_HEADS,
        "max_position_embeddings": 4096, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": false,
    });
    fs::write(folder.join("config.json"), config.to_string())?;
    let (header, n_data) = header();
    let mut file = File::create(folder.join("model.safetensors"))?;
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    let n_bytes = 8 + header.len() as u64 + n_data;
    file.set_len(n_bytes)?;
    Ok(n_bytes)
}

/// The header of a safetensors file, and the number of bytes that follow it.
fn header() -> (String, u64) {
    let mut tensors = Map::new();
    let mut end = 0;
    for (name, shape) in shapes() {
        let start = end;
        end += shape.iter().product::<u64>() * BYTES_OF_BF16;
        tensors.insert(
            name,
            json!({ "dtype": "BF16", "shape": shape, "data_offsets": [start, end] }),
        );
    }
    let header = Value::Object(tensors).to_string();
    // The data begin at a multiple of eight.
    let padded = header.len().next_multiple_of(8);
    (format!("{header:padded$}"), end)
}

fn shapes() -> Vec<(String, Vec<u64>)> {
    let matrix = |name: &str, rows, columns| (format!("{name}.weight"), vec![rows, columns]);
    let norm = |name: &str| (format!("{name}.weight"), vec![HIDDEN]);
    let layer = |number| {
        let name = |part: &str| format!("model.layers.{number}.{part}");
        let attention = ["q_proj", "k_proj", "v_proj", "o_proj"];
        let attention =
            attention.map(|part| matrix(&name(&format!("self_attn.{part}")), HIDDEN, HIDDEN));
        let feed_forward = ["gate_proj", "up_proj"]
            .map(|part| matrix(&name(&format!("mlp.{part}")), FEED_FORWARD, HIDDEN));
        let down = matrix(&name("mlp.down_proj"), HIDDEN, FEED_FORWARD);
        let norms = ["input_layernorm", "post_attention_layernorm"].map(|part| norm(&name(part)));
        attention
            .into_iter()
            .chain(feed_forward)
            .chain([down])
            .chain(norms)
            .collect::<Vec<_>>()
    };
    let ends = ["model.embed_tokens", "lm_head"].map(|name| matrix(name, VOCABULARY, HIDDEN));
    ends.into_iter()
        .chain((0..N_LAYERS).flat_map(layer))
        .chain([norm("model.norm")])
        .collect()
}
