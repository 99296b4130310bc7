//! A completion that comes as server-sent events: asked for where a server only streams, and sent by some unasked.

use super::wire::{Choice, Completion, Content, Function, ToolCall, WireMessage, called};
use crate::{backends::vendor::Received, error::ChatError};
use serde::Deserialize;
use serde_json::{Map, Value};

/// `true` if the text of an answer is a stream of events (WHATWG HTML, 9.2), not JSON.
pub(super) fn is_stream(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    ["data:", "event:", "id:", "retry:", ":"]
        .iter()
        .any(|field| text.starts_with(field))
}

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    choices: Option<Vec<Part>>,
    #[serde(default)]
    usage: Value,
    error: Option<Value>,
}

/// One piece of a choice.
#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    index: u64,
    /// Some servers end with the whole message.
    #[serde(default, alias = "message")]
    delta: Option<Delta>,
    #[serde(default)]
    finish_reason: Value,
    #[serde(default)]
    logprobs: Option<Value>,
}

#[derive(Deserialize)]
struct Delta {
    content: Option<Content>,
    refusal: Option<String>,
    #[serde(default)]
    tool_calls: Option<Vec<ToolCall>>,
    function_call: Option<Function>,
    reasoning_content: Option<String>,
    reasoning: Option<Value>,
}

/// The pieces of the first choice, put together.
#[derive(Default)]
struct Whole {
    content: String,
    /// Arguments of calls of tools.
    called: String,
    refusal: String,
    thinking: String,
    tokens: Vec<Value>,
    finish_reason: Value,
    has_begun: bool,
}

/// Puts the events of a stream together.
///
/// # Errors
/// An event that is no JSON of that shape, or a stream that broke off: without `[DONE]` and without a reason to end.
pub(super) fn completion(received: Received<'_>) -> Result<Completion, ChatError> {
    let (mut whole, mut usage, mut error, mut is_done) =
        (Whole::default(), Value::Null, None, false);
    for data in received.text.lines().filter_map(data) {
        if data == "[DONE]" {
            is_done = true;
            break;
        }
        let event: Event = Received {
            text: data,
            ..received
        }
        .parse()?;
        for part in event.choices.into_iter().flatten() {
            whole.add(part);
        }
        if !event.usage.is_null() {
            usage = event.usage;
        }
        error = error.or(event.error);
    }
    is_done |= !whole.finish_reason.is_null();
    if !is_done && error.is_none() {
        return Err(ChatError::Unreachable {
            url: received.url.to_owned(),
            reason: "the stream ended before the reply did".to_owned(),
        });
    }
    let choices = match error {
        // What came before it is half a reply.
        Some(_) => Vec::new(),
        None => whole.into_choice().into_iter().collect(),
    };
    Ok(Completion {
        choices: Some(choices),
        usage,
        error,
    })
}

/// The data of a line, if it holds any. Comments and names of events say nothing about the reply.
fn data(line: &str) -> Option<&str> {
    let line = line.trim_start_matches('\u{feff}').trim();
    let data = line.strip_prefix("data:")?.trim();
    (!data.is_empty()).then_some(data)
}

impl Whole {
    fn add(&mut self, part: Part) {
        if part.index != 0 {
            return;
        }
        self.has_begun = true;
        if !part.finish_reason.is_null() {
            self.finish_reason = part.finish_reason;
        }
        let tokens = part
            .logprobs
            .as_ref()
            .and_then(|it| it["content"].as_array());
        self.tokens.extend(tokens.into_iter().flatten().cloned());
        let Some(delta) = part.delta else { return };
        self.content += &delta.content.map(Content::into_text).unwrap_or_default();
        self.called += &called(delta.tool_calls, delta.function_call);
        self.refusal += &delta.refusal.unwrap_or_default();
        let thinking = delta
            .reasoning_content
            .or_else(|| Some(delta.reasoning?.as_str()?.to_owned()));
        self.thinking += &thinking.unwrap_or_default();
    }

    fn into_choice(self) -> Option<Choice> {
        let known = |text: String| Some(text).filter(|text| !text.is_empty());
        let log_probs = Map::from_iter([("content".to_owned(), Value::Array(self.tokens))]);
        self.has_begun.then(|| Choice {
            message: WireMessage {
                content: Some(Content::Text(self.content)),
                refusal: known(self.refusal),
                tool_calls: None,
                function_call: known(self.called).map(Function::of),
                reasoning_content: known(self.thinking),
                reasoning: None,
            },
            finish_reason: self.finish_reason,
            logprobs: Some(Value::Object(log_probs)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::wire::{read_first_token, read_reply};
    use super::*;
    use crate::chat::{FinishReason, Usage};

    const OPENAI: &str = r#": keep-alive

data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning_content":"hm"},"finish_reason":null}]}

event: message
data: {"choices":[{"index":0,"delta":{"content":"two "}},{"index":1,"delta":{"content":"other"}}]}

data: {"choices":[{"index":0,"delta":{"content":"words"},"logprobs":{"content":[{"token":"two","logprob":-0.5,"top_logprobs":[{"token":"two","logprob":-0.5}]}]}}]}
data: {"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}
data: {"choices":[],"usage":{"prompt_tokens":"7","completion_tokens":2.0}}
data: [DONE]
"#;

    fn received(text: &str) -> Received<'_> {
        Received {
            text,
            url: "http://here",
        }
    }

    #[test]
    fn a_stream_is_put_together_as_if_it_had_come_at_once() {
        let reply = read_reply(received(OPENAI)).unwrap();
        assert_eq!(
            (reply.text.as_str(), reply.finish),
            ("two words", FinishReason::Length)
        );
        let usage = Usage {
            input_tokens: 7,
            output_tokens: 2,
        };
        assert_eq!(reply.usage, usage);
        let first = read_first_token(received(OPENAI)).unwrap();
        assert_eq!(first.likeliest, [("two".to_owned(), -0.5)]);
    }

    #[test]
    fn the_arguments_of_a_call_are_put_together() {
        let piece = |arguments: &str| {
            let calls = serde_json::json!([{"index": 0, "function": {"arguments": arguments}}]);
            let delta = serde_json::json!({"content": null, "tool_calls": calls});
            format!(
                "data: {}\n\n",
                serde_json::json!({"choices": [{"index": 0, "delta": delta}]})
            )
        };
        let stream = format!("{}{}data: [DONE]\n", piece("{\"exam\""), piece(": []}"));
        assert_eq!(
            read_reply(received(&stream)).unwrap().text,
            "{\"exam\": []}"
        );
    }

    #[test]
    fn a_stream_that_breaks_off_is_no_reply_and_is_asked_for_again() {
        let cut = OPENAI
            .split_once("data: {\"choices\":[{\"index\":0,\"delta\":{}")
            .unwrap()
            .0;
        let error = read_reply(received(cut)).unwrap_err();
        assert!(error.is_transient(), "{error}");
    }

    #[test]
    fn an_error_in_a_stream_is_an_error() {
        let busy = "data: {\"choices\":[{\"delta\":{\"content\":\"half\"}}]}\n\
                    data: {\"error\":{\"message\":\"overloaded\",\"code\":503}}\n";
        let error = read_reply(received(busy)).unwrap_err();
        assert!(
            matches!(error, ChatError::Status { status: 503, .. }),
            "{error}"
        );
        let error = read_reply(received("data: <html>")).unwrap_err();
        assert!(error.to_string().contains("<html>"), "{error}");
    }
}
