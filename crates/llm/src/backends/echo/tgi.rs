//! Text Generation Inference's own `POST /generate` with `decoder_input_details`.
//!
//! Source: TGI's `GenerateParameters` and `PrefillToken`. It takes no token ids and does not tell which token is the
//! likeliest.

use super::{EchoWay, Echoed, EchoedToken, Prompt, root};
use crate::{backends::vendor::Received, chat::Usage, error::ChatError};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) const WAY: EchoWay = EchoWay {
    name: "TGI's /generate with decoder_input_details",
    url: |endpoint| root(endpoint).at("generate"),
    body,
    read,
};

fn body(_: &str, prompt: Prompt<'_>) -> Option<Value> {
    let Prompt::Text(text) = prompt else {
        return None;
    };
    let parameters = json!({"max_new_tokens": 1, "decoder_input_details": true, "details": true});
    Some(json!({"inputs": text, "parameters": parameters}))
}

#[derive(Deserialize)]
struct Answer {
    details: Option<Details>,
}

#[derive(Deserialize)]
struct Details {
    #[serde(default)]
    prefill: Vec<Prefill>,
    #[serde(default)]
    generated_tokens: u64,
}

#[derive(Deserialize)]
struct Prefill {
    id: u32,
    text: String,
    logprob: Option<f64>,
}

fn read(received: Received<'_>) -> Result<Echoed, ChatError> {
    let answer: Answer = received.parse()?;
    let Some(details) = answer.details.filter(|details| !details.prefill.is_empty()) else {
        return Err(received.malformed("it has no details of the prompt"));
    };
    let usage = Usage {
        input_tokens: details.prefill.len() as u64,
        output_tokens: details.generated_tokens,
    };
    let token = |token: Prefill| EchoedToken {
        id: Some(token.id),
        text: Some(token.text),
        log_prob: token.logprob,
        is_likeliest: None,
    };
    Ok(Echoed {
        tokens: details.prefill.into_iter().map(token).collect(),
        n_written: 0,
        usage,
    })
}
