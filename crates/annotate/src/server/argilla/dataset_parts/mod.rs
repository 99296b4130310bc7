//! The parts of a dataset: fields, questions, metadata properties and kinds of vectors. All four are listed, added,
//! changed and deleted here; the file of each says what is its own, and documents its routes.

pub(super) mod fields;
pub(super) mod metadata_properties;
pub(super) mod questions;
pub(super) mod vectors_settings;

use super::{
    caller::{Caller, Need},
    refused::{Refused, invalid},
    request::{Body, Id},
};
use crate::{
    server::{AppState, guarding::Audit},
    store::{DatasetPart, DatasetStatus, Part, Refusal, Role, Schema},
};
use axum::{Json, extract::State, http::StatusCode};
use examen_argilla::{
    answers::Items,
    schema::{self, Reader},
};
use serde::Serialize;
use serde_json::{Map, Value};

/// A kind of part, as Argilla's clients see it.
pub(super) trait WirePart: DatasetPart + Clone {
    /// The body that changes one.
    type Change;
    /// The form in which it is sent.
    type Answer: Serialize;

    /// Reads the body that adds one.
    fn read_new(reader: &mut Reader, body: Value) -> Option<Self>;

    /// Reads the body that changes one.
    fn read_change(reader: &mut Reader, body: Value) -> Option<Self::Change>;

    /// Changes it.
    fn change(&mut self, change: Self::Change) -> Result<(), Refused>;

    /// Brings it into the form in which it is sent.
    fn answer(part: Part<Self>) -> Self::Answer;

    /// `true` if members with this role see it.
    fn is_visible_for(&self, _role: Role) -> bool {
        true
    }

    /// Checks that it can be added to a dataset.
    fn check_new(&self, _schema: &Schema) -> Result<(), Refusal> {
        Ok(())
    }

    /// Checks that parts of this kind can be deleted from a dataset.
    fn check_deletion(_schema: &Schema) -> Result<(), Refusal> {
        Ok(())
    }
}

type Listed<T> = Result<Json<Items<<T as WirePart>::Answer>>, Refused>;
type Created<T> = Result<(StatusCode, Json<<T as WirePart>::Answer>), Refused>;
type Shown<T> = Result<Json<<T as WirePart>::Answer>, Refused>;

/// Lists the parts of a dataset that the caller sees.
async fn list<T: WirePart>(
    State(state): State<AppState>,
    caller: Caller,
    Id(dataset): Id,
) -> Listed<T> {
    caller.dataset(&state, dataset, Need::Member).await?;
    let parts = state.store.parts::<T>(dataset).await?;
    let visible = parts
        .into_iter()
        .filter(|part| part.value.is_visible_for(caller.0.role));
    Ok(Json(visible.map(T::answer).collect()))
}

/// Adds a part to a dataset.
async fn create<T: WirePart>(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(dataset): Id,
    body: Body,
) -> Created<T> {
    let new = body.read(T::read_new)?;
    caller.dataset(&state, dataset, Need::Admin).await?;
    let added = new.clone();
    let check = move |schema: &Schema| added.check_new(schema);
    let part = audit
        .acting(&state)
        .insert_part(dataset, new, state.clock.now(), check)
        .await?;
    Ok((StatusCode::CREATED, Json(T::answer(part))))
}

/// Changes a part.
async fn update<T: WirePart>(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(id): Id,
    body: Body,
) -> Shown<T> {
    let change = body.read(T::read_change)?;
    let mut part = state.store.part::<T>(id).await?;
    caller.dataset(&state, part.dataset_id, Need::Admin).await?;
    part.value.change(change)?;
    part.updated_at = state.clock.now();
    audit
        .acting(&state)
        .update_part(&part, part.updated_at)
        .await?;
    Ok(Json(T::answer(part)))
}

/// Deletes a part.
async fn delete<T: WirePart>(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(id): Id,
) -> Shown<T> {
    let part = state.store.part::<T>(id).await?;
    caller.dataset(&state, part.dataset_id, Need::Admin).await?;
    audit
        .acting(&state)
        .delete_part(&part, state.clock.now(), T::check_deletion)
        .await?;
    Ok(Json(T::answer(part)))
}

/// Refuses to add or delete fields and questions once a dataset is published.
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
    read: impl FnOnce(&mut Reader, Value) -> Option<T>,
) -> Result<T, Refused> {
    if let Some(found) = change.get("type").and_then(Value::as_str)
        && found != kind
    {
        let reason = format!("{noun} type cannot be changed. expected '{kind}' but got '{found}'");
        return Err(invalid(reason));
    }
    let mut merged = serde_json::to_value(old).expect("settings are JSON");
    if let Some(map) = merged.as_object_mut() {
        map.extend(change);
    }
    Ok(schema::read("body", |reader| {
        reader.within("settings", |reader| read(reader, merged))
    })?)
}
