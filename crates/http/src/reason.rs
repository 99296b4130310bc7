//! The reason that a server gives for a refusal, as one bounded line.

use serde_json::Value;

/// Most characters of a reason. Servers may echo the request, so more would carry documents into logs.
const MAX_CHARS: usize = 300;

/// The reason in an error's body: the message of OpenAI's, Anthropic's and Gemini's errors with its code, the problems
/// that FastAPI lists, the sentence of an Argilla server, else the beginning of the text.
///
/// ```
/// use examen_http::reason;
/// assert_eq!(reason(r#"{"error": {"message": "slow down", "code": "rate_limit"}}"#), "slow down (rate_limit)");
/// assert_eq!(reason("<html>502\nBad Gateway"), "<html>502 Bad Gateway");
/// ```
pub fn reason(body: &str) -> String {
    let Ok(value) = serde_json::from_str::<Value>(body) else {
        return clip(body);
    };
    // Gemini's OpenAI-compatible endpoint sends the error in an array.
    let value = value.get(0).unwrap_or(&value);
    let words = message(value).unwrap_or_else(|| body.to_owned());
    let code = value["error"]["code"].as_str();
    match code.filter(|code| !words.contains(code)) {
        Some(code) => format!("{} ({})", clip(&words), clip(code)),
        None => clip(&words),
    }
}

fn message(value: &Value) -> Option<String> {
    let (error, detail) = (&value["error"], &value["detail"]);
    let parameters = &detail["params"];
    let sentences = [
        &error["message"],
        error,
        &value["message"],
        detail,
        &parameters["detail"],
        &parameters["message"],
    ];
    if let Some(sentence) = sentences.into_iter().find_map(Value::as_str) {
        return Some(sentence.to_owned());
    }
    let lists = [detail, &parameters["errors"]];
    let problems = lists.into_iter().find_map(Value::as_array)?;
    Some(problems.iter().map(problem).collect::<Vec<_>>().join("; "))
}

/// One problem of FastAPI's list, such as `body.items.0.seed: not permitted`, without the `input` that it echoes.
fn problem(problem: &Value) -> String {
    let step = |step: &Value| {
        step.as_str()
            .map_or_else(|| step.to_string(), str::to_owned)
    };
    let steps = problem["loc"].as_array().into_iter().flatten();
    let path: Vec<String> = steps.map(step).collect();
    let message = problem["msg"].as_str().unwrap_or("is not valid");
    format!("{}: {message}", path.join("."))
}

/// The beginning of a text on one line, without control characters, which a terminal would obey.
pub fn clip(text: &str) -> String {
    let is_gap = |c: char| c.is_whitespace() || c.is_control();
    let words: Vec<&str> = text.split(is_gap).filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    match line.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None if line.is_empty() => "(an empty answer)".to_owned(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn the_reason_of_an_error_is_found_in_every_dialect() {
        assert_eq!(
            reason(r#"{"error":{"message":"slow down","code":"rate_limit"}}"#),
            "slow down (rate_limit)"
        );
        assert_eq!(
            reason(r#"{"error":"model is loading"}"#),
            "model is loading"
        );
        assert_eq!(
            reason(r#"{"object":"error","message":"too long"}"#),
            "too long"
        );
        let anthropic = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"}"#;
        assert_eq!(reason(anthropic), "Overloaded");
        assert_eq!(reason(r#"[{"error":{"code":400,"message":"bad"}}]"#), "bad");
        let fast_api = r#"{"detail":[{"loc":["body","seed"],"msg":"not permitted","input":"a private text"}]}"#;
        assert_eq!(reason(fast_api), "body.seed: not permitted");
        assert_eq!(
            reason("<html>\n 502 Bad\tGateway"),
            "<html> 502 Bad Gateway"
        );
        assert_eq!(reason(&"x".repeat(1000)).chars().count(), MAX_CHARS + 1);
    }

    #[test]
    fn argillas_sentences_stand_in_its_detail() {
        let coded = |params: Value| json!({"detail": {"code": "argilla::E", "params": params}});
        for (body, expected) in [
            (json!({"detail": "no such record"}), "no such record"),
            (coded(json!({"detail": "not allowed"})), "not allowed"),
            (coded(json!({"message": "it failed"})), "it failed"),
            (
                coded(
                    json!({"errors": [{"loc": ["body", 0], "msg": "Field required"}, {"loc": []}]}),
                ),
                "body.0: Field required; : is not valid",
            ),
            (json!({"code": "missing_vector", "message": "none"}), "none"),
        ] {
            assert_eq!(reason(&body.to_string()), expected);
        }
    }

    #[test]
    fn shapes_that_nobody_sends_are_shown_as_they_are() {
        for body in [
            "null",
            "[]",
            "{}",
            "3",
            r#"{"error":{"message":3}}"#,
            r#"{"detail":{"params":[]}}"#,
        ] {
            assert_eq!(reason(body), body);
        }
        assert_eq!(reason(""), "(an empty answer)");
        assert_eq!(reason(r#""a sentence""#), r#""a sentence""#);
        assert_eq!(reason(&"[".repeat(10_000)).chars().count(), MAX_CHARS + 1);
        let long_code = json!({"error": {"message": "m", "code": "c".repeat(9999)}}).to_string();
        assert_eq!(reason(&long_code).chars().count(), MAX_CHARS + 5);
    }

    #[test]
    fn a_terminal_obeys_no_server() {
        assert_eq!(clip("\u{1b}[2Jgone\u{7}\r\n\0x"), "[2Jgone x");
        assert_eq!(reason(r#"{"error":"\u001b]0;title\u0007"}"#), "]0;title");
    }

    proptest! {
        #[test]
        fn no_body_makes_more_than_one_bounded_line(body in ".{0,400}|\\{\"(error|detail)\":.{0,40}\\}") {
            let reason = reason(&body);
            prop_assert!(!reason.is_empty() && reason.chars().count() <= 2 * MAX_CHARS + 5);
            prop_assert!(!reason.chars().any(char::is_control));
        }
    }
}
