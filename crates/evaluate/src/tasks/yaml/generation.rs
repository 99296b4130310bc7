//! `generation_kwargs` → the settings by which replies are drawn.

use super::{config::Config, error::YamlError};
use crate::task::Generation;
use examen_llm::Sampling;
use serde_json::Value as Json;
use std::num::NonZeroUsize;

/// Tokens of a reply where the file does not say, as in lm-evaluation-harness.
const MAX_TOKENS: usize = 256;
/// Most tokens of a reply that a file may ask for.
const MOST_TOKENS: u64 = 1 << 20;
/// Names under which a file says how many, the one that counts first.
const LENGTHS: [&str; 4] = [
    "max_gen_toks",
    "max_new_tokens",
    "max_tokens",
    "max_completion_tokens",
];

impl Config {
    /// The settings of this task's replies.
    ///
    /// # Errors
    /// A key or value that is not known here.
    pub(super) fn replies(&self) -> Result<Generation, YamlError> {
        let wrong = |reason: String| self.wrong("generation_kwargs", reason);
        let keys = match &self.generation {
            Json::Null => serde_json::Map::new(),
            Json::Object(keys) => keys.clone(),
            _ => return Err(wrong("is no mapping".to_owned())),
        };
        let mut sampling = sampling(&keys).map_err(wrong)?;
        if !keys.contains_key("until") {
            sampling.stop = vec![self.fewshot_delimiter.clone()];
        }
        Ok(Generation {
            sampling,
            n_replies: self.repeats.max(1) as usize,
        })
    }
}

fn sampling(keys: &serde_json::Map<String, Json>) -> Result<Sampling, String> {
    let number = |key: &str| match keys.get(key) {
        None | Some(Json::Null) => Ok(None),
        Some(value) => {
            let of_text = || value.as_str().and_then(|text| text.trim().parse().ok());
            let number = value.as_f64().or_else(of_text);
            let number = number.filter(|number: &f64| number.is_finite());
            number
                .map(Some)
                .ok_or_else(|| format!("has the `{key}` {value}, which is no number"))
        }
    };
    let mut sampling = Sampling::greedy(MAX_TOKENS);
    let length = LENGTHS.iter().find_map(|key| Some((key, keys.get(*key)?)));
    if let Some((key, value)) = length {
        let n = value.as_u64().filter(|n| (1..=MOST_TOKENS).contains(n));
        let n =
            n.ok_or_else(|| format!("has the `{key}` {value}: 1 to {MOST_TOKENS} may be written"))?;
        sampling.max_tokens = n as usize;
    }
    let temperature = number("temperature")?;
    sampling.temperature = match keys.get("do_sample").and_then(Json::as_bool) {
        Some(false) => 0.0,
        // The model's own distribution, where the file has no temperature.
        Some(true) => temperature.unwrap_or(1.0),
        None => temperature.unwrap_or(0.0),
    }
    .max(0.0);
    sampling.top_p = number("top_p")?.unwrap_or(sampling.top_p);
    sampling.min_p = number("min_p")?.unwrap_or(sampling.min_p);
    sampling.repetition_penalty =
        number("repetition_penalty")?.unwrap_or(sampling.repetition_penalty);
    sampling.top_k = number("top_k")?.and_then(|k| NonZeroUsize::new(k.max(0.0) as usize));
    sampling.stop = stop(keys.get("until"))?;
    let known = [
        "until",
        "do_sample",
        "temperature",
        "top_p",
        "min_p",
        "top_k",
        "repetition_penalty",
    ];
    for (key, value) in keys {
        match key.as_str() {
            "num_beams" if value.as_i64() == Some(1) => {}
            "num_beams" => return Err("asks for beam search, which is not done here".to_owned()),
            key if known.contains(&key) || LENGTHS.contains(&key) => {}
            key => return Err(format!("has a key `{key}` that is not known here")),
        }
    }
    Ok(sampling)
}

/// Texts before which a reply ends.
fn stop(until: Option<&Json>) -> Result<Vec<String>, String> {
    let all = match until {
        None | Some(Json::Null) => return Ok(Vec::new()),
        Some(Json::Array(all)) => all.clone(),
        Some(one) => vec![one.clone()],
    };
    let text = |value: &Json| match value {
        Json::String(text) => Ok(text.clone()),
        other => Err(format!("has in `until` {other}, which is no text")),
    };
    let mut stop = all.iter().map(text).collect::<Result<Vec<_>, _>>()?;
    stop.retain(|text| !text.is_empty());
    Ok(stop)
}
