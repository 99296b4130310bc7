//! Reads JSON into types, noting every problem with its location, kind and message as Argilla (pydantic 2.9) does:
//! `{"type":"string_too_short","loc":["body","password"],"msg":"String should have at least 8 characters"}`.
//!
//! A reader returns `None` where it noted a problem; [`read`] returns the value or all problems. Unknown keys are
//! ignored.

use crate::Time;
use serde::Serialize;
use serde_json::{Map, Value};
use std::ops::RangeInclusive;
use uuid::Uuid;

/// A step on the way to a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Step {
    /// A key of an object.
    Key(String),
    /// An index of a list.
    Index(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// A problem with a value, and the way to the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// pydantic's name of the kind.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The way to the value, from `body`, `query` or `path` on.
    pub loc: Vec<Step>,
    /// A sentence.
    pub msg: String,
}

/// Notes problems on the way through a value.
#[derive(Debug)]
pub struct Reader {
    at: Vec<Step>,
    problems: Vec<Problem>,
}

/// Reads a value of `part`: `body`, `query` or `path`.
pub fn read<T>(part: &str, how: impl FnOnce(&mut Reader) -> Option<T>) -> Result<T, Vec<Problem>> {
    let mut reader = Reader {
        at: vec![part.into()],
        problems: Vec::new(),
    };
    match how(&mut reader) {
        Some(value) if reader.problems.is_empty() => Ok(value),
        _ => Err(reader.problems),
    }
}

/// A body that is no JSON; `position` is the byte where it ends to be some.
pub fn not_json(position: usize) -> Vec<Problem> {
    let loc = vec!["body".into(), Step::Index(position)];
    vec![Problem {
        kind: "json_invalid",
        loc,
        msg: "JSON decode error".to_owned(),
    }]
}

impl Reader {
    /// Notes a problem with the present value.
    pub fn refuse<T>(&mut self, kind: &'static str, msg: impl Into<String>) -> Option<T> {
        self.problems.push(Problem {
            kind,
            loc: self.at.clone(),
            msg: msg.into(),
        });
        None
    }

    /// Notes that the present value breaks a rule beyond its type.
    pub fn refuse_value<T>(&mut self, msg: &str) -> Option<T> {
        self.refuse("value_error", format!("Value error, {msg}"))
    }

    /// Reads what lies at `step` from here.
    pub fn within<T>(
        &mut self,
        step: impl Into<Step>,
        how: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        self.at.push(step.into());
        let read = how(self);
        self.at.pop();
        read
    }

    /// An object, whose keys are then read one by one.
    pub fn object(&mut self, value: Value) -> Option<Keys<'_>> {
        match value {
            Value::Object(map) => Some(Keys { reader: self, map }),
            _ => self.refuse(
                "model_attributes_type",
                "Input should be a valid dictionary or object to extract fields from",
            ),
        }
    }
}

/// The keys of an object that is being read.
#[derive(Debug)]
pub struct Keys<'r> {
    reader: &'r mut Reader,
    map: Map<String, Value>,
}

impl Keys<'_> {
    /// A key that must be there.
    pub fn required<T>(
        &mut self,
        key: &str,
        how: impl FnOnce(&mut Reader, Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.map.remove(key);
        self.reader.within(key, |reader| match value {
            Some(value) => how(reader, value),
            None => reader.refuse("missing", "Field required"),
        })
    }

    /// A key that may be left out or `null`.
    pub fn optional<T>(
        &mut self,
        key: &str,
        how: impl FnOnce(&mut Reader, Value) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.map.remove(key) {
            None | Some(Value::Null) => Some(None),
            Some(value) => self
                .reader
                .within(key, |reader| how(reader, value))
                .map(Some),
        }
    }

    /// A key that may be left out, and then has a value of its own.
    pub fn or<T>(
        &mut self,
        key: &str,
        usual: T,
        how: impl FnOnce(&mut Reader, Value) -> Option<T>,
    ) -> Option<T> {
        match self.map.remove(key) {
            None => Some(usual),
            Some(value) => self.reader.within(key, |reader| how(reader, value)),
        }
    }

    /// A key of a partial update that may be `null`: `None` where it is left out.
    pub fn change<T>(
        &mut self,
        key: &str,
        how: impl FnOnce(&mut Reader, Value) -> Option<T>,
    ) -> Option<Option<Option<T>>> {
        match self.map.remove(key) {
            None => Some(None),
            Some(Value::Null) => Some(Some(None)),
            Some(value) => self
                .reader
                .within(key, |reader| how(reader, value))
                .map(|read| Some(Some(read))),
        }
    }

    /// Refuses an update that sets one of these keys to `null`. Call it before they are read.
    pub fn never_null(&mut self, keys: &[&str]) -> Option<()> {
        let null: Vec<&str> = keys
            .iter()
            .copied()
            .filter(|key| self.map.get(*key) == Some(&Value::Null))
            .collect();
        if null.is_empty() {
            return Some(());
        }
        let message = format!(
            "The following keys must have non-null values: {}",
            null.join(", ")
        );
        self.reader.refuse_value(&message)
    }

    /// Returns `true` if the key is there, `null` or not.
    pub fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    /// The reader, at this object.
    pub fn reader(&mut self) -> &mut Reader {
        self.reader
    }
}

