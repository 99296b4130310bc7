//! OpenAI's `POST /v1/completions` with `echo` and `logprobs`: vLLM, SGLang, llama-cpp-python, LM Studio and vendors of
//! open models.
//!
//! Source: OpenAI's reference of the legacy completions object. One token is written, as by lm-evaluation-harness's
//! `local-completions`: to some servers a limit of 0 means none.

use super::{EchoWay, Echoed, EchoedToken, Prompt, largest};
use crate::{backends::vendor::Received, chat::Usage, error::ChatError};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;

pub(super) const WAY: EchoWay = EchoWay {
    name: "completions with echo",
    url: |endpoint| endpoint.at("completions"),
    body,
    read,
};

fn body(model: &str, prompt: Prompt<'_>) -> Option<Value> {
    Some(json!({
        "model": model,
        "prompt": prompt.to_json(),
        "max_tokens": 1,
        "temperature": 0,
        "logprobs": 1,
        "echo": true,
    }))
}

#[derive(Deserialize)]
pub(super) struct Completion<C> {
    #[serde(default = "Vec::new")]
    pub(super) choices: Vec<C>,
    #[serde(default)]
    usage: Option<WireUsage>,
}

#[derive(Deserialize)]
struct WireUsage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
}

impl<C> Completion<C> {
    pub(super) fn usage(&self) -> Usage {
        let usage = self.usage.as_ref();
        Usage {
            input_tokens: usage.and_then(|usage| usage.prompt_tokens).unwrap_or(0),
            output_tokens: usage.and_then(|usage| usage.completion_tokens).unwrap_or(0),
        }
    }
}

#[derive(Deserialize)]
struct Choice {
    logprobs: Option<LogProbs>,
}

#[derive(Deserialize)]
struct LogProbs {
    tokens: Option<Vec<String>>,
    token_logprobs: Option<Vec<Option<f64>>>,
    top_logprobs: Option<Vec<Option<HashMap<String, f64>>>>,
}

fn read(received: Received<'_>) -> Result<Echoed, ChatError> {
    let completion: Completion<Choice> = received.parse()?;
    let usage = completion.usage();
    let choice = completion.choices.into_iter().next();
    let Some(log_probs) = choice.and_then(|choice| choice.logprobs) else {
        return Err(received.malformed("it has no log-probabilities"));
    };
    let (Some(texts), Some(values)) = (log_probs.tokens, log_probs.token_logprobs) else {
        return Err(received.malformed("it has log-probabilities only of the text that it writes"));
    };
    if texts.len() != values.len() {
        let (n, m) = (texts.len(), values.len());
        return Err(received.malformed(format!("it has {m} log-probabilities for {n} tokens")));
    }
    let tops = log_probs.top_logprobs.unwrap_or_default();
    let token = |(index, (text, log_prob)): (usize, (String, Option<f64>))| {
        let top = tops.get(index).and_then(Option::as_ref);
        let most = top.and_then(|top| largest(top.values().copied()));
        EchoedToken {
            id: None,
            is_likeliest: most.zip(log_prob).map(|(most, log_prob)| log_prob >= most),
            text: Some(text),
            log_prob,
        }
    };
    Ok(Echoed {
        tokens: texts
            .into_iter()
            .zip(values)
            .enumerate()
            .map(token)
            .collect(),
        n_written: 1,
        usage,
    })
}
