//! What a dataset is made of.

pub(super) mod fields;
pub(super) mod metadata_properties;
pub(super) mod questions;
pub(super) mod vectors_settings;

use super::refused::Refused;
use crate::store::{DatasetStatus, Refusal, Schema};
use examen_argilla::schema::{self, Reader};
use serde::Serialize;
use serde_json::{Map, Value};

/// Fields and questions stay once a dataset is published.
fn must_be_draft(schema: &Schema, what: &'static str, done: &'static str) -> Result<(), Refusal> {
    match schema.dataset.status {
        DatasetStatus::Draft => Ok(()),
        DatasetStatus::Ready => Err(Refusal::Frozen { what, done }),
    }
}

/// Settings with some of their keys changed. Their kind stays.
fn changed<T: Serialize>(
    noun: &str,
    old: &T,
    kind: &'static str,
    change: Map<String, Value>,
    how: impl FnOnce(&mut Reader, Value) -> Option<T>,
) -> Result<T, Refused> {
    if let Some(found) = change.get("type").and_then(Value::as_str)
        && found != kind
    {
        let reason = format!("{noun} type cannot be changed. expected '{kind}' but got '{found}'");
        return Err(super::refused::invalid(reason));
    }
    let mut merged = serde_json::to_value(old).expect("settings are JSON");
    if let Some(map) = merged.as_object_mut() {
        map.extend(change);
    }
    Ok(schema::read("body", |reader| {
        reader.within("settings", |reader| how(reader, merged))
    })?)
}
