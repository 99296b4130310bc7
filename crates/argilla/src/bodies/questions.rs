//! Questions. Their settings are read by the keys that each kind lists; no kind is named here.

use crate::{
    schema::{Keys, Reader, boolean, integer, list, map, tag, text, unknown_tag, word},
    shapes,
};
use examen_core::annotation::{
    QuestionSettings,
    questions::{Key, ListedKind, Presence, Shape},
};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// `POST /datasets/{id}/questions`.
#[derive(Debug, Clone, PartialEq, ToSchema)]
pub struct NewQuestion {
    /// The name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The title.
    #[schema(min_length = 1, max_length = 500)]
    pub title: String,
    /// A short explanation.
    #[schema(min_length = 1, max_length = 1000)]
    pub description: Option<String>,
    /// Requires an answer in every submitted response.
    #[schema(value_type = Option<bool>, default = false)]
    pub required: bool,
    /// The kind.
    #[schema(value_type = shapes::QuestionSettings)]
    pub settings: QuestionSettings,
}

impl NewQuestion {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        let name = keys.required("name", text(1..=200));
        let title = keys.required("title", text(1..=500));
        let description = keys.optional("description", text(1..=1_000));
        let required = keys.optional("required", boolean);
        let settings = keys.required("settings", question_settings);
        Some(Self {
            name: name?,
            title: title?,
            description: description?,
            required: required?.unwrap_or(false),
            settings: settings?,
        })
    }
}

/// `PATCH /questions/{id}`: what is not given stays.
#[derive(Debug, Clone, PartialEq, ToSchema)]
pub struct QuestionChange {
    /// The title.
    #[schema(min_length = 1, max_length = 500, nullable = false)]
    pub title: Option<String>,
    /// A short explanation.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 1000)]
    pub description: Option<Option<String>>,
    /// Keys of the settings; read them with [`question_settings`] once they are merged into those that are there.
    #[schema(nullable = false)]
    pub settings: Option<Map<String, Value>>,
}

impl QuestionChange {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        keys.never_null(&["title", "settings"])?;
        let title = keys.optional("title", text(1..=500));
        let description = keys.change("description", text(1..=1_000));
        let settings = keys.optional("settings", map);
        Some(Self {
            title: title?,
            description: description?,
            settings: settings?,
        })
    }
}

/// Settings of a question, of any kind.
pub fn question_settings(reader: &mut Reader, value: Value) -> Option<QuestionSettings> {
    let (kind, settings) = settings_of(QuestionSettings::KINDS, reader, value)?;
    reader.within(kind, |reader| {
        let settings: QuestionSettings = match serde_json::from_value(settings) {
            Ok(settings) => settings,
            Err(error) => return reader.refuse_value(&error.to_string()),
        };
        match settings.check_settings() {
            Ok(()) => Some(settings),
            Err(error) => reader.refuse_value(&error.to_string()),
        }
    })
}

/// The name of the kind, one of `kinds`, and the keys that it has, in JSON with their `type`.
fn settings_of(
    kinds: &'static [ListedKind],
    reader: &mut Reader,
    value: Value,
) -> Option<(&'static str, Value)> {
    let expected: Vec<String> = kinds
        .iter()
        .map(|kind| format!("<QuestionType.{0}: '{0}'>", kind.name))
        .collect();
    let expected = expected.join(", ");
    let found = tag(reader, &value, "type", &expected)?;
    let Some(kind) = kinds.iter().find(|kind| kind.name == found) else {
        return unknown_tag(reader, &found, "type", &expected);
    };
    let mut settings = reader.within(kind.name, |reader| object(kind.keys, reader, value))?;
    settings.insert("type".to_owned(), kind.name.into());
    Some((kind.name, settings.into()))
}

/// An object with these keys; others are ignored. Every problem is noted.
fn object(keys: &[Key], reader: &mut Reader, value: Value) -> Option<Map<String, Value>> {
    let mut found = reader.object(value)?;
    let read: Vec<Option<Option<(String, Value)>>> =
        keys.iter().map(|key| pair(key, &mut found)).collect();
    let read: Option<Vec<_>> = read.into_iter().collect();
    Some(read?.into_iter().flatten().collect())
}

