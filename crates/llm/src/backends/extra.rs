//! Members of an answer beside the reply: what a system of retrieval says of its sources, thinking in a field of its own.

use super::vendor::Received;
use serde_json::{Map, Value};

/// Members that are the reply itself, its cost, or the call.
const OF_THE_REPLY: [&str; 7] = [
    "choices", "usage", "error", "id", "object", "created", "model",
];
/// Members of a message that are the reply itself.
const OF_THE_MESSAGE: [&str; 5] = ["role", "content", "refusal", "tool_calls", "function_call"];

/// The other members of an answer, those of its message under `message`. Of a stream, the last of each name; what
/// comes there in pieces is left out.
pub(super) fn of(received: Received<'_>) -> Map<String, Value> {
    let mut extra = Map::new();
    match examen_http::json::<Value>(received.text) {
        Ok(answer) => add(&mut extra, answer),
        Err(_) => {
            let lines = received.text.lines();
            let data = lines.filter_map(|line| line.trim().strip_prefix("data:"));
            let events = data.filter_map(|data| examen_http::json::<Value>(data.trim()).ok());
            events.for_each(|event| add(&mut extra, event));
        }
    }
    extra
}

fn add(extra: &mut Map<String, Value>, mut answer: Value) {
    let message = answer.pointer_mut("/choices/0/message").map(Value::take);
    let message = others(message.unwrap_or_default(), &OF_THE_MESSAGE);
    extra.extend(others(answer, &OF_THE_REPLY));
    if !message.is_empty() {
        extra.insert("message".to_owned(), message.into());
    }
}

fn others(value: Value, known: &[&str]) -> Map<String, Value> {
    let Value::Object(members) = value else {
        return Map::new();
    };
    let is_other =
        |(name, value): &(String, Value)| !known.contains(&name.as_str()) && !value.is_null();
    members.into_iter().filter(is_other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn extra(text: &str) -> Value {
        Value::from(of(Received {
            text,
            url: "http://localhost",
        }))
    }

    #[test]
    fn sources_and_thinking_are_kept_and_the_reply_is_not_kept_twice() {
        let answer = json!({
            "id": "c1", "object": "chat.completion", "created": 1, "model": "m-2026", "usage": {"prompt_tokens": 1},
            "citations": [{"url": "https://example.org", "score": 0.5}], "system_fingerprint": null,
            "choices": [{"index": 0, "finish_reason": "stop", "message": {
                "role": "assistant", "content": "B", "refusal": null, "reasoning_content": "Is it B?", "context": {"n": 2}}}],
        });
        let expected = json!({
            "citations": [{"url": "https://example.org", "score": 0.5}],
            "message": {"reasoning_content": "Is it B?", "context": {"n": 2}},
        });
        assert_eq!(extra(&answer.to_string()), expected);
    }

    #[test]
    fn a_stream_has_the_last_of_each_name_and_what_is_no_object_has_none() {
        let stream = "data: {\"model\": \"m\", \"choices\": [{\"delta\": {\"content\": \"B\"}}]}\n\n\
                      data: {\"sources\": [1]}\n\ndata: {\"sources\": [1, 2]}\n\ndata: [DONE]\n";
        assert_eq!(extra(stream), json!({"sources": [1, 2]}));
        assert_eq!(extra("[1]"), json!({}));
        assert_eq!(extra("<html>"), json!({}));
    }
}
