//! Shapes of JSON for an OpenAPI document: those of the data model's kinds of fields, questions and metadata, and of words
//! out of a list. What is read and checked by hand is described by hand, with the same limits.

use examen_core::annotation::{
    self,
    questions::{Key, ListedKind, Presence, Shape},
};
use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

/// Roles of users.
pub const ROLES: &[&str] = &["owner", "admin", "annotator"];

/// The names of the events that a webhook can be called for.
pub const EVENTS: &[&str] = &[
    "dataset.created",
    "dataset.updated",
    "dataset.deleted",
    "dataset.published",
    "record.created",
    "record.updated",
    "record.deleted",
    "record.completed",
    "response.created",
    "response.updated",
    "response.deleted",
];

/// Types without values that stand for a shape in the fields of other types.
macro_rules! shapes {
    ($($(#[$documentation:meta])* $name:ident = $json:expr;)*) => {
        $(
            $(#[$documentation])*
            #[derive(Debug)]
            pub enum $name {}

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    written($json)
                }
            }

            impl ToSchema for $name {}
        )*
    };
}

shapes! {
    /// Role of a user.
    Role = words(ROLES);
    /// Status of a dataset: a `ready` one takes records.
    DatasetStatus = words(&["draft", "ready"]);
    /// Status of a record: a `completed` one has the responses that it needs.
    RecordStatus = words(&["pending", "completed"]);
    /// Status of a response: only `submitted` ones count.
    ResponseStatus = words(&["draft", "submitted", "discarded"]);
    /// Source of a suggestion.
    SuggestionKind = words(&["model", "human"]);
    /// Rule by which records are completed.
    Strategy = words(&["overlap"]);
    /// Event that a webhook can be called for.
    Event = words(EVENTS);
    /// Confidence of an agent: a number, or one for each of a list of answers.
    Score = json!({"oneOf": [probability(), {"type": "array", "items": probability()}]});
    /// The kind of a field.
    FieldSettings = json!({"oneOf": [
        kind("text", json!({"use_markdown": {"type": "boolean"}}), &[]),
        kind("image", json!({}), &[]),
        kind("chat", json!({"use_markdown": {"type": "boolean"}}), &[]),
        kind("custom", json!({"template": text(1, 1_000_000), "advanced_mode": {"type": "boolean"}}), &["template"]),
    ]});
    /// The kind of a question.
    QuestionSettings = question_settings(annotation::QuestionSettings::KINDS);
    /// The kind of a metadata property.
    MetadataSettings = json!({"oneOf": [
        kind("terms", json!({"values": {"type": ["array", "null"], "items": any(), "minItems": 1, "maxItems": 250}}), &[]),
        kind("integer", json!({"min": {"type": ["integer", "null"]}, "max": {"type": ["integer", "null"]}}), &[]),
        kind("float", json!({"min": {"type": ["number", "null"]}, "max": {"type": ["number", "null"]}}), &[]),
    ]});
}

/// A shape as it is written.
pub(crate) fn written(json: Value) -> RefOr<Schema> {
    serde_json::from_value(json).expect("the shape is one that OpenAPI has")
}

/// One of several words.
pub(crate) fn words(words: &[&str]) -> Value {
    json!({"type": "string", "enum": words})
}

/// A text of so many characters.
pub(crate) fn text(least: usize, most: usize) -> Value {
    json!({"type": "string", "minLength": least, "maxLength": most})
}

/// A list of so many items.
pub(crate) fn list(items: Value, least: usize, most: usize) -> Value {
    json!({"type": "array", "items": items, "minItems": least, "maxItems": most})
}

/// An object that a word tells apart from others.
pub(crate) fn tagged(tag: &str, word: &str, properties: Value, required: &[&str]) -> Value {
    let mut all = json!({ tag: words(&[word]) });
    if let (Some(all), Value::Object(properties)) = (all.as_object_mut(), properties) {
        all.extend(properties);
    }
    let required: Vec<&str> = [tag].iter().chain(required).copied().collect();
    json!({"type": "object", "properties": all, "required": required})
}

fn kind(kind: &str, properties: Value, required: &[&str]) -> Value {
    tagged("type", kind, properties, required)
}

fn probability() -> Value {
    json!({"type": "number", "minimum": 0, "maximum": 1})
}

/// The settings of any of these kinds.
pub(crate) fn question_settings(kinds: &[ListedKind]) -> Value {
    let one_of: Vec<Value> = kinds
        .iter()
        .map(|listed| kind(listed.name, properties(listed.keys), &required(listed.keys)))
        .collect();
    json!({ "oneOf": one_of })
}

fn properties(keys: &[Key]) -> Value {
    keys.iter()
        .map(|key| (key.name.to_owned(), value_of(key)))
        .collect()
}

fn required(keys: &[Key]) -> Vec<&'static str> {
    keys.iter()
        .filter(|key| key.presence == Presence::Required)
        .map(|key| key.name)
        .collect()
}

fn value_of(key: &Key) -> Value {
    let mut shape = match &key.shape {
        Shape::Boolean => json!({"type": "boolean"}),
        Shape::Integer(range) if *range.end() == i64::MAX => {
            json!({"type": "integer", "minimum": range.start()})
        }
        Shape::Integer(range) => {
            json!({"type": "integer", "minimum": range.start(), "maximum": range.end()})
        }
        Shape::Text(length) => text(*length.start(), *length.end()),
        Shape::Word(known) => words(known),
        Shape::List(length, keys) => {
            let properties = properties(keys);
            let item =
                json!({"type": "object", "properties": properties, "required": required(keys)});
            list(item, *length.start(), *length.end())
        }
    };
    if key.presence == Presence::Nullable {
        shape["type"] = json!([shape["type"], "null"]);
    }
    shape
}

fn any() -> Value {
    json!({"type": ["string", "number", "boolean", "object", "array", "null"]})
}
