//! JSON of a server whose shape nobody vouches for: bounded in what it becomes, not only in its bytes.

use serde::de::DeserializeOwned;

/// Most values in one answer. As many take some 80 MB, however short they are: `[[],[],…]` has one in three bytes.
pub const MAX_JSON_VALUES: usize = 1_000_000;

/// Text that is not read as JSON.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// It holds too many values.
    #[error("it holds more than {MAX_JSON_VALUES} values")]
    TooMany,
    /// It is no JSON, of another shape, or more than 128 deep.
    #[error(transparent)]
    Invalid(#[from] serde_json::Error),
}

/// Reads JSON of at most [`MAX_JSON_VALUES`] values and 128 levels.
///
/// # Errors
/// Text that is longer, deeper or of another shape.
pub fn json<T: DeserializeOwned>(text: &str) -> Result<T, JsonError> {
    if n_values(text) > MAX_JSON_VALUES {
        return Err(JsonError::TooMany);
    }
    Ok(serde_json::from_str(text)?)
}

/// Number of values, and at least one for each list and object: a comma or an opening bracket begins each of them.
pub fn n_values(text: &str) -> usize {
    let (mut count, mut in_string, mut is_escaped) = (1_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_string => is_escaped = true,
            b'"' => in_string = !in_string,
            b',' | b'[' | b'{' if !in_string => count += 1,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn values_are_counted_outside_of_strings() {
        for (text, count) in [
            ("1", 1),
            (r#"{"a": 1, "b": [2, 3]}"#, 5),
            (r#"["a, [\"b, c]", {}]"#, 4),
        ] {
            assert_eq!(n_values(text), count, "{text}");
        }
    }

    #[test]
    fn many_short_values_and_deep_ones_are_refused() {
        let many = format!("[{}0]", "0,".repeat(MAX_JSON_VALUES));
        assert!(matches!(json::<Value>(&many), Err(JsonError::TooMany)));
        let prose = Value::from("one, two, [three]; ".repeat(MAX_JSON_VALUES)).to_string();
        assert!(json::<Value>(&prose).is_ok());
        for deep in ["[".repeat(500_000), "{\"a\":".repeat(500_000)] {
            assert!(matches!(json::<Value>(&deep), Err(JsonError::Invalid(_))));
        }
    }
}