/// A text of so many characters.
pub fn text(length: RangeInclusive<usize>) -> impl Fn(&mut Reader, Value) -> Option<String> {
    move |reader, value| {
        let Value::String(text) = value else {
            return reader.refuse("string_type", "Input should be a valid string");
        };
        let found = text.chars().count();
        let (least, most) = (*length.start(), *length.end());
        if found < least {
            let message = format!(
                "String should have at least {least} {}",
                plural(least, "character")
            );
            return reader.refuse("string_too_short", message);
        }
        if found > most {
            let message = format!(
                "String should have at most {most} {}",
                plural(most, "character")
            );
            return reader.refuse("string_too_long", message);
        }
        Some(text)
    }
}

/// A text of any length.
pub fn any_text(reader: &mut Reader, value: Value) -> Option<String> {
    text(0..=usize::MAX)(reader, value)
}

/// Any JSON.
pub fn any(_: &mut Reader, value: Value) -> Option<Value> {
    Some(value)
}

/// An id.
pub fn uuid(reader: &mut Reader, value: Value) -> Option<Uuid> {
    match value {
        Value::String(text) => match text.parse() {
            Ok(id) => Some(id),
            Err(error) => reader.refuse(
                "uuid_parsing",
                format!("Input should be a valid UUID, {}", why(&text, &error)),
            ),
        },
        _ => reader.refuse(
            "uuid_type",
            "UUID input should be a string, bytes or UUID object",
        ),
    }
}

/// The problem with an id. pydantic's parser is an older version of ours, with another sentence for wrong characters.
fn why(text: &str, error: &uuid::Error) -> String {
    match text
        .char_indices()
        .find(|(_, found)| !found.is_ascii_hexdigit() && *found != '-')
    {
        Some((index, found)) => format!(
            "invalid character: expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-], found `{found}` at {}",
            index + 1
        ),
        None => error.to_string(),
    }
}

/// `true` or `false`.
pub fn boolean(reader: &mut Reader, value: Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(value),
        _ => reader.refuse("bool_type", "Input should be a valid boolean"),
    }
}

/// A whole number in a range.
pub fn integer(range: RangeInclusive<i64>) -> impl Fn(&mut Reader, Value) -> Option<i64> {
    move |reader, value| {
        let Some(number) = whole(&value) else {
            return reader.refuse("int_type", "Input should be a valid integer");
        };
        in_range(reader, number, &range)
    }
}

/// A whole number of a query string.
pub fn integer_text(range: RangeInclusive<i64>) -> impl Fn(&mut Reader, &str) -> Option<i64> {
    move |reader, text| match text.trim().parse() {
        Ok(number) => in_range(reader, number, &range),
        Err(_) => reader.refuse(
            "int_parsing",
            "Input should be a valid integer, unable to parse string as an integer",
        ),
    }
}

fn whole(value: &Value) -> Option<i64> {
    // pydantic takes 3.0 for 3.
    value.as_i64().or_else(|| {
        value
            .as_f64()
            .filter(|number| number.fract() == 0.0 && number.abs() < 9e15)
            .map(|number| number as i64)
    })
}

fn in_range(reader: &mut Reader, number: i64, range: &RangeInclusive<i64>) -> Option<i64> {
    let (least, most) = (*range.start(), *range.end());
    if number < least {
        return reader.refuse(
            "greater_than_equal",
            format!("Input should be greater than or equal to {least}"),
        );
    }
    if number > most {
        return reader.refuse(
            "less_than_equal",
            format!("Input should be less than or equal to {most}"),
        );
    }
    Some(number)
}

