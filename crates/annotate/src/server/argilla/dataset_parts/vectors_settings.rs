//! Kinds of vectors. They can come and go while records are there.

use super::{Created, Listed, Shown, WirePart};
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
    store::{Part, Refusal, Schema, VectorSettings},
};
use axum::extract::State;
use examen_argilla::{
    answers::{self, Items},
    bodies,
    schema::Reader,
};
use serde_json::Value;

/// Most kinds of vectors of a dataset.
const MAX_KINDS: usize = 5;

impl WirePart for VectorSettings {
    type Change = bodies::VectorSettingsChange;
    type Answer = answers::VectorSettings;

    fn read_new(reader: &mut Reader, body: Value) -> Option<Self> {
        let new = bodies::NewVectorSettings::read(reader, body)?;
        Some(Self {
            name: new.name,
            title: new.title,
            dimensions: new.dimensions,
        })
    }

    fn read_change(reader: &mut Reader, body: Value) -> Option<Self::Change> {
        Self::Change::read(reader, body)
    }

    fn change(&mut self, change: Self::Change) -> Result<(), Refused> {
        if let Some(title) = change.title {
            self.title = title;
        }
        Ok(())
    }

    fn answer(part: Part<Self>) -> Self::Answer {
        wire::vector_settings(part)
    }

    fn check_new(&self, schema: &Schema) -> Result<(), Refusal> {
        if schema.vectors_settings.len() < MAX_KINDS {
            return Ok(());
        }
        Err(Refusal::TooManyVectors {
            dataset: schema.dataset.id,
        })
    }
}

/// The kinds of vectors of a dataset.
#[utoipa::path(
    get,
    path = "/datasets/{dataset_id}/vectors-settings",
    responses((status = 200, body = Items<answers::VectorSettings>))
)]
pub(in super::super) async fn list(
    state: State<AppState>,
    caller: Caller,
    id: Id,
) -> Listed<VectorSettings> {
    super::list::<VectorSettings>(state, caller, id).await
}

/// Adds a kind of vector.
#[utoipa::path(
    post,
    path = "/datasets/{dataset_id}/vectors-settings",
    request_body = bodies::NewVectorSettings,
    responses((status = 201, body = answers::VectorSettings))
)]
pub(in super::super) async fn create(
    state: State<AppState>,
    caller: Caller,
    audit: Audit,
    id: Id,
    body: Body,
) -> Created<VectorSettings> {
    super::create::<VectorSettings>(state, caller, audit, id, body).await
}

/// Changes a kind of vector.
#[utoipa::path(
    patch,
    path = "/vectors-settings/{vector_settings_id}",
    request_body = bodies::VectorSettingsChange,
    responses((status = 200, body = answers::VectorSettings))
)]
pub(in super::super) async fn update(
    state: State<AppState>,
    caller: Caller,
    audit: Audit,
    id: Id,
    body: Body,
) -> Shown<VectorSettings> {
    super::update::<VectorSettings>(state, caller, audit, id, body).await
}

/// Deletes a kind of vector.
#[utoipa::path(
    delete,
    path = "/vectors-settings/{vector_settings_id}",
    responses((status = 200, body = answers::VectorSettings))
)]
pub(in super::super) async fn delete(
    state: State<AppState>,
    caller: Caller,
    audit: Audit,
    id: Id,
) -> Shown<VectorSettings> {
    super::delete::<VectorSettings>(state, caller, audit, id).await
}
