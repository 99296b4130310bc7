//! Echoes of prompts with log-probabilities, as OpenAI's API, vLLM, SGLang and TGI give them, right or wrong.

use crate::{
    abilities::{Abilities, Echo, EchoApi},
    draw::Draw,
    language::{self, LIKELIEST},
};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// Text whose numbers a wrong echo gives.
const OTHER: &str = "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of \
                     foolishness, it was the epoch of belief, it was the epoch of incredulity";
/// The token that is always written.
const WRITTEN: &str = " and";

/// Texts of the token ids that were told so far.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary(Mutex<HashMap<u32, String>>);

impl Vocabulary {
    /// Tokens of a prompt: a text, or ids that were told before.
    fn tokens(&self, prompt: &Value) -> Option<Vec<String>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = prompt.as_str() {
            let tokens = language::tokens(text).into_iter().map(str::to_owned);
            let tokens: Vec<String> = tokens.collect();
            known.extend(
                tokens
                    .iter()
                    .map(|token| (language::id(token), token.clone())),
            );
            return Some(tokens);
        }
        let text = |id: &Value| known.get(&u32::try_from(id.as_u64()?).ok()?).cloned();
        prompt.as_array()?.iter().map(text).collect()
    }
}

/// A token as it is told: text, and number if it has one.
type Told = (String, Option<f64>);

/// Tokens of the prompt and the one that is written after them, with the numbers that this echo gives.
fn told(tokens: &[String], echo: Echo, n: u64) -> Vec<Told> {
    let mut texts: Vec<&str> = tokens.iter().map(String::as_str).collect();
    texts.push(WRITTEN);
    let mut numbers = language::of_tokens(&texts);
    match echo {
        Echo::Right | Echo::NoFirst | Echo::OnlyWritten | Echo::Short => {}
        // The first keeps none: what is wrong shows nowhere but in the numbers.
        Echo::ShiftedLeft => {
            numbers.remove(1);
            numbers.push(Some(-1.0));
        }
        Echo::ShiftedRight => {
            numbers.insert(1, Some(-1.0));
            numbers.pop();
        }
        Echo::OtherText => {
            let other = language::log_probs(OTHER);
            numbers = (0..texts.len())
                .map(|index| other[index % other.len()])
                .collect();
            numbers
                .iter_mut()
                .skip(1)
                .for_each(|number| *number = number.or(Some(-3.0)));
        }
        Echo::Unstable => {
            let shift = 5.0 * Draw::new(n).share();
            numbers
                .iter_mut()
                .flatten()
                .for_each(|number| *number -= shift);
        }
        Echo::Rounded => {
            let rounded = |number: &mut f64| *number = (*number * 10.0).round() / 10.0;
            numbers.iter_mut().flatten().for_each(rounded);
        }
        Echo::Gap => numbers[texts.len() / 2] = None,
    }
    let all = texts.into_iter().map(str::to_owned).zip(numbers);
    match echo {
        Echo::NoFirst => all.skip(1).collect(),
        Echo::OnlyWritten => all.skip(tokens.len()).collect(),
        _ => all.collect(),
    }
}

/// Answer to `POST /v1/completions`; an error message if there is none.
pub(crate) fn completion(
    abilities: &Abilities,
    vocabulary: &Vocabulary,
    request: &str,
    n: u64,
) -> Result<Value, &'static str> {
    let Some((api, echo)) = abilities.echo else {
        return Err("this is a chat model");
    };
    let request: Value = serde_json::from_str(request).map_err(|_| "no JSON")?;
    let tokens = vocabulary
        .tokens(&request["prompt"])
        .ok_or("no such prompt")?;
    let wants_echo = request["echo"] == true;
    let (log_probs, prompt_log_probs) = match api {
        EchoApi::OpenAi if wants_echo => (openai(&told(&tokens, echo, n), echo), Value::Null),
        EchoApi::OpenAi => (Value::Null, Value::Null),
        _ if wants_echo => return Err("Only no echo is supported"),
        EchoApi::Vllm if !request["prompt_logprobs"].is_null() => {
            (Value::Null, vllm(&told(&tokens, echo, n)))
        }
        EchoApi::Vllm | EchoApi::SgLang | EchoApi::Tgi => (Value::Null, Value::Null),
    };
    let ids: Vec<u32> = tokens.iter().map(|token| language::id(token)).collect();
    Ok(json!({
        "object": "text_completion",
        "model": "fake",
        "choices": [{
            "index": 0,
            "text": WRITTEN,
            "finish_reason": "length",
            "logprobs": log_probs,
            "prompt_logprobs": prompt_log_probs,
            "prompt_token_ids": ids,
        }],
        "usage": {"prompt_tokens": tokens.len(), "completion_tokens": 1},
    }))
}