/// A number.
pub fn number(reader: &mut Reader, value: Value) -> Option<f64> {
    match value.as_f64() {
        Some(number) => Some(number),
        None => reader.refuse("float_type", "Input should be a valid number"),
    }
}

/// A time.
pub fn time(reader: &mut Reader, value: Value) -> Option<Time> {
    match value.as_str().map(str::parse) {
        Some(Ok(time)) => Some(time),
        _ => reader.refuse("datetime_parsing", "Input should be a valid datetime"),
    }
}

/// A list of so many items.
pub fn list<T>(
    length: RangeInclusive<usize>,
    item: impl Fn(&mut Reader, Value) -> Option<T>,
) -> impl Fn(&mut Reader, Value) -> Option<Vec<T>> {
    move |reader, value| {
        let Value::Array(items) = value else {
            return reader.refuse("list_type", "Input should be a valid list");
        };
        let (found, least, most) = (items.len(), *length.start(), *length.end());
        if found < least {
            let noun = plural(least, "item");
            let message =
                format!("List should have at least {least} {noun} after validation, not {found}");
            return reader.refuse("too_short", message);
        }
        if found > most {
            let noun = plural(most, "item");
            let message =
                format!("List should have at most {most} {noun} after validation, not {found}");
            return reader.refuse("too_long", message);
        }
        let items: Vec<Option<T>> = items
            .into_iter()
            .enumerate()
            .map(|(index, value)| reader.within(index, |reader| item(reader, value)))
            .collect();
        items.into_iter().collect()
    }
}

/// An object of any keys.
pub fn map(reader: &mut Reader, value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        _ => reader.refuse("dict_type", "Input should be a valid dictionary"),
    }
}

/// One of several words; returns its index.
pub fn word(words: &'static [&'static str]) -> impl Fn(&mut Reader, Value) -> Option<usize> {
    move |reader, value| {
        let index = value
            .as_str()
            .and_then(|word| words.iter().position(|known| *known == word));
        match index {
            Some(index) => Some(index),
            None => reader.refuse("enum", format!("Input should be {}", alternatives(words))),
        }
    }
}

/// One of several kinds of objects, told apart by `tag`. The problem with an unknown one lists `expected`.
pub fn tag(reader: &mut Reader, value: &Value, tag: &str, expected: &str) -> Option<String> {
    match value.get(tag) {
        Some(Value::String(found)) => Some(found.clone()),
        Some(found) => unknown_tag(reader, &found.to_string(), tag, expected),
        None => reader.refuse(
            "union_tag_not_found",
            format!("Unable to extract tag using discriminator '{tag}'"),
        ),
    }
}

/// Notes that no kind is called `found`.
pub fn unknown_tag<T>(reader: &mut Reader, found: &str, tag: &str, expected: &str) -> Option<T> {
    let message = format!(
        "Input tag '{found}' found using '{tag}' does not match any of the expected tags: {expected}"
    );
    reader.refuse("union_tag_invalid", message)
}

/// `'a', 'b' or 'c'`.
fn alternatives(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

fn plural(number: usize, noun: &str) -> String {
    if number == 1 {
        noun.to_owned()
    } else {
        format!("{noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_problem_is_listed_with_its_location() {
        let body = json!({"name": "", "tags": ["a", 3], "status": "odd"});
        let problems = read("body", |reader| {
            let mut keys = reader.object(body)?;
            let name = keys.required("name", text(1..=3));
            let tags = keys.required("tags", list(1..=2, any_text));
            let status = keys.required("status", word(&["draft", "ready"]));
            let id = keys.required("id", uuid);
            Some((name?, tags?, status?, id?))
        })
        .unwrap_err();
        let told: Vec<String> = problems
            .iter()
            .map(|problem| serde_json::to_string(problem).unwrap())
            .collect();
        assert_eq!(
            told,
            [
                r#"{"type":"string_too_short","loc":["body","name"],"msg":"String should have at least 1 character"}"#,
                r#"{"type":"string_type","loc":["body","tags",1],"msg":"Input should be a valid string"}"#,
                r#"{"type":"enum","loc":["body","status"],"msg":"Input should be 'draft' or 'ready'"}"#,
                r#"{"type":"missing","loc":["body","id"],"msg":"Field required"}"#,
            ]
        );
    }
}
