//! vLLM's `prompt_logprobs` of `POST /v1/completions`: token ids, ranks and log-probabilities of the prompt alone.
//!
//! Source: vLLM's `CompletionRequest` and `CompletionResponseChoice`. Each position is an object whose keys are token ids;
//! the prompt's own token comes first.

use super::{EchoWay, Echoed, EchoedToken, Prompt, largest, openai::Completion};
use crate::{backends::vendor::Received, error::ChatError};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Value, json};
use std::fmt;

pub(super) const WAY: EchoWay = EchoWay {
    name: "completions with prompt_logprobs",
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
        "prompt_logprobs": 0,
        "return_token_ids": true,
    }))
}

#[derive(Deserialize)]
struct Choice {
    prompt_logprobs: Option<Vec<Option<Position>>>,
    /// Ids of the whole prompt, from versions that know `return_token_ids`.
    #[serde(default)]
    prompt_token_ids: Option<Vec<u32>>,
}

/// Candidates of one position, in the order of the answer.
struct Position(Vec<(u32, Candidate)>);

#[derive(Deserialize)]
struct Candidate {
    logprob: f64,
    rank: Option<u64>,
    decoded_token: Option<String>,
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Position;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object whose keys are token ids")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Position, A::Error> {
                let mut candidates = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    candidates.push(entry);
                }
                Ok(Position(candidates))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

fn read(received: Received<'_>) -> Result<Echoed, ChatError> {
    let completion: Completion<Choice> = received.parse()?;
    let usage = completion.usage();
    let Some(choice) = completion.choices.into_iter().next() else {
        return Err(received.malformed("it has no choices"));
    };
    let Some(positions) = choice.prompt_logprobs else {
        return Err(received.malformed("it has no prompt_logprobs"));
    };
    let ids = choice.prompt_token_ids.unwrap_or_default();
    let token = |(index, position): (usize, Option<Position>)| match position {
        Some(position) => position.token(),
        // Of a token that has none nothing is told but, by new versions, its id.
        None => Some(EchoedToken {
            id: ids.get(index).copied(),
            text: None,
            log_prob: None,
            is_likeliest: None,
        }),
    };
    let tokens: Option<Vec<EchoedToken>> = positions.into_iter().enumerate().map(token).collect();
    Ok(Echoed {
        tokens: tokens.ok_or_else(|| received.malformed("a token has no candidates"))?,
        n_written: 0,
        usage,
    })
}

impl Position {
    fn token(&self) -> Option<EchoedToken> {
        let (id, own) = self.0.first()?;
        let most = largest(self.0.iter().map(|(_, candidate)| candidate.logprob))?;
        let is_likeliest = match own.rank {
            Some(rank) => Some(rank == 1),
            None if self.0.len() > 1 => Some(own.logprob >= most),
            None => None,
        };
        Some(EchoedToken {
            id: Some(*id),
            text: own.decoded_token.clone(),
            log_prob: Some(own.logprob),
            is_likeliest,
        })
    }
}
