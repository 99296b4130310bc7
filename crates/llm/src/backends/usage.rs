//! Counts of tokens in answers. Servers send them as numbers, as strings or not at all; no reply is lost for that.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A count of tokens: a number, also with a fraction or in a string. `None` for anything else, and below zero.
pub(super) fn tokens(value: &Value) -> Option<u64> {
    let number = match value {
        Value::Number(number) => number.as_u64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| whole(text.parse().ok()?))
        }
        _ => None,
    };
    number.filter(|&n| n <= MOST)
}

/// More tokens than any model reads are no count.
const MOST: u64 = 1 << 40;

fn whole(number: f64) -> Option<u64> {
    (number >= 0.0 && number <= MOST as f64).then_some(number as u64)
}

/// The same as a field of a struct.
pub(super) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(tokens(&Value::deserialize(deserializer)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn counts_come_in_many_forms_and_none_of_them_is_an_error() {
        for (value, expected) in [
            (json!(12), Some(12)),
            (json!("12"), Some(12)),
            (json!(" 12.0 "), Some(12)),
            (json!(12.0), Some(12)),
            (json!(-1), None),
            (json!("many"), None),
            (json!("inf"), None),
            (json!(null), None),
            (json!({"n": 1}), None),
            (json!(u64::MAX), None),
        ] {
            assert_eq!(tokens(&value), expected, "{value}");
        }
    }
}
