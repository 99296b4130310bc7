//! Values as Argilla's messages show them: Python's `repr` and names of types.

use serde_json::Value;

/// `'text'`, `3`, `True`, `None`, `['a', 'b']`. Long texts are cut, so that no message repeats a document.
pub(super) fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(items) => list(items.iter().map(repr)),
        Value::Object(map) => {
            let pairs: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{}: {}", quoted(key), repr(value)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

/// A text in single quotes, or in double ones where it holds a single one.
pub(super) fn quoted(text: &str) -> String {
    const SHOWN: usize = 200;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    match shown.contains('\'') {
        true => format!("\"{shown}\""),
        false => format!("'{shown}'"),
    }
}

/// `['a', 'b']` of texts.
pub(super) fn quoted_list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    list(texts.map(quoted))
}

/// `[1, 2]` of what is written already.
pub(super) fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// `<class 'str'>`.
pub(super) fn class(value: &Value) -> &'static str {
    match value {
        Value::Null => "<class 'NoneType'>",
        Value::Bool(_) => "<class 'bool'>",
        Value::Number(number) if number.is_f64() => "<class 'float'>",
        Value::Number(_) => "<class 'int'>",
        Value::String(_) => "<class 'str'>",
        Value::Array(_) => "<class 'list'>",
        Value::Object(_) => "<class 'dict'>",
    }
}
