//! Bodies and answers, as OpenAI's reference for chat completions describes them.

use super::stream;
use crate::{
    backends::{
        dialect::{Dialect, ResponseFormat},
        extra,
        shape::{self, Schema},
        usage,
        vendor::Received,
    },
    chat::{ChatReply, ChatRequest, Constraint, FinishReason, Message, Usage},
    error::ChatError,
    first_token::FirstToken,
    reasoning,
};
use examen_http::{clip, reason};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::num::NonZeroUsize;

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
    random_seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<usize>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<AskedFormat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logprobs: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_logprobs: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

impl<'a> Body<'a> {
    /// An error if the constraint cannot be asked for in this dialect.
    pub(super) fn new(
        model: &'a str,
        request: &'a ChatRequest,
        dialect: Dialect,
    ) -> Result<Self, ChatError> {
        let sampling = &request.sampling;
        let limit = Some(sampling.max_tokens);
        let is_new = dialect.max_completion_tokens;
        // Half of the servers read the seed into a signed 32-bit number.
        let seed = (!dialect.without_seed).then_some(sampling.seed & 0x7fff_ffff);
        let has_extra = !dialect.without_extra_sampling;
        let response_format = match &request.constraint {
            Some(constraint) => response_format(constraint, dialect.response_format)?,
            None => None,
        };
        Ok(Self {
            model,
            messages: &request.messages,
            temperature: (!dialect.without_temperature).then_some(sampling.temperature),
            top_p: Some(sampling.top_p)
                .filter(|&top_p| top_p < 1.0 && !dialect.without_temperature),
            top_k: sampling.top_k.filter(|_| has_extra),
            min_p: Some(sampling.min_p).filter(|&min_p| min_p != 0.0 && has_extra),
            repetition_penalty: Some(sampling.repetition_penalty)
                .filter(|&penalty| penalty != 1.0 && has_extra),
            seed: seed.filter(|_| !dialect.random_seed),
            random_seed: seed.filter(|_| dialect.random_seed),
            max_tokens: limit.filter(|_| !is_new),
            max_completion_tokens: limit.filter(|_| is_new),
            stop: &sampling.stop,
            response_format,
            logprobs: None,
            top_logprobs: None,
            stream: dialect.stream.then_some(true),
            stream_options: (dialect.stream && !dialect.without_stream_usage).then_some(
                StreamOptions {
                    include_usage: true,
                },
            ),
        })
    }

    /// The body as JSON.
    pub(super) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a request is plain data")
    }

    /// Asks for the log-probabilities of the reply's tokens too, and of the `n` likeliest in place of each.
    pub(super) fn with_top_log_probs(self, n: usize) -> Self {
        Self {
            logprobs: Some(true),
            top_logprobs: Some(n),
            ..self
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum AskedFormat<'a> {
    JsonSchema { json_schema: NamedSchema<'a> },
    JsonObject,
}

#[derive(Serialize)]
struct NamedSchema<'a> {
    name: &'static str,
    schema: Schema<'a>,
    strict: bool,
}

fn response_format(
    constraint: &Constraint,
    format: ResponseFormat,
) -> Result<Option<AskedFormat<'_>>, ChatError> {
    let schema = shape::schema(Some(constraint), format)?;
    let named = |schema| NamedSchema {
        name: "reply",
        schema,
        strict: true,
    };
    Ok(match format {
        ResponseFormat::JsonSchema => schema.map(|schema| AskedFormat::JsonSchema {
            json_schema: named(schema),
        }),
        ResponseFormat::JsonObject => Some(AskedFormat::JsonObject),
        ResponseFormat::Tool | ResponseFormat::Prompt => None,
    })
}

#[derive(Deserialize)]
pub(super) struct Completion {
    #[serde(default)]
    pub(super) choices: Option<Vec<Choice>>,
    /// Read leniently: no reply is lost for its count of tokens.
    #[serde(default)]
    pub(super) usage: Value,
    pub(super) error: Option<Value>,
}

impl Completion {
    fn read(received: Received<'_>) -> Result<Self, ChatError> {
        match stream::is_stream(received.text) {
            true => stream::completion(received),
            false => received.parse(),
        }
    }

    fn usage(&self) -> Usage {
        let count = |name: &str| usage::tokens(&self.usage[name]).unwrap_or(0);
        Usage {
            input_tokens: count("prompt_tokens"),
            output_tokens: count("completion_tokens"),
        }
    }

