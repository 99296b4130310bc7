//! The options of a row, in the shapes that datasets have them.

use super::JsonRow;
use serde_json::Value;

/// Options and what keys may call them.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Options {
    pub(super) texts: Vec<String>,
    /// Names of each, normalised; the letters where the dataset gives none.
    pub(super) labels: Vec<Vec<String>>,
    /// True if the row itself says which name belongs to which option.
    pub(super) has_own_labels: bool,
    /// True if they are numbers rather than texts.
    pub(super) are_numbers: bool,
    /// Those that the options themselves call right.
    pub(super) marked: Option<Vec<usize>>,
}

/// Names of the fields of an option or of a set of options.
const TEXT: [&str; 10] = [
    "text", "texts", "option", "choice", "choices", "options", "value", "atext", "content",
    "answer",
];
const LABEL: [&str; 6] = ["label", "labels", "key", "letter", "id", "aid"];
const MARK: [&str; 3] = ["is_correct", "isCorrect", "correct"];

impl Options {
    /// Options in one column.
    pub(super) fn of_value(value: &Value) -> Result<Self, String> {
        match value {
            Value::Array(values) if values.iter().all(|value| text_of(value).is_some()) => {
                Ok(Self::unnamed(values))
            }
            Value::Array(values) if values.iter().all(Value::is_object) => of_objects(values),
            Value::Object(object) => of_object(object),
            Value::String(text) => match parsed(text) {
                Some(value) => Self::of_value(&value),
                None => Err("its options are one text, not a list".to_owned()),
            },
            Value::Null => Err("it has no options".to_owned()),
            _ => Err("its options are no list of texts".to_owned()),
        }
    }

    /// Options in columns of their own, each with its label. Missing ones at the end are none.
    pub(super) fn of_columns(row: &JsonRow, columns: &[(String, String)]) -> Result<Self, String> {
        let values: Vec<&Value> = columns
            .iter()
            .map(|(column, _)| row.get(column).unwrap_or(&Value::Null))
            .collect();
        let n = values.iter().rposition(|value| !value.is_null());
        let n = n.map_or(0, |last| last + 1);
        let mut options = Self::default();
        for (value, (column, label)) in values.into_iter().zip(columns).take(n) {
            let text = match value {
                Value::Null => String::new(),
                value => {
                    text_of(value).ok_or_else(|| format!("`{column}` is {value}, not a text"))?
                }
            };
            options.are_numbers |= value.is_number();
            options.texts.push(text);
            options.labels.push(vec![normal(label), normal(column)]);
        }
        Ok(options)
    }

    /// Options without an order of their own, each a text or a list of texts: in alphabetical order, so that the place of
    /// the right one says nothing.
    pub(super) fn sorted<'a>(values: impl Iterator<Item = &'a Value>) -> Result<Self, String> {
        let mut all = Vec::new();
        for value in values.filter(|value| !value.is_null()) {
            let list = match value {
                Value::String(text) => parsed(text),
                value => Some(value.clone()),
            };
            match list {
                Some(Value::Array(values)) => all.extend(values),
                _ => all.push(value.clone()),
            }
        }
        if let Some(other) = all.iter().find(|value| text_of(value).is_none()) {
            return Err(format!("{other} is no text"));
        }
        all.sort_by_cached_key(text_of);
        Ok(Self::unnamed(&all))
    }

    fn unnamed(values: &[Value]) -> Self {
        let texts: Vec<String> = values.iter().filter_map(text_of).collect();
        let letters = (b'a'..=b'z').map(|letter| vec![char::from(letter).to_string()]);
        Self {
            labels: letters.take(texts.len()).collect(),
            are_numbers: values.iter().any(Value::is_number),
            texts,
            ..Self::default()
        }
    }

    fn named(named: Vec<(Option<String>, String)>) -> Self {
        let has_own_labels = named.iter().all(|(label, _)| label.is_some());
        let letter = |index: usize| {
            u8::try_from(index).map_or('?', |index| char::from(b'a' + index.min(25)))
        };
        let (labels, texts) = named
            .into_iter()
            .enumerate()
            .map(|(index, (label, text))| {
                let label = label.filter(|_| has_own_labels);
                let label = label.unwrap_or_else(|| letter(index).to_string());
                (vec![normal(&label)], text)
            })
            .unzip();
        Self {
            texts,
            labels,
            has_own_labels,
            ..Self::default()
        }
    }
}

/// `[{"label": "A", "text": "…"}, …]`.
fn of_objects(values: &[Value]) -> Result<Options, String> {
    let field = |value: &Value, names: &[&str]| {
        let found = names.iter().find_map(|name| value.get(*name));
        found.and_then(text_of)
    };
    let mut named = Vec::new();
    let mut marked = Vec::new();
    let mut is_marked = false;
    for (index, value) in values.iter().enumerate() {
        let text = field(value, &TEXT).ok_or("an option has no text")?;
        named.push((field(value, &LABEL), text));
        let mark = MARK.iter().find_map(|name| value.get(*name));
        if let Some(mark) = mark.and_then(Value::as_bool) {
            is_marked = true;
            if mark {
                marked.push(index);
            }
        }
    }
    Ok(Options {
        marked: is_marked.then_some(marked),
        ..Options::named(named)
    })
}

