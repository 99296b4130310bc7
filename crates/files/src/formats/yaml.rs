//! YAML for people and Python to read, out of JSON values. Writes only.

use serde_json::{Map, Value};
use std::fmt::Write;

/// `value` as block YAML, with a line feed at the end. Strings that YAML could take for something else are quoted as in
/// JSON, which is a subset of YAML.
pub fn to_string(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(parts) if !parts.is_empty() => mapping(&mut out, parts, 0),
        Value::Array(items) if !items.is_empty() => sequence(&mut out, items, 0),
        scalar => {
            out.push_str(&flow(scalar));
            out.push('\n');
        }
    }
    out
}

fn mapping(out: &mut String, parts: &Map<String, Value>, depth: usize) {
    for (index, (key, value)) in parts.iter().enumerate() {
        // The first key after a dash stands on the dash's line.
        if index > 0 || !out.ends_with("- ") {
            indent(out, depth);
        }
        out.push_str(&text(key));
        out.push(':');
        nested(out, value, depth);
    }
}

fn nested(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(parts) if !parts.is_empty() => {
            out.push('\n');
            mapping(out, parts, depth + 1);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            sequence(out, items, depth);
        }
        scalar => writeln!(out, " {}", flow(scalar)).expect("a string takes all"),
    }
}

fn sequence(out: &mut String, items: &[Value], depth: usize) {
    for item in items {
        indent(out, depth);
        out.push_str("- ");
        match item {
            Value::Object(parts) if !parts.is_empty() => mapping(out, parts, depth + 1),
            // Lists in lists are rare and short: JSON's form is YAML too.
            other => writeln!(out, "{}", flow(other)).expect("a string takes all"),
        }
    }
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth));
}

fn flow(value: &Value) -> String {
    match value {
        Value::String(string) => text(string),
        other => other.to_string(),
    }
}

/// The string plain where nobody could read it as anything else, in quotes otherwise.
fn text(string: &str) -> String {
    let starts_as_word = string.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_plain = string
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || " _-./<>()+".contains(c));
    let means_more = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    if starts_as_word
        && is_plain
        && !string.ends_with(' ')
        && !means_more.contains(&string.to_lowercase().as_str())
    {
        string.to_owned()
    } else {
        Value::from(string).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nesting_reads_as_a_person_would_write_it() {
        let value = json!({
            "language": ["en", "no"],
            "configs": [{ "config_name": "default", "data_files": [{ "split": "train", "path": "data/train-*" }] }],
            "empty": {}, "none": [], "n": 3, "pretty_name": "What: a \"test\"?\n", "matrix": [[1, 2], [3]],
        });
        insta::assert_snapshot!(to_string(&value), @r#"
        language:
        - en
        - "no"
        configs:
        - config_name: default
          data_files:
          - split: train
            path: "data/train-*"
        empty: {}
        none: []
        "n": 3
        pretty_name: "What: a \"test\"?\n"
        matrix:
        - [1,2]
        - [3]
        "#);
    }

    #[test]
    fn scalars_stand_alone() {
        assert_eq!(to_string(&json!("1e3")), "\"1e3\"\n");
        assert_eq!(to_string(&json!(null)), "null\n");
    }
}