    /// The first choice, or the error that came in its place.
    fn into_choice(self, received: Received<'_>) -> Result<Choice, ChatError> {
        let first = self.choices.into_iter().flatten().next();
        first.ok_or_else(|| without_choices(self.error, received))
    }
}

#[derive(Deserialize)]
pub(super) struct Choice {
    pub(super) message: WireMessage,
    #[serde(default)]
    pub(super) finish_reason: Value,
    /// Read only where it was asked for: nobody's reply fails for what it looks like.
    pub(super) logprobs: Option<Value>,
}

#[derive(Deserialize)]
struct LogProbs {
    content: Option<Vec<TokenLogProb>>,
}

#[derive(Deserialize)]
struct TokenLogProb {
    token: String,
    logprob: f64,
    #[serde(default)]
    top_logprobs: Option<Vec<TokenLogProb>>,
}

#[derive(Deserialize)]
pub(super) struct WireMessage {
    pub(super) content: Option<Content>,
    pub(super) refusal: Option<String>,
    /// Some models answer by calling a tool that nobody offered: its arguments are the answer.
    #[serde(default)]
    pub(super) tool_calls: Option<Vec<ToolCall>>,
    /// The same, before there were several.
    pub(super) function_call: Option<Function>,
    /// The thinking, under the name that vLLM, SGLang, DeepSeek and llama.cpp give it.
    pub(super) reasoning_content: Option<String>,
    /// The same, as OpenRouter, Groq and newer vLLM call it.
    pub(super) reasoning: Option<Value>,
}

/// Most servers send a string; some send the parts of it.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Content {
    Text(String),
    Parts(Parts),
    /// JSON that was asked for, not in a string.
    Json(Value),
}

/// At least one, and all of them parts.
#[derive(Deserialize)]
#[serde(try_from = "Vec<Part>")]
pub(super) struct Parts(Vec<Part>);

impl TryFrom<Vec<Part>> for Parts {
    type Error = &'static str;

