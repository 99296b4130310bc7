//! The model's tokenizer as vLLM offers it: lm-evaluation-harness takes it from here where it finds it, so that it needs no files
//! of the model.

use crate::{guard, parameters, refusal::Refusal, state::Shared};
use axum::{
    Json,
    extract::{Request, State},
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tokenize {
    model: Option<String>,
    prompt: String,
    #[serde(default = "yes")]
    add_special_tokens: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Detokenize {
    model: Option<String>,
    tokens: Vec<u32>,
}

/// Token ids of a text.
pub(crate) async fn tokenize(
    State(shared): State<Shared>,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let asked: Tokenize = parameters::parse(&guard::json(&shared, request).await?)?;
    shared.check_model(asked.model.as_deref())?;
    let engine = &shared.engine;
    let tokens = tokio::task::block_in_place(|| match asked.add_special_tokens {
        true => engine.encode(&asked.prompt),
        false => engine.encode_plain(&asked.prompt),
    })?;
    Ok(Json(json!({
        "count": tokens.len(),
        "max_model_len": engine.context_length(),
        "tokens": tokens,
    })))
}

/// Text of token ids, special tokens written out.
pub(crate) async fn detokenize(
    State(shared): State<Shared>,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let asked: Detokenize = parameters::parse(&guard::json(&shared, request).await?)?;
    shared.check_model(asked.model.as_deref())?;
    Ok(Json(json!({"prompt": text(&shared, &asked.tokens)})))
}

/// Special tokens and chat template, by the names of `tokenizer_config.json`.
pub(crate) async fn info(State(shared): State<Shared>) -> Json<Value> {
    let engine = &shared.engine;
    Json(json!({
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": engine.begin_token(),
        "eos_token": engine.end_token(),
        "chat_template": engine.chat_template(),
        "model_max_length": engine.context_length(),
    }))
}

/// Text of token ids.
pub(crate) fn text(shared: &Shared, tokens: &[u32]) -> String {
    let bytes: Vec<u8> = tokens
        .iter()
        .flat_map(|&id| shared.engine.token_bytes(id))
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}