/// Answer to `POST /generate`.
pub(crate) fn generate(
    abilities: &Abilities,
    vocabulary: &Vocabulary,
    request: &str,
    n: u64,
) -> Result<Value, &'static str> {
    let request: Value = serde_json::from_str(request).map_err(|_| "no JSON")?;
    let prompt = |names: [&str; 2]| {
        names
            .into_iter()
            .map(|name| &request[name])
            .find(|it| !it.is_null())
    };
    match abilities.echo {
        Some((EchoApi::SgLang, echo)) => {
            let prompt = prompt(["text", "input_ids"]).ok_or("no text")?;
            let tokens = vocabulary.tokens(prompt).ok_or("no such prompt")?;
            Ok(sglang(&told(&tokens, echo, n), tokens.len()))
        }
        Some((EchoApi::Tgi, echo)) => {
            let tokens = vocabulary.tokens(&request["inputs"]).ok_or("no inputs")?;
            Ok(tgi(&told(&tokens, echo, n)))
        }
        _ => Err("Not Found"),
    }
}

/// OpenAI's lists. The likeliest token at each position is the token itself or another.
fn openai(told: &[Told], echo: Echo) -> Value {
    let top = |(text, number): &Told| {
        let number = (*number)?;
        let (text, number) = match number >= LIKELIEST {
            true => (text.as_str(), number),
            false => (" the", LIKELIEST),
        };
        Some(json!({text: number}))
    };
    let mut numbers: Vec<Option<f64>> = told.iter().map(|(_, number)| *number).collect();
    if echo == Echo::Short {
        numbers.pop();
    }
    let lengths = told.iter().scan(0, |at, (text, _)| {
        *at += text.len();
        Some(*at - text.len())
    });
    json!({
        "tokens": told.iter().map(|(text, _)| text).collect::<Vec<_>>(),
        "token_logprobs": numbers,
        "top_logprobs": told.iter().map(top).collect::<Vec<_>>(),
        "text_offset": lengths.collect::<Vec<_>>(),
    })
}

/// vLLM's list of candidates, without the written token.
fn vllm(told: &[Told]) -> Value {
    let position = |(text, number): &Told| {
        let number = (*number)?;
        let rank = if number >= LIKELIEST { 1 } else { 7 };
        let candidate = json!({"logprob": number, "rank": rank, "decoded_token": text});
        Some(json!({language::id(text).to_string(): candidate}))
    };
    told[..told.len() - 1].iter().map(position).collect()
}

fn sglang(told: &[Told], n_prompt: usize) -> Value {
    let told = &told[..told.len() - 1];
    let entry = |(text, number): &Told| json!([number, language::id(text), text]);
    let top = |(text, number): &Told| {
        let number = (*number)?;
        Some(match number >= LIKELIEST {
            true => json!([[number, language::id(text), text]]),
            false => json!([[LIKELIEST, language::id(" the"), " the"]]),
        })
    };
    let meta = json!({
        "prompt_tokens": n_prompt,
        "completion_tokens": 1,
        "input_token_logprobs": told.iter().map(entry).collect::<Vec<_>>(),
        "input_top_logprobs": told.iter().map(top).collect::<Vec<_>>(),
    });
    json!({"text": WRITTEN, "meta_info": meta})
}

fn tgi(told: &[Told]) -> Value {
    let token =
        |(text, number): &Told| json!({"id": language::id(text), "text": text, "logprob": number});
    let prefill: Vec<Value> = told[..told.len() - 1].iter().map(token).collect();
    json!({
        "generated_text": WRITTEN,
        "details": {"finish_reason": "length", "generated_tokens": 1, "prefill": prefill, "tokens": []},
    })
}
