//! OpenAI's `POST /v1/completions`: a model goes on from a bare text. Servers of open models have it, and no vendor's chat
//! template stands around the text.

use super::{extra, usage, vendor::Received};
use crate::{
    chat::{ChatReply, Completion, FinishReason, Sampling, Usage},
    error::ChatError,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// Body of the call. Settings that are off are left out: some servers refuse what they do not know.
pub(super) fn body(model: &str, request: &Completion) -> Value {
    let Sampling {
        temperature,
        top_p,
        top_k,
        min_p,
        repetition_penalty,
        seed,
        max_tokens,
        ref stop,
    } = request.sampling;
    let mut body = json!({
        "model": model,
        "prompt": request.prompt,
        "max_tokens": max_tokens,
        "temperature": temperature,
    });
    let settings = [
        (temperature > 0.0).then(|| ("seed", json!(seed))),
        (top_p < 1.0).then(|| ("top_p", json!(top_p))),
        top_k.map(|top_k| ("top_k", json!(top_k))),
        (min_p > 0.0).then(|| ("min_p", json!(min_p))),
        (repetition_penalty != 1.0).then(|| ("repetition_penalty", json!(repetition_penalty))),
        (!stop.is_empty()).then(|| ("stop", json!(stop))),
    ];
    for (name, value) in settings.into_iter().flatten() {
        body[name] = value;
    }
    body
}

#[derive(Deserialize)]
struct Answer {
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<AnswerUsage>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct AnswerUsage {
    #[serde(default, deserialize_with = "usage::count")]
    prompt_tokens: Option<u64>,
    #[serde(default, deserialize_with = "usage::count")]
    completion_tokens: Option<u64>,
}

/// The text that the model wrote. A stop string at its end, which some servers leave there, is cut off.
pub(super) fn read(received: Received<'_>, stop: &[String]) -> Result<ChatReply, ChatError> {
    let answer: Answer = received.parse()?;
    let choice = answer.choices.into_iter().next();
    let Some(choice) = choice else {
        return Err(received.malformed("there is no choice"));
    };
    let Some(mut text) = choice.text else {
        return Err(received.malformed("the choice has no text"));
    };
    let stops = stop.iter().filter(|stop| !stop.is_empty());
    let end = stops.filter_map(|stop| text.find(stop.as_str())).min();
    text.truncate(end.unwrap_or(text.len()));
    Ok(ChatReply {
        text,
        finish: match choice.finish_reason.as_deref() {
            Some("length") if end.is_none() => FinishReason::Length,
            _ => FinishReason::Stop,
        },
        usage: answer.usage.map_or_else(Usage::default, |usage| Usage {
            input_tokens: usage.prompt_tokens.unwrap_or(0),
            output_tokens: usage.completion_tokens.unwrap_or(0),
        }),
        extra: extra::of(received),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_text_is_asked_for_with_the_settings_that_are_on_and_cut_at_a_stop_string() {
        let request = Completion {
            prompt: "Q: 1\nA:".to_owned(),
            sampling: Sampling {
                stop: vec!["\n".to_owned()],
                ..Sampling::greedy(8)
            },
        };
        let expected = json!({
            "model": "m", "prompt": "Q: 1\nA:", "max_tokens": 8, "temperature": 0.0, "stop": ["\n"]
        });
        assert_eq!(body("m", &request), expected);
        let read = |text: &str| {
            let received = Received {
                text,
                url: "http://there",
            };
            read(received, &request.sampling.stop)
        };
        let reply = read(r#"{"choices":[{"text":" 4\nQ: 2","finish_reason":"length"}]}"#).unwrap();
        assert_eq!(
            (reply.text.as_str(), reply.finish),
            (" 4", FinishReason::Stop)
        );
        let counted =
            r#"{"choices":[{"text":" 4"}],"usage":{"prompt_tokens":"9","completion_tokens":null}}"#;
        let usage = read(counted).unwrap().usage;
        assert_eq!((usage.input_tokens, usage.output_tokens), (9, 0));
        assert!(read(r#"{"choices":[]}"#).is_err());
        assert!(read(r#"{"choices":[{"message":{}}]}"#).is_err());
    }
}
