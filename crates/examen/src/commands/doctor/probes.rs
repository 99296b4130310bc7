//! The short calls that show what a model does: the same for a server and for this process.

use super::Check;
use examen_llm::{
    ChatError, ChatModel, ChatReply, ChatRequest, Constraint, Message, Role, Sampling,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Room for a model that thinks before it answers.
pub(super) const MAX_TOKENS: usize = 1024;
/// Tokens of the reply by which the speed is measured.
const SPEED_TOKENS: usize = 64;
/// Fewer say more about the prompt and the network than about the speed of writing.
const ENOUGH_FOR_SPEED: u64 = 24;

/// Whole numbers of [`shaped`]. Without a bound, a small model that is held to a whole number writes digits without end.
const COUNTS: [i64; 3] = [1, 2, 3];

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
        "properties": {"colour": {"type": "string", "enum": ["teal", "umber"]}, "count": {"type": "integer", "enum": COUNTS}},
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

/// A request with instructions before the question.
pub(super) fn instructed() -> ChatRequest {
    let mut request = plain();
    let message = Message {
        role: Role::System,
        content: "You answer in one word.".into(),
    };
    request.messages.insert(0, message);
    request
}

/// A request that no two seeds answer alike.
pub(super) fn random(max_tokens: usize) -> ChatRequest {
    let sampling = Sampling {
        temperature: 1.0,
        seed: 7,
        ..Sampling::greedy(max_tokens)
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

/// Checks the plain reply.
pub(super) fn reply(answered: &Result<ChatReply, ChatError>) -> Check {
    match answered {
        Ok(reply) if reply.text.trim().is_empty() => {
            Check::failed("reply", format!("an empty one, after {} tokens", reply.usage.output_tokens))
                .advice(
                    "the model may think longer than 1024 tokens; raise --max-new-tokens, or switch its thinking off",
                )
                .needed()
        }
        Ok(reply) => Check::passed("reply", format!("“{}”", first_words(&reply.text))).needed(),
        Err(error) => failed("reply", error).needed(),
    }
}

/// Measures how fast the model writes, by a reply of many tokens.
pub(super) async fn speed(model: &dyn ChatModel) -> Check {
    let request = asking(
        "Write a story of two hundred words about a river and the people who live beside it.",
        None,
        Sampling::greedy(SPEED_TOKENS),
    );
    let begun = Instant::now();
    match model.chat(&request).await {
        Ok(reply) => rate(reply.usage.output_tokens, begun.elapsed()),
        Err(error) => failed("speed", &error),
    }
}

fn rate(n_tokens: u64, time: Duration) -> Check {
    let seconds = time.as_secs_f64().max(1e-6);
    let found = format!("{n_tokens} tokens in {seconds:.2} s");
    match n_tokens {
        ENOUGH_FOR_SPEED.. => {
            let rate = n_tokens as f64 / seconds;
            Check::passed(
                "speed",
                format!("{rate:.1} tokens a second ({found}, one request)"),
            )
        }
        0 => Check::unknown(
            "speed",
            format!("a reply after {seconds:.2} s; the server counts no tokens"),
        ),
        _ => Check::unknown("speed", format!("{found}: too few to measure")),
    }
}

/// True if a reply to [`shaped`] keeps its schema.
pub(super) fn keeps_schema(text: &str) -> bool {
    let Ok(Value::Object(members)) = serde_json::from_str(text) else {
        return false;
    };
    let has_colour = members
        .get("colour")
        .is_some_and(|colour| colour == "teal" || colour == "umber");
    members.len() == 2
        && has_colour
        && members
            .get("count")
            .and_then(Value::as_i64)
            .is_some_and(|count| COUNTS.contains(&count))
}

/// Compares the replies to the two same requests.
pub(super) fn seed(
    one: &Result<ChatReply, ChatError>,
    other: &Result<ChatReply, ChatError>,
) -> Check {
    match (one, other) {
        (Ok(one), Ok(other)) if one.text.is_empty() && other.text.is_empty() => {
            Check::unknown("seed", "both replies are empty")
        }
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
        assert!(keeps_schema(r#"{"count": 3, "colour": "teal"}"#));
        for text in [
            "Rivers run.",
            r#"{"sentence": "Rivers run."}"#,
            r#"{"colour": "blue", "count": 1}"#,
            r#"{"colour": "teal", "count": 1.5}"#,
            r#"{"colour": "teal", "count": 66666666}"#,
            r#"{"colour": "teal", "count": 1, "more": 2}"#,
            r#"[{"colour": "teal", "count": 1}]"#,
        ] {
            assert!(!keeps_schema(text), "{text}");
        }
    }
    #[test]
    fn a_speed_needs_enough_tokens() {
        let second = Duration::from_secs(1);
        let found = |n| rate(n, second).found;
        assert_eq!(
            found(64),
            "64.0 tokens a second (64 tokens in 1.00 s, one request)"
        );
        assert_eq!(rate(3, second).outcome, super::super::Outcome::Unknown);
        assert!(found(0).contains("counts no tokens"));
    }
}
