//! What a record, a suggestion and a response must be like to be stored. Pure; reasons are sentences for the person who
//! sent it, in Argilla's words.

use crate::store::datasets::Schema;
use examen_argilla::bodies::NewSuggestion;
use examen_core::annotation::{Answer, Question, ResponseStatus};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Checks the fields of a record: known ones, of their kind, and all that are required.
pub fn fields(schema: &Schema, fields: &Map<String, Value>) -> Result<(), String> {
    if fields.is_empty() {
        return Err("fields cannot be empty".to_owned());
    }
    let missing = |name: &str| fields.get(name).is_none_or(Value::is_null);
    if let Some(field) = schema
        .fields
        .iter()
        .find(|field| field.value.required && missing(&field.value.name))
    {
        return Err(format!(
            "missing required value for field: '{}'",
            field.value.name
        ));
    }
    let known = |name: &str| schema.fields.iter().find(|field| field.value.name == name);
    let unknown: Vec<String> = fields
        .keys()
        .filter(|name| known(name).is_none())
        .map(|name| format!("'{}'", shown(name)))
        .collect();
    if !unknown.is_empty() {
        return Err(format!(
            "found fields values for non configured fields: [{}]",
            unknown.join(", ")
        ));
    }
    for field in &schema.fields {
        match fields.get(&field.value.name) {
            None | Some(Value::Null) => {}
            Some(value) => field
                .value
                .settings
                .check(&field.value.name, value)
                .map_err(|error| error.to_string())?,
        }
    }
    Ok(())
}

/// Checks what is known about a record: values of their property's kind, and no others unless the dataset allows it.
pub fn metadata(schema: &Schema, metadata: &Map<String, Value>) -> Result<(), String> {
    for (name, value) in metadata {
        let checked = match schema.property_named(name) {
            Some(property) => property
                .value
                .settings
                .check(name, value)
                .map_err(|error| error.to_string()),
            None if schema.dataset.allow_extra_metadata => Ok(()),
            None => Err(format!(
                "'{}' metadata property does not exists for dataset '{}' and extra metadata is not allowed for this dataset",
                shown(name),
                schema.dataset.id
            )),
        };
        checked.map_err(|reason| format!("metadata is not valid: {reason}"))?;
    }
    Ok(())
}

/// Checks a suggestion for `question` and brings its value into the form in which it is stored.
pub fn suggestion(
    question: &Question,
    fields: &Map<String, Value>,
    suggestion: &mut NewSuggestion,
) -> Result<(), String> {
    let answer = Answer {
        fields,
        submitted: false,
    };
    suggestion.value = question
        .settings
        .checked(std::mem::take(&mut suggestion.value), answer)
        .map_err(|error| error.to_string())?;
    match (&suggestion.value, &suggestion.score) {
        (_, None) => Ok(()),
        (Value::Array(_), Some(Value::Number(_))) => Err(
            "a single score value is not allowed for a suggestion with a multiple items value"
                .to_owned(),
        ),
        (Value::Array(values), Some(Value::Array(scores))) if values.len() != scores.len() => {
            Err("number of items on value and score attributes doesn't match".to_owned())
        }
        (Value::Array(_), Some(_)) | (_, Some(Value::Number(_))) => Ok(()),
        (_, Some(_)) => Err(
            "a list of score values is not allowed for a suggestion with a single value".to_owned(),
        ),
    }
}

/// Checks a response, and brings its values into the form in which they are stored: known questions, values of their
/// kind, and, where it is submitted, an answer to every required question. Drafts and discarded ones may be incomplete.
pub fn response(
    schema: &Schema,
    fields: &Map<String, Value>,
    status: ResponseStatus,
    values: Option<Map<String, Value>>,
) -> Result<Map<String, Value>, String> {
    let submitted = status == ResponseStatus::Submitted;
    let values = values.unwrap_or_default();
    if submitted && values.is_empty() {
        return Err("missing response values for submitted response".to_owned());
    }
    let missing = |question: &Question| question.required && !values.contains_key(&question.name);
    if let Some(question) = schema
        .questions
        .iter()
        .find(|question| submitted && missing(&question.value))
    {
        return Err(format!(
            "missing response value for required question with name='{}'",
            question.value.name
        ));
    }
    let checked = values.into_iter().map(|(name, value)| {
        let Some(question) = schema.question_named(&name) else {
            return Err(format!(
                "found response value for non configured question with name='{}'",
                shown(&name)
            ));
        };
        let value = question
            .value
            .settings
            .checked(value, Answer { fields, submitted })
            .map_err(|error| error.to_string())?;
        Ok((name, value))
    });
    checked.collect()
}

/// Checks a vector; returns the id of its kind.
pub fn vector(schema: &Schema, name: &str, numbers: &[f64]) -> Result<Uuid, String> {
    let Some(settings) = schema.vectors_named(name) else {
        let dataset = schema.dataset.id;
        return Err(format!(
            "vector with name={} does not exist for dataset_id={dataset}",
            shown(name)
        ));
    };
    let (wanted, found) = (settings.value.dimensions as usize, numbers.len());
    if wanted != found {
        return Err(format!(
            "vector value for vector name={name} must have {wanted} elements, got {found} elements"
        ));
    }
    Ok(settings.id)
}

/// The beginning of what somebody sent, for a message.
fn shown(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}
