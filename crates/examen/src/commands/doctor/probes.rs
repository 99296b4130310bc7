//! The short calls that show what a model does: the same for a server and for this process.

use super::Check;
use examen_llm::{
    ChatError, ChatModel, ChatReply, ChatRequest, Constraint, Message, Role, Sampling,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Room for a model that thinks before it answers.
const MAX_TOKENS: usize = 1024;

/// A request for a few words.
pub(super) fn plain() -> ChatRequest {
    asking(
        "Reply with the one word: ready",
        None,
        Sampling::greedy(MAX_TOKENS),
    )
}

/// A request whose words ask for something else than its schema does.
pub(super) fn shaped() -> ChatRequest {
    let schema = json!({
        "type": "object",
        "properties": {"colour": {"type": "string", "enum": ["teal", "umber"]}, "count": {"type": "integer"}},
        "required": ["colour", "count"],
        "additionalProperties": false,
    });
    let constraint = Some(Constraint::JsonSchema(schema.into()));
    asking(
        "Write one sentence about rivers, as JSON.",
        constraint,
        Sampling::greedy(MAX_TOKENS),
    )
}

/// A request that no two seeds answer alike.
pub(super) fn random() -> ChatRequest {
    let sampling = Sampling {
        temperature: 1.0,
        seed: 7,
        ..Sampling::greedy(MAX_TOKENS)
    };
    asking(
        "Write twelve random words, separated by spaces, and nothing else.",
        None,
        sampling,
    )
}

fn asking(text: &str, constraint: Option<Constraint>, sampling: Sampling) -> ChatRequest {
    let messages = vec![Message {
        role: Role::User,
        content: text.into(),
    }];
    ChatRequest {
        messages,
        constraint,
        sampling,
    }
}

/// A reply with its time.
pub(super) async fn timed(
    model: &dyn ChatModel,
    request: &ChatRequest,
) -> Result<(ChatReply, Duration), ChatError> {
    let begun = Instant::now();
    Ok((model.chat(request).await?, begun.elapsed()))
}

/// Checks the plain reply.
pub(super) fn reply(answered: &Result<(ChatReply, Duration), ChatError>) -> Check {
    match answered {
        Ok((reply, _)) if reply.text.trim().is_empty() => {
            Check::failed("reply", format!("an empty one, after {} tokens", reply.usage.output_tokens))
                .advice(
                    "the model may think longer than 1024 tokens; raise --max-new-tokens, or switch its thinking off",
                )
                .needed()
        }
        Ok((reply, _)) => Check::passed("reply", format!("“{}”", first_words(&reply.text))).needed(),
        Err(error) => failed("reply", error).needed(),
    }
}

/// Reports the latency of the plain reply.
pub(super) fn latency((reply, time): &(ChatReply, Duration)) -> Check {
    let seconds = time.as_secs_f64();
    let n = reply.usage.output_tokens;
    let rate = if n > 0 {
        format!(", {n} tokens, {:.0} a second", n as f64 / seconds.max(1e-6))
    } else {
        String::new()
    };
    Check::passed("latency", format!("{seconds:.2} s{rate}"))
}

/// True if a reply to [`shaped`] keeps its schema.
pub(super) fn keeps_schema(text: &str) -> bool {
    let Ok(Value::Object(members)) = serde_json::from_str(text) else {
        return false;
    };
    let has_colour = members
        .get("colour")
        .is_some_and(|colour| colour == "teal" || colour == "umber");
    members.len() == 2 && has_colour && members.get("count").is_some_and(Value::is_i64)
}

/// Compares the replies to the two same requests.
pub(super) fn seed(
    one: &Result<ChatReply, ChatError>,
    other: &Result<ChatReply, ChatError>,
) -> Check {
    match (one, other) {
        (Ok(one), Ok(other)) if one.text == other.text => Check::passed("seed", "the same reply twice"),
        (Ok(_), Ok(_)) => Check::failed("seed", "another reply at each call")
            .advice("a new run writes other questions; a rerun of the same output does not, for its replies are kept"),
        (Err(error), _) | (_, Err(error)) => failed("seed", error),
    }
}

/// A check that ended in an error.
pub(super) fn failed(check: &'static str, error: &ChatError) -> Check {
    let found = Check::failed(check, error.reason());
    match error.hint() {
        Some(hint) => found.advice(hint),
        None => found,
    }
}

/// The beginning of a text, on one line.
pub(super) fn first_words(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_kept_or_not() {
        assert!(keeps_schema(r#"{"count": -3, "colour": "teal"}"#));
        for text in [
            "Rivers run.",
            r#"{"sentence": "Rivers run."}"#,
            r#"{"colour": "blue", "count": 1}"#,
            r#"{"colour": "teal", "count": 1.5}"#,
            r#"{"colour": "teal", "count": 1, "more": 2}"#,
            r#"[{"colour": "teal", "count": 1}]"#,
        ] {
            assert!(!keeps_schema(text), "{text}");
        }
    }
}
