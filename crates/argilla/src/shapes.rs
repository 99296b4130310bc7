//! Shapes of JSON for an OpenAPI document: those of the data model's kinds of fields, questions and metadata, and of words
//! out of a list. What is read and checked by hand is described by hand, with the same limits.

use crate::bodies::{EVENTS, ROLES};
use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

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
    /// What a user may do.
    Role = words(ROLES);
    /// Whether records can be added.
    DatasetStatus = words(&["draft", "ready"]);
    /// Whether a record has the responses that it needs.
    RecordStatus = words(&["pending", "completed"]);
    /// Whether a response counts.
    ResponseStatus = words(&["draft", "submitted", "discarded"]);
    /// What proposes an answer.
    SuggestionKind = words(&["model", "human"]);
    /// When a record is completed.
    Strategy = words(&["overlap"]);
    /// What a webhook can be called for.
    Event = words(EVENTS);
    /// How sure an agent is: a number, or one for each of a list of answers.
    Score = json!({"oneOf": [probability(), {"type": "array", "items": probability()}]});
    /// The kind of a field.
    FieldSettings = json!({"oneOf": [
        kind("text", json!({"use_markdown": {"type": "boolean"}}), &[]),
        kind("image", json!({}), &[]),
        kind("chat", json!({"use_markdown": {"type": "boolean"}}), &[]),
        kind("custom", json!({"template": text(1, 1_000_000), "advanced_mode": {"type": "boolean"}}), &["template"]),
    ]});
    /// The kind of a question.
    QuestionSettings = json!({"oneOf": [
        kind("text", json!({"use_markdown": {"type": "boolean"}}), &[]),
        kind("rating", json!({"options": list(rating(), 2, 11)}), &["options"]),
        kind("label_selection", labels(2, json!({})), &["options"]),
        kind("multi_label_selection", labels(2, json!({"options_order": words(&["natural", "suggestion"])})), &["options"]),
        kind("ranking", json!({"options": list(label(), 2, 50)}), &["options"]),
        kind("span", labels(1, json!({
            "field": text(1, 200),
            "allow_overlapping": {"type": "boolean"},
            "allow_character_annotation": {"type": "boolean"},
        })), &["field", "options"]),
    ]});
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

fn rating() -> Value {
    let value = json!({"type": "integer", "minimum": 0, "maximum": 10});
    json!({"type": "object", "properties": {"value": value}, "required": ["value"]})
}

fn label() -> Value {
    let mut description = text(1, 1_000);
    description["type"] = json!(["string", "null"]);
    let properties =
        json!({"value": text(1, 200), "text": text(1, 500), "description": description});
    json!({"type": "object", "properties": properties, "required": ["value", "text"]})
}

/// The properties of a kind that has labels, with others besides.
fn labels(least: usize, others: Value) -> Value {
    let visible = json!({"type": ["integer", "null"], "minimum": 3});
    let mut properties = json!({"options": list(label(), least, 500), "visible_options": visible});
    if let (Some(properties), Value::Object(others)) = (properties.as_object_mut(), others) {
        properties.extend(others);
    }
    properties
}

fn any() -> Value {
    json!({"type": ["string", "number", "boolean", "object", "array", "null"]})
}
