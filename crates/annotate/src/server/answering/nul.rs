//! U+0000 in texts. PostgreSQL keeps none, so no database gets any: whatever holds one is refused where it is read.

/// The character.
pub(in crate::server) const NUL: char = '\0';
/// The reason for the refusal.
pub(in crate::server) const REFUSAL: &str = "no text may hold the character U+0000";

/// True where a text in this JSON holds the character. Valid JSON holds it as an escape only.
pub(in crate::server) fn is_in_json(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(index) = rest.iter().position(|byte| *byte == b'\\') {
        let escape = &rest[index + 1..];
        if escape.starts_with(b"u0000") {
            return true;
        }
        // The character after the backslash belongs to this escape.
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
