//! What goes over the wire, as OpenAI's reference for chat completions describes it.

use super::dialect::{Dialect, ResponseFormat};
use crate::{ChatError, ChatReply, ChatRequest, Constraint, FinishReason, Message, SUBSTRING_OF, Usage, reasoning};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeSet, num::NonZeroUsize};

/// How much of an error's text is kept. Servers may echo the request, so more would carry documents into logs.
const MAX_REASON_CHARS: usize = 300;

#[derive(Serialize)]
pub(super) struct Body<'a> {
    model: &'a str,
    messages: &'a [Message],
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    // The next three are vLLM's names; llama.cpp and TGI know some of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    top_k: Option<NonZeroUsize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repetition_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<usize>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<Value>,
}

impl<'a> Body<'a> {
    /// An error if the constraint cannot be asked for in this dialect.
    pub(super) fn new(model: &'a str, request: &'a ChatRequest, dialect: Dialect) -> Result<Self, ChatError> {
        let sampling = &request.sampling;
        let limit = Some(sampling.max_tokens);
        let is_new = dialect.max_completion_tokens;
        let has_extra = !dialect.without_extra_sampling;
        let response_format = match &request.constraint {
            Some(constraint) => response_format(constraint, dialect.response_format)?,
            None => None,
        };
        Ok(Self {
            model,
            messages: &request.messages,
            temperature: (!dialect.without_temperature).then_some(sampling.temperature),
            top_p: Some(sampling.top_p).filter(|&top_p| top_p < 1.0 && !dialect.without_temperature),
            top_k: sampling.top_k.filter(|_| has_extra),
            min_p: Some(sampling.min_p).filter(|&min_p| min_p != 0.0 && has_extra),
            repetition_penalty: Some(sampling.repetition_penalty).filter(|&penalty| penalty != 1.0 && has_extra),
            // Half of the servers read the seed into a signed 32-bit number.
            seed: (!dialect.without_seed).then_some(sampling.seed & 0x7fff_ffff),
            max_tokens: limit.filter(|_| !is_new),
            max_completion_tokens: limit.filter(|_| is_new),
            stop: &sampling.stop,
            response_format,
        })
    }
}

fn response_format(constraint: &Constraint, format: ResponseFormat) -> Result<Option<Value>, ChatError> {
    let schema = match constraint {
        Constraint::JsonSchema(schema) => for_servers(schema),
        Constraint::Choice(choices) => choice_schema(choices, format)?,
        Constraint::Regex(_) => return Err(cannot_ask("regex constraint")),
        Constraint::SubstringOf(_) => return Err(cannot_ask("substring constraint")),
    };
    Ok(match format {
        ResponseFormat::JsonSchema => {
            Some(json!({"type": "json_schema", "json_schema": {"name": "reply", "schema": schema, "strict": true}}))
        }
        ResponseFormat::JsonObject => Some(json!({"type": "json_object"})),
        ResponseFormat::Prompt => None,
    })
}

fn cannot_ask(setting: &'static str) -> ChatError {
    let reason = "OpenAI-compatible servers have no common way to ask for it; use a model of this process".to_owned();
    ChatError::Setting { setting, reason }
}

/// The name under which a choice comes back: servers guarantee JSON objects only.
const CHOICE: &str = "choice";

/// The schema that stands for a choice. In weaker formats nobody would tell the model of it.
fn choice_schema(choices: &[String], format: ResponseFormat) -> Result<Value, ChatError> {
    let refused = |reason: &str| Err(ChatError::Setting { setting: "choice constraint", reason: reason.to_owned() });
    if choices.is_empty() {
        return refused("there is nothing to choose from");
    }
    if format != ResponseFormat::JsonSchema {
        return refused("the server takes no JSON schema, by which it is asked for");
    }
    let distinct: BTreeSet<&str> = choices.iter().map(String::as_str).collect();
    Ok(json!({
        "type": "object",
        "properties": {CHOICE: {"type": "string", "enum": distinct}},
        "required": [CHOICE],
        "additionalProperties": false,
    }))
}

/// A reply as the caller's constraint has it: a choice is taken out of its object. `url` is named in errors.
pub(super) fn unwrap_choice(
    reply: ChatReply,
    constraint: Option<&Constraint>,
    url: &str,
) -> Result<ChatReply, ChatError> {
    let Some(Constraint::Choice(choices)) = constraint else { return Ok(reply) };
    if reply.finish == FinishReason::Length {
        return Ok(reply);
    }
    let value: Option<Value> = serde_json::from_str(&reply.text).ok();
    let text = value.as_ref().and_then(|value| value[CHOICE].as_str());
    match text.filter(|text| choices.iter().any(|choice| choice == text)) {
        Some(text) => Ok(ChatReply { text: text.to_owned(), ..reply }),
        None => {
            let reason = format!("{} is not one of the choices", clip(&reply.text));
            Err(ChatError::Malformed { url: url.to_owned(), reason })
        }
    }
}