    fn try_from(parts: Vec<Part>) -> Result<Self, Self::Error> {
        match parts.iter().all(Part::is_part) {
            true => Ok(Self(parts)),
            false => Err("it is a list of something else"),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Part {
    Text(String),
    Object {
        #[serde(default, rename = "type")]
        kind: Option<Value>,
        #[serde(default)]
        text: Option<Value>,
    },
}

impl Part {
    /// False for an object of the reply's own: JSON that was asked for, not in a string.
    fn is_part(&self) -> bool {
        match self {
            Self::Text(_) => true,
            Self::Object { kind, text } => kind.is_some() || text.is_some(),
        }
    }

    fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Object {
                text: Some(text), ..
            } => match &text["value"] {
                Value::String(value) => value.clone(),
                _ => text.as_str().unwrap_or_default().to_owned(),
            },
            Self::Object { text: None, .. } => String::new(),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct ToolCall {
    function: Option<Function>,
}

#[derive(Deserialize)]
pub(super) struct Function {
    /// JSON in a string, or as it is.
    #[serde(default)]
    arguments: Value,
}

/// The arguments of all calls of tools.
pub(super) fn called(tools: Option<Vec<ToolCall>>, function: Option<Function>) -> String {
    let tools = tools.into_iter().flatten();
    let functions = tools.filter_map(|call| call.function).chain(function);
    functions.map(Function::into_text).collect()
}

impl Function {
    pub(super) fn of(arguments: String) -> Self {
        Self {
            arguments: Value::String(arguments),
        }
    }

    fn into_text(self) -> String {
        match self.arguments {
            Value::String(text) => text,
            Value::Null => String::new(),
            arguments => arguments.to_string(),
        }
    }
}

impl Content {
    /// The text of all parts.
    pub(super) fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Parts(Parts(parts)) => parts.into_iter().map(Part::into_text).collect(),
            Self::Json(value) => value.to_string(),
        }
    }
}

/// Reads the reply in a completion.
pub(super) fn read_reply(received: Received<'_>) -> Result<ChatReply, ChatError> {
    let completion = Completion::read(received)?;
    let usage = completion.usage();
    let choice = completion.into_choice(received)?;
    if let Some(refusal) = choice
        .message
        .refusal
        .as_deref()
        .filter(|refusal| !refusal.is_empty())
    {
        return Err(ChatError::Refused(clip(refusal)));
    }
    let finish = match choice.finish_reason.as_str() {
        Some("length" | "max_tokens") => FinishReason::Length,
        Some("content_filter") => {
            return Err(ChatError::Refused(
                "the server's content filter stopped it".to_owned(),
            ));
        }
        _ => FinishReason::Stop,
    };
    Ok(ChatReply {
        text: answer(choice.message, finish),
        finish,
        usage,
        extra: extra::of(received),
    })
}

/// Text that the model wrote, without its thinking. A server that takes everything for thinking when the model does not
/// think (vLLM with a reasoning parser) leaves the content empty: then a JSON value there is the answer.
fn answer(message: WireMessage, finish: FinishReason) -> String {
    let mut content = message.content.map(Content::into_text).unwrap_or_default();
    if content.trim().is_empty() {
        content = called(message.tool_calls, message.function_call);
    }
    let thinking = message
        .reasoning_content
        .or_else(|| Some(message.reasoning?.as_str()?.to_owned()));
    let text = match thinking.filter(|_| content.trim().is_empty() && finish == FinishReason::Stop)
    {
        Some(thinking) => thinking.trim().to_owned(),
        None => return reasoning::strip(&content).to_owned(),
    };
    let answer = reasoning::strip(&text);
    if answer.starts_with(['{', '[']) {
        answer.to_owned()
    } else {
        String::new()
    }
}

/// Reads the likeliest first tokens in a completion that was asked for them.
pub(super) fn read_first_token(received: Received<'_>) -> Result<FirstToken, ChatError> {
    let completion = Completion::read(received)?;
    let usage = completion.usage();
    let choice = completion.into_choice(received)?;
    let log_probs: Option<LogProbs> = choice
        .logprobs
        .and_then(|log_probs| serde_json::from_value(log_probs).ok());
    let content = log_probs.and_then(|log_probs| log_probs.content);
    let first = content.and_then(|content| content.into_iter().next());
    let Some(first) = first else {
        return Err(received.malformed("it has no log-probabilities"));
    };
    let written = (first.token, first.logprob);
    let others = first.top_logprobs.into_iter().flatten();
    let mut likeliest: Vec<(String, f64)> =
        others.map(|token| (token.token, token.logprob)).collect();
    if likeliest.is_empty() {
        return Err(received.malformed("it has no top_logprobs"));
    }
    if !likeliest.iter().any(|(token, _)| *token == written.0) {
        likeliest.push(written);
    }
    Ok(FirstToken::new(likeliest, usage))
}

/// Routers answer 200 and put the error of the provider behind them into the body.
fn without_choices(error: Option<Value>, received: Received<'_>) -> ChatError {
    let code = error
        .as_ref()
        .and_then(|error| error["code"].as_u64())
        .and_then(|code| u16::try_from(code).ok());
    match code.filter(|code| (400..600).contains(code)) {
        Some(status) => ChatError::Status {
            url: received.url.to_owned(),
            status,
            body: reason(received.text),
            retry_after: None,
        },
        None if error.is_some() => received.malformed(reason(received.text)),
        None => received.malformed("it has no choices"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Result<ChatReply, ChatError> {
        read_reply(Received {
            text,
            url: "http://here",
        })
    }

    #[test]
    fn content_comes_whole_or_in_parts() {
        let reply = |content: Value| {
            let body = json!({"choices": [{"message": {"content": content}}]}).to_string();
            read(&body).expect("a completion").text
        };
        assert_eq!(reply(json!("<think>hm</think>yes")), "yes");
        assert_eq!(
            reply(json!([{"type": "thinking"}, {"type": "text", "text": "yes"}])),
            "yes"
        );
        assert_eq!(
            reply(json!(["ye", {"type": "text", "text": {"value": "s"}}])),
            "yes"
        );
        assert_eq!(reply(json!({"exam": []})), r#"{"exam":[]}"#);
        let list = json!([{"question": "Which?", "answer": "yes"}]);
        assert_eq!(reply(list.clone()), list.to_string());
        assert_eq!(reply(Value::Null), "");
    }

    #[test]
    fn the_arguments_of_a_tool_are_the_answer_where_there_is_no_text() {
        let reply = |message: Value| {
            let body = json!({"choices": [{"message": message, "finish_reason": "tool_calls"}]});
            read(&body.to_string()).expect("a completion").text
        };
        let call = |arguments: Value| json!([{"type": "function", "function": {"name": "exam", "arguments": arguments}}]);
        for message in [
            json!({"content": null, "tool_calls": call(json!("{\"exam\":[]}"))}),
            json!({"content": "", "tool_calls": call(json!({"exam": []}))}),
            json!({"content": null, "function_call": {"name": "exam", "arguments": "{\"exam\":[]}"}}),
        ] {
            assert_eq!(reply(message), r#"{"exam":[]}"#);
        }
        assert_eq!(
            reply(json!({"content": "yes", "tool_calls": call(json!("{}"))})),
            "yes"
        );
    }

    #[test]
    fn thinking_has_its_own_field_and_is_the_answer_only_where_all_went_there() {
        let reply = |message: Value, finish: &str| {
            let body =
                json!({"choices": [{"message": message, "finish_reason": finish}]}).to_string();
            read(&body).expect("a completion").text
        };
        assert_eq!(
            reply(json!({"content": "yes", "reasoning_content": "{}"}), "stop"),
            "yes"
        );
        assert_eq!(
            reply(
                json!({"content": null, "reasoning_content": "{\"a\": 1}"}),
                "stop"
            ),
            "{\"a\": 1}"
        );
        assert_eq!(reply(json!({"content": "", "reasoning": "hm"}), "stop"), "");
        assert_eq!(
            reply(
                json!({"content": null, "reasoning_content": "{\"a\""}),
                "length"
            ),
            ""
        );
    }

    #[test]
    fn the_likeliest_first_tokens_are_read_with_the_one_that_was_written() {
        let first = |log_probs: Value| {
            let choice = json!({"message": {"content": "a"}, "logprobs": log_probs});
            let body = json!({"choices": [choice]}).to_string();
            read_first_token(Received {
                text: &body,
                url: "http://here",
            })
        };
        let top = json!([{"token": " B", "logprob": -0.5}]);
        let read =
            first(json!({"content": [{"token": "A", "logprob": -1.0, "top_logprobs": top}]}));
        let likeliest = [("A".to_owned(), -1.0), (" B".to_owned(), -0.5)];
        let mut found = read.unwrap().likeliest;
        found.sort_by(|a, b| a.1.total_cmp(&b.1));
        assert_eq!(found, likeliest);
        for none in [
            Value::Null,
            json!({"content": []}),
            json!({"content": [{"token": "A", "logprob": -1.0}]}),
        ] {
            assert!(matches!(first(none), Err(ChatError::Malformed { .. })));
        }
    }

    #[test]
    fn an_error_behind_a_200_is_an_error() {
        let error = read(r#"{"error":{"message":"busy","code":429}}"#).expect_err("no choices");
        assert!(
            matches!(error, ChatError::Status { status: 429, .. }),
            "{error}"
        );
        assert!(matches!(read("<html>"), Err(ChatError::Malformed { .. })));
        assert!(matches!(read("{}"), Err(ChatError::Malformed { .. })));
    }

    #[test]
    fn what_is_no_json_is_shown_by_its_first_line() {
        let page = "\n<!DOCTYPE html>\n<title>Sign in</title>\n";
        let error = read(page).expect_err("a page").to_string();
        assert!(
            error.contains("it is a web page, not JSON") && error.contains("<!DOCTYPE html>"),
            "{error}"
        );
        assert!(!error.contains("Sign in"), "{error}");
        let error = read("upstream connect error")
            .expect_err("words")
            .to_string();
        assert!(error.contains("upstream connect error"), "{error}");
        let error = read("").expect_err("nothing").to_string();
        assert!(error.contains("it is empty"), "{error}");
    }

    #[test]
    fn no_reply_is_lost_for_its_count_of_tokens_or_its_finish() {
        for (usage, input_tokens) in [
            (json!({"prompt_tokens": "12", "completion_tokens": 3.0}), 12),
            (json!("none"), 0),
            (json!({"prompt_tokens": {"text": 1}}), 0),
            (Value::Null, 0),
        ] {
            let choice = json!({"message": {"content": "yes"}, "finish_reason": 0});
            let body = json!({"choices": [choice], "usage": usage}).to_string();
            let reply = read(&body).expect("a completion");
            assert_eq!(
                (reply.text.as_str(), reply.usage.input_tokens),
                ("yes", input_tokens)
            );
        }
    }
}
