//! Fields.

use super::{Created, Listed, Shown, WirePart, changed, must_be_draft};
use crate::{
    server::{
        AppState,
        argilla::{
            caller::Caller,
            refused::Refused,
            request::{Body, Id},
            wire,
        },
        guarding::Audit,
    },
    store::{Part, Refusal, Schema},
};
use axum::extract::State;
use examen_argilla::{
    answers::{self, Items},
    bodies,
    schema::Reader,
};
use examen_core::annotation::Field;
use serde_json::Value;

impl WirePart for Field {
    type Change = bodies::FieldChange;
    type Answer = answers::Field;

    fn read_new(reader: &mut Reader, body: Value) -> Option<Self> {
        let new = bodies::NewField::read(reader, body)?;
        Some(Self {
            name: new.name,
            title: new.title,
            required: new.required,
            settings: new.settings,
        })
    }

    fn read_change(reader: &mut Reader, body: Value) -> Option<Self::Change> {
        Self::Change::read(reader, body)
    }

    fn change(&mut self, change: Self::Change) -> Result<(), Refused> {
        if let Some(settings) = change.settings {
            let old = &self.settings;
            self.settings = changed("field", old, old.kind(), settings, bodies::field_settings)?;
        }
        if let Some(title) = change.title {
            self.title = title;
        }
        Ok(())
    }

    fn answer(part: Part<Self>) -> Self::Answer {
        wire::field(part)
    }

    fn check_new(&self, schema: &Schema) -> Result<(), Refusal> {
        must_be_draft(schema, "Field", "created")
    }

    fn check_deletion(schema: &Schema) -> Result<(), Refusal> {
        must_be_draft(schema, "Fields", "deleted")
    }
}

/// The fields of a dataset.
#[utoipa::path(
    get,
    path = "/datasets/{dataset_id}/fields",
    responses((status = 200, body = Items<answers::Field>))
)]
pub(in super::super) async fn list(
    state: State<AppState>,
    caller: Caller,
    id: Id,
) -> Listed<Field> {
    super::list::<Field>(state, caller, id).await
}

/// Adds a field.
#[utoipa::path(
    post,
    path = "/datasets/{dataset_id}/fields",
    request_body = bodies::NewField,
    responses((status = 201, body = answers::Field))
)]
pub(in super::super) async fn create(
    state: State<AppState>,
    caller: Caller,
    audit: Audit,
    id: Id,
    body: Body,
) -> Created<Field> {
    super::create::<Field>(state, caller, audit, id, body).await
}

/// Changes a field.
#[utoipa::path(
    patch,
    path = "/fields/{field_id}",
    request_body = bodies::FieldChange,
    responses((status = 200, body = answers::Field))
)]
pub(in super::super) async fn update(
    state: State<AppState>,
    caller: Caller,
    audit: Audit,
    id: Id,
    body: Body,
) -> Shown<Field> {
    super::update::<Field>(state, caller, audit, id, body).await
}

/// Deletes a field.
#[utoipa::path(
    delete,
    path = "/fields/{field_id}",
    responses((status = 200, body = answers::Field))
)]
pub(in super::super) async fn delete(
    state: State<AppState>,
    caller: Caller,
    audit: Audit,
    id: Id,
) -> Shown<Field> {
    super::delete::<Field>(state, caller, audit, id).await
}