/// A key with its value; `Some(None)` where it is left out.
fn pair(key: &Key, found: &mut Keys) -> Option<Option<(String, Value)>> {
    let read = |reader: &mut Reader, value| of_shape(&key.shape, reader, value);
    let value = match key.presence {
        Presence::Required => found.required(key.name, read).map(Some),
        Presence::Optional if !found.has(key.name) => Some(None),
        Presence::Optional => found.required(key.name, read).map(Some),
        Presence::Nullable => found.optional(key.name, read),
    };
    Some(value?.map(|value| (key.name.to_owned(), value)))
}

fn of_shape(shape: &Shape, reader: &mut Reader, value: Value) -> Option<Value> {
    match shape {
        Shape::Boolean => boolean(reader, value).map(Value::from),
        Shape::Integer(range) => integer(range.clone())(reader, value).map(Value::from),
        Shape::Text(length) => text(length.clone())(reader, value).map(Value::from),
        Shape::Word(words) => word(words)(reader, value).map(|index| words[index].into()),
        Shape::List(length, keys) => {
            let item = |reader: &mut Reader, value| object(keys, reader, value);
            list(length.clone(), item)(reader, value).map(Value::from_iter)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;
    use examen_core::annotation::questions::Example;
    use serde_json::json;

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    /// A kind that the product does not have, as it would stand in the list.
    const WITH_ONE_MORE: &[ListedKind] = &[
        QuestionSettings::KINDS[0],
        ListedKind {
            name: "slider",
            keys: &[
                Key::required("from", Shape::Integer(0..=i64::MAX)),
                Key::nullable("unit", Shape::Text(1..=9)),
                Key::optional(
                    "marks",
                    Shape::List(1..=3, &[Key::required("on", Shape::Boolean)]),
                ),
            ],
            example: Example {
                settings: r#"{"type": "slider", "from": 3, "marks": [{"on": true}]}"#,
                answer: "4",
                refused: "2",
            },
            is_on_page: false,
        },
    ];

    #[test]
    fn a_kind_in_the_list_is_read_by_its_keys() {
        let read =
            |value: Value| schema::read("body", |reader| settings_of(WITH_ONE_MORE, reader, value));
        let written = WITH_ONE_MORE[1].example.settings;
        let more = json(&written.replace("\"marks\"", "\"unit\": null, \"odd\": 1, \"marks\""));
        assert_eq!(read(more), Ok(("slider", json(written))));
        let problems =
            read(json!({"type": "slider", "from": -1, "marks": [{"on": 1}]})).unwrap_err();
        let told: Vec<String> = problems
            .iter()
            .map(|problem| serde_json::to_string(&problem.loc).unwrap())
            .collect();
        assert_eq!(
            told,
            [
                r#"["body","slider","from"]"#,
                r#"["body","slider","marks",0,"on"]"#
            ]
        );
        let unknown = read(json!({"type": "scale"})).unwrap_err();
        assert!(
            unknown[0]
                .msg
                .ends_with("<QuestionType.text: 'text'>, <QuestionType.slider: 'slider'>")
        );
        let shape = shapes::question_settings(WITH_ONE_MORE);
        assert_eq!(
            shape["oneOf"][1],
            json!({
                "type": "object",
                "properties": {
                    "type": {"type": "string", "enum": ["slider"]},
                    "from": {"type": "integer", "minimum": 0},
                    "unit": {"type": ["string", "null"], "minLength": 1, "maxLength": 9},
                    "marks": {"type": "array", "items": {
                        "type": "object", "properties": {"on": {"type": "boolean"}}, "required": ["on"],
                    }, "minItems": 1, "maxItems": 3},
                },
                "required": ["type", "from"],
            })
        );
    }

    #[test]
    fn the_example_of_every_kind_is_read_as_it_was_sent() {
        for kind in QuestionSettings::KINDS {
            let sent = json(kind.example.settings);
            let read = schema::read("body", |reader| question_settings(reader, sent.clone()));
            assert_eq!(
                serde_json::to_value(read.unwrap()).unwrap(),
                sent,
                "{}",
                kind.name
            );
        }
    }
}