/// `{"text": […], "label": […]}`, or `{"A": "…", "B": "…"}`.
fn of_object(object: &JsonRow) -> Result<Options, String> {
    let list = |names: &[&str]| {
        let found = names.iter().find_map(|name| object.get(*name));
        found.and_then(Value::as_array)
    };
    if let Some(texts) = list(&TEXT) {
        let labels = list(&LABEL).filter(|labels| labels.len() == texts.len());
        let marks = labels.filter(|labels| is_marks(labels));
        let marks = marks.map(|marks| (0..marks.len()).filter(move |&index| is_one(&marks[index])));
        let labels = labels.filter(|labels| !is_marks(labels));
        let named = texts.iter().enumerate().map(|(index, text)| {
            let label = labels.and_then(|labels| text_of(&labels[index]));
            Some((label, text_of(text)?))
        });
        let named: Option<Vec<_>> = named.collect();
        return Ok(Options {
            marked: marks.map(Iterator::collect),
            are_numbers: texts.iter().any(Value::is_number),
            ..Options::named(named.ok_or("an option is no text")?)
        });
    }
    let named = object.iter().filter(|(_, value)| !value.is_null());
    let named = named.map(|(label, value)| Some((Some(label.clone()), text_of(value)?)));
    let named: Option<Vec<_>> = named.collect();
    Ok(Options::named(named.ok_or("an option is no text")?))
}

/// True for a list of zeros and ones with a one: which options are right.
fn is_marks(values: &[Value]) -> bool {
    let is_bit = |value: &Value| value.is_boolean() || matches!(value.as_u64(), Some(0 | 1));
    values.iter().all(is_bit) && values.iter().any(is_one) && !values.is_empty()
}

fn is_one(value: &Value) -> bool {
    value.as_bool() == Some(true) || value.as_u64() == Some(1)
}

/// The text of a value that is one, or a number or a truth value.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is_true) => Some(is_true.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A label without what people write around it: `(A)`, `A.` and `answer_a` keep `a` and `answer_a`.
pub(super) fn normal(label: &str) -> String {
    let trimmed = label.trim().trim_start_matches(['(', '[']);
    let trimmed = trimmed.trim_end_matches([')', ']', '.', ':', ' ']);
    trimmed.to_lowercase().replace([' ', '-'], "_")
}

/// A list or an object that a cell holds as text: JSON, or a list as Python prints it.
pub(super) fn parsed(text: &str) -> Option<Value> {
    let text = text.trim();
    if !text.starts_with(['[', '{']) {
        return None;
    }
    serde_json::from_str(text)
        .ok()
        .or_else(|| python_list(text))
}

/// `['a', "it's", 3]`: quoted texts with backslashes before quotes, and what stands bare.
fn python_list(text: &str) -> Option<Value> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    let mut values = Vec::new();
    let mut rest = inner.trim_start();
    while !rest.is_empty() {
        let (value, after) = match rest.chars().next()? {
            quote @ ('\'' | '"') => quoted(&rest[1..], quote)?,
            _ => {
                let end = rest.find(',').unwrap_or(rest.len());
                (rest[..end].trim().to_owned(), &rest[end..])
            }
        };
        values.push(Value::from(value));
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None if after.is_empty() => after,
            None => return None,
        };
    }
    Some(Value::Array(values))
}

/// The text up to the closing quote, and what follows it.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((index, c)) = characters.next() {
        match c {
            '\\' => value.push(match characters.next()?.1 {
                'n' => '\n',
                't' => '\t',
                other => other,
            }),
            c if c == quote => return Some((value, &text[index + c.len_utf8()..])),
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn options(value: &Value) -> (Vec<String>, Vec<String>) {
        let options = Options::of_value(value).unwrap();
        let labels = options.labels.iter().map(|labels| labels[0].clone());
        (options.texts, labels.collect())
    }

    fn strings(values: &[&str]) -> Vec<String> {
        values.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_shape_has_texts_and_labels() {
        let letters = (strings(&["x", "y"]), strings(&["a", "b"]));
        for value in [
            json!(["x", "y"]),
            json!({"text": ["x", "y"], "label": ["A", "B"]}),
            json!({"A": "x", "B": "y", "C": null}),
            json!([{"label": "A", "text": "x"}, {"label": "(B)", "text": "y"}]),
            json!([{"key": "A", "value": "x"}, {"key": "B", "value": "y"}]),
            json!("[\"x\", \"y\"]"),
            json!("['x', 'y']"),
        ] {
            assert_eq!(options(&value), letters, "{value}");
        }
        let digits = json!({"text": [1, 2], "label": ["1", "2"]});
        assert_eq!(
            options(&digits),
            (strings(&["1", "2"]), strings(&["1", "2"]))
        );
        assert_eq!(options(&json!(r#"['it\'s', "a, b"]"#)).0, ["it's", "a, b"]);
        for wrong in [json!("x"), json!(null), json!([["x"]]), json!([{"a": 1}])] {
            assert!(Options::of_value(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn options_may_say_themselves_which_are_right() {
        let marked = |value: Value| Options::of_value(&value).unwrap().marked;
        let truthful = json!({"choices": ["x", "y", "z"], "labels": [1, 0, 1]});
        assert_eq!(marked(truthful), Some(vec![0, 2]));
        let flags = json!([{"text": "x", "correct": false}, {"text": "y", "correct": true}]);
        assert_eq!(marked(flags), Some(vec![1]));
        assert_eq!(marked(json!({"text": ["x", "y"], "label": [1, 2]})), None);
    }
}