/// The schema without what servers refuse or do not know: `minLength` and `maxLength` (OpenAI's strict mode), and
/// `x-substring-of`, which would send the text once more. A property of such a name is kept: its value is a schema.
fn for_servers(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let is_left_out = |name: &str, value: &Value| match name {
                "minLength" | "maxLength" => value.is_number(),
                SUBSTRING_OF => value.is_string(),
                _ => false,
            };
            let kept = members.iter().filter(|(name, value)| !is_left_out(name, value));
            Value::Object(kept.map(|(name, value)| (name.clone(), for_servers(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(for_servers).collect()),
        other => other.clone(),
    }
}

#[derive(Deserialize)]
struct Completion {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<WireUsage>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    message: WireMessage,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct WireMessage {
    content: Option<Content>,
    refusal: Option<String>,
}

/// Most servers send a string; some send the parts of it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
struct WireUsage {
    #[serde(default)]
    prompt_tokens: Option<u64>,
    #[serde(default)]
    completion_tokens: Option<u64>,
}

/// The reply in a completion; `url` is named in errors.
pub(super) fn read_reply(text: &str, url: &str) -> Result<ChatReply, ChatError> {
    let malformed = |reason: String| ChatError::Malformed { url: url.to_owned(), reason };
    let completion: Completion = serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
    let usage = completion.usage.map_or_else(Usage::default, |usage| Usage {
        input_tokens: usage.prompt_tokens.unwrap_or(0),
        output_tokens: usage.completion_tokens.unwrap_or(0),
    });
    let Some(choice) = completion.choices.into_iter().next() else {
        return Err(without_choices(completion.error, text, url));
    };
    if let Some(refusal) = choice.message.refusal.filter(|refusal| !refusal.is_empty()) {
        return Err(ChatError::Refused(clip(&refusal)));
    }
    let finish = match choice.finish_reason.as_deref() {
        Some("length" | "max_tokens") => FinishReason::Length,
        Some("content_filter") => return Err(ChatError::Refused("the server's content filter stopped it".to_owned())),
        _ => FinishReason::Stop,
    };
    let text = match choice.message.content {
        None => String::new(),
        Some(Content::Text(text)) => text,
        Some(Content::Parts(parts)) => parts.into_iter().map(|part| part.text).collect(),
    };
    Ok(ChatReply { text: reasoning::strip(&text).to_owned(), finish, usage })
}

/// Routers answer 200 and put the error of the provider behind them into the body.
fn without_choices(error: Option<Value>, text: &str, url: &str) -> ChatError {
    let code = error.as_ref().and_then(|error| error["code"].as_u64()).and_then(|code| u16::try_from(code).ok());
    match code.filter(|code| (400..600).contains(code)) {
        Some(status) => ChatError::Status { url: url.to_owned(), status, body: reason(text), retry_after: None },
        None if error.is_some() => ChatError::Malformed { url: url.to_owned(), reason: reason(text) },
        None => ChatError::Malformed { url: url.to_owned(), reason: "it has no choices".to_owned() },
    }
}

/// What an error body says: its `error.message` with its code, FastAPI's `detail`, or its first words.
pub(super) fn reason(body: &str) -> String {
    let Ok(value) = serde_json::from_str::<Value>(body) else { return clip(body) };
    let error = &value["error"];
    let message = [&error["message"], error, &value["message"], &value["detail"]].into_iter().find_map(Value::as_str);
    let words = match (message, &value["detail"]) {
        (Some(message), _) => message.to_owned(),
        (None, Value::Array(items)) => items.iter().map(validation_error).collect::<Vec<_>>().join("; "),
        (None, _) => body.to_owned(),
    };
    match error["code"].as_str().filter(|code| !words.contains(code)) {
        Some(code) => format!("{} ({code})", clip(&words)),
        None => clip(&words),
    }
}

/// One entry of FastAPI's `detail`: where and what, without the `input` that it echoes.
fn validation_error(item: &Value) -> String {
    let place: Vec<String> = item["loc"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|part| match part {
            Value::String(name) => name.clone(),
            other => other.to_string(),
        })
        .collect();
    format!("{}: {}", place.join("."), item["msg"].as_str().unwrap_or("is not valid"))
}

fn clip(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX_REASON_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None if line.is_empty() => "(an empty answer)".to_owned(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_that_servers_refuse_are_left_out_but_not_properties_of_that_name() {
        let text = json!({"type": "string", "maxLength": 5, "x-substring-of": "a text"});
        let schema = json!({"properties": {"maxLength": text, "x-substring-of": text}, "minItems": 2});
        let text = json!({"type": "string"});
        let expected = json!({"properties": {"maxLength": text, "x-substring-of": text}, "minItems": 2});
        assert_eq!(for_servers(&schema), expected);
    }

    #[test]
    fn the_reason_of_an_error_is_found_in_every_dialect() {
        assert_eq!(reason(r#"{"error":{"message":"slow down","code":"rate_limit"}}"#), "slow down (rate_limit)");
        assert_eq!(reason(r#"{"error":"model is loading"}"#), "model is loading");
        assert_eq!(reason(r#"{"object":"error","message":"too long"}"#), "too long");
        let fast_api = r#"{"detail":[{"loc":["body","seed"],"msg":"not permitted","input":"a private text"}]}"#;
        assert_eq!(reason(fast_api), "body.seed: not permitted");
        assert_eq!(reason("<html>\n 502 Bad\tGateway"), "<html> 502 Bad Gateway");
        assert_eq!(reason(&"x".repeat(1000)).chars().count(), MAX_REASON_CHARS + 1);
    }

    #[test]
    fn content_comes_whole_or_in_parts() {
        let reply = |content: Value| {
            let body = json!({"choices": [{"message": {"content": content}}]}).to_string();
            read_reply(&body, "http://here").expect("a completion").text
        };
        assert_eq!(reply(json!("<think>hm</think>yes")), "yes");
        assert_eq!(reply(json!([{"type": "thinking"}, {"type": "text", "text": "yes"}])), "yes");
        assert_eq!(reply(Value::Null), "");
    }

    #[test]
    fn an_error_behind_a_200_is_an_error() {
        let error = read_reply(r#"{"error":{"message":"busy","code":429}}"#, "http://here").expect_err("no choices");
        assert!(matches!(error, ChatError::Status { status: 429, .. }), "{error}");
        assert!(matches!(read_reply("<html>", "http://here"), Err(ChatError::Malformed { .. })));
        assert!(matches!(read_reply("{}", "http://here"), Err(ChatError::Malformed { .. })));
    }
}
