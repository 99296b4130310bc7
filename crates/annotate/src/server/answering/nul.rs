//! U+0000 in texts. PostgreSQL keeps none, so no database gets any: whatever holds one is refused where it is read.

/// The character.
pub(in crate::server) const NUL: char = '\0';
/// Why it is refused.
pub(in crate::server) const REFUSAL: &str = "no text may hold the character U+0000";

/// Whether a text in this JSON holds the character. It stands there as an escape: bare, it is no JSON.
pub(in crate::server) fn is_in_json(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(place) = rest.iter().position(|byte| *byte == b'\\') {
        let escape = &rest[place + 1..];
        if escape.starts_with(b"u0000") {
            return true;
        }
        // What follows a backslash begins no other escape.
        rest = escape.get(1..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_escape_itself_counts() {
        for json in [r#""\u0000""#, r#"{"a": "b\\\u0000"}"#] {
            assert!(is_in_json(json.as_bytes()), "{json}");
        }
        for json in [r#""\\u0000""#, r#""u0000""#, r#""\u0001""#, r#""\"#, ""] {
            assert!(!is_in_json(json.as_bytes()), "{json}");
        }
    }
}
