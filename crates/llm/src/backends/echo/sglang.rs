//! SGLang's own `POST /generate` with `return_logprob`: lists of log-probability, token id and text.
//!
//! Source: SGLang's `GenerateReqInput` and the `meta_info` of its answers.

use super::{EchoWay, Echoed, EchoedToken, Prompt, root};
use crate::{backends::vendor::Received, chat::Usage, error::ChatError};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) const WAY: EchoWay = EchoWay {
    name: "SGLang's /generate with return_logprob",
    url: |endpoint| root(endpoint).at("generate"),
    body,
    read,
};

fn body(_: &str, prompt: Prompt<'_>) -> Option<Value> {
    let name = match prompt {
        Prompt::Text(_) => "text",
        Prompt::Ids(_) => "input_ids",
    };
    Some(json!({
        name: prompt.to_json(),
        "sampling_params": {"max_new_tokens": 1, "temperature": 0},
        "return_logprob": true,
        "logprob_start_len": 0,
        "top_logprobs_num": 1,
        "return_text_in_logprobs": true,
    }))
}

#[derive(Deserialize)]
struct Answer {
    meta_info: Option<MetaInfo>,
}

/// Log-probability, token id, text.
type Entry = (Option<f64>, u32, Option<String>);

#[derive(Deserialize)]
struct MetaInfo {
    input_token_logprobs: Option<Vec<Entry>>,
    #[serde(default)]
    input_top_logprobs: Option<Vec<Option<Vec<Entry>>>>,
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
}

fn read(received: Received<'_>) -> Result<Echoed, ChatError> {
    let answer: Answer = received.parse()?;
    let Some(meta) = answer.meta_info else {
        return Err(received.malformed("it has no meta_info"));
    };
    let Some(entries) = meta.input_token_logprobs else {
        return Err(received.malformed("it has no input_token_logprobs"));
    };
    let tops = meta.input_top_logprobs.unwrap_or_default();
    let token = |(index, (log_prob, id, text)): (usize, Entry)| {
        let top = tops.get(index).and_then(Option::as_ref);
        let likeliest = top.and_then(|top| top.first());
        EchoedToken {
            id: Some(id),
            text,
            log_prob,
            is_likeliest: likeliest.map(|(_, likeliest, _)| *likeliest == id),
        }
    };
    Ok(Echoed {
        tokens: entries.into_iter().enumerate().map(token).collect(),
        n_written: 0,
        usage: Usage {
            input_tokens: meta.prompt_tokens,
            output_tokens: meta.completion_tokens,
        },
    })
}
