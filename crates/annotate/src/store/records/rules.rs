//! Rules on records, suggestions and responses. Pure: everything they need is in their arguments.

use super::item::NewSuggestion;
use crate::{RecordError, store::datasets::Schema};
use examen_core::annotation::{Answer, Question, ResponseStatus};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Checks the fields of a record: known ones, of their kind, and all that are required.
pub fn fields(schema: &Schema, fields: &Map<String, Value>) -> Result<(), RecordError> {
    if fields.is_empty() {
        return Err(RecordError::NoFields);
    }
    let missing = |name: &str| fields.get(name).is_none_or(Value::is_null);
    if let Some(field) = schema
        .fields
        .iter()
        .find(|field| field.value.required && missing(&field.value.name))
    {
        let name = field.value.name.clone();
        return Err(RecordError::MissingField { name });
    }
    let known = |name: &str| schema.fields.iter().find(|field| field.value.name == name);
    let unknown: Vec<String> = fields
        .keys()
        .filter(|name| known(name).is_none())
        .map(|name| format!("'{}'", shown(name)))
        .collect();
    if !unknown.is_empty() {
        return Err(RecordError::UnknownFields { names: unknown });
    }
    for field in &schema.fields {
        match fields.get(&field.value.name) {
            None | Some(Value::Null) => {}
            Some(value) => {
                let checked = field.value.settings.check(&field.value.name, value);
                checked.map_err(|error| RecordError::Field {
                    reason: error.to_string(),
                })?;
            }
        }
    }
    Ok(())
}

/// Checks what is known about a record: values of their property's kind, and no others unless the dataset allows it.
pub fn metadata(schema: &Schema, metadata: &Map<String, Value>) -> Result<(), RecordError> {
    for (name, value) in metadata {
        match schema.property_named(name) {
            Some(property) => {
                let checked = property.value.settings.check(name, value);
                checked.map_err(|error| RecordError::Metadata {
                    reason: error.to_string(),
                })?;
            }
            None if schema.dataset.allow_extra_metadata => {}
            None => {
                return Err(RecordError::UnknownMetadata {
                    name: shown(name),
                    dataset: schema.dataset.id,
                });
            }
        }
    }
    Ok(())
}

/// Checks a suggestion for `question` and brings its value into the form in which it is stored.
pub fn suggestion(
    question: &Question,
    fields: &Map<String, Value>,
    suggestion: &mut NewSuggestion,
) -> Result<(), RecordError> {
    let answer = Answer {
        fields,
        submitted: false,
    };
    suggestion.value = checked(question, std::mem::take(&mut suggestion.value), answer)?;
    match (&suggestion.value, &suggestion.score) {
        (_, None) => Ok(()),
        (Value::Array(_), Some(Value::Number(_))) => Err(RecordError::SingleScore),
        (Value::Array(values), Some(Value::Array(scores))) if values.len() != scores.len() => {
            Err(RecordError::ScoreCount)
        }
        (Value::Array(_), Some(_)) | (_, Some(Value::Number(_))) => Ok(()),
        (_, Some(_)) => Err(RecordError::ScoreList),
    }
}

/// Checks a response, and brings its values into the form in which they are stored: known questions, values of their
/// kind, and, where it is submitted, an answer to every required question. Drafts and discarded ones may be incomplete.
pub fn response(
    schema: &Schema,
    fields: &Map<String, Value>,
    status: ResponseStatus,
    values: Option<Map<String, Value>>,
) -> Result<Map<String, Value>, RecordError> {
    let submitted = status == ResponseStatus::Submitted;
    let values = values.unwrap_or_default();
    if submitted && values.is_empty() {
        return Err(RecordError::NoAnswers);
    }
    let missing = |question: &Question| question.required && !values.contains_key(&question.name);
    if let Some(question) = schema
        .questions
        .iter()
        .find(|question| submitted && missing(&question.value))
    {
        let name = question.value.name.clone();
        return Err(RecordError::MissingAnswer { name });
    }
    let answers = values.into_iter().map(|(name, value)| {
        let Some(question) = schema.question_named(&name) else {
            return Err(RecordError::UnknownAnswer { name: shown(&name) });
        };
        let value = checked(&question.value, value, Answer { fields, submitted })?;
        Ok((name, value))
    });
    answers.collect()
}

/// Checks a vector; returns the id of its kind.
pub fn vector(schema: &Schema, name: &str, numbers: &[f64]) -> Result<Uuid, RecordError> {
    let Some(settings) = schema.vectors_named(name) else {
        return Err(RecordError::UnknownVector {
            name: shown(name),
            dataset: schema.dataset.id,
        });
    };
    let (wanted, found) = (settings.value.dimensions as usize, numbers.len());
    if wanted != found {
        return Err(RecordError::VectorLength {
            name: name.to_owned(),
            wanted,
            found,
        });
    }
    Ok(settings.id)
}

/// An answer in the form in which it is stored, if the question takes it.
fn checked(question: &Question, value: Value, answer: Answer) -> Result<Value, RecordError> {
    let checked = question.settings.checked(value, answer);
    checked.map_err(|error| RecordError::Answer {
        reason: error.to_string(),
    })
}

/// The beginning of a text that somebody sent, for a message.
fn shown(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
