//! Kinds of vectors. They can come and go while records are there.

use crate::{
    server::{
        AppState,
        argilla::{
            caller::{Caller, Need},
            refused::Refused,
            request::{Body, Id},
            wire,
        },
    },
    store::{Refusal, Schema, VectorSettings},
};
use axum::{Json, extract::State, http::StatusCode};
use examen_argilla::{
    answers::{self, Items},
    bodies,
};

/// Most kinds of vectors of a dataset.
const MAX_KINDS: usize = 5;

type Shown = Json<answers::VectorSettings>;

/// The kinds of vectors of a dataset.
#[utoipa::path(
    get,
    path = "/datasets/{dataset_id}/vectors-settings",
    responses((status = 200, body = Items<answers::VectorSettings>))
)]
pub(in super::super) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<Items<answers::VectorSettings>>, Refused> {
    caller.dataset(&state, id, Need::Member).await?;
    Ok(Json(
        state
            .store
            .parts(id)
            .await?
            .into_iter()
            .map(wire::vector_settings)
            .collect(),
    ))
}

/// Adds a kind of vector.
#[utoipa::path(
    post,
    path = "/datasets/{dataset_id}/vectors-settings",
    request_body = bodies::NewVectorSettings,
    responses((status = 201, body = answers::VectorSettings))
)]
pub(in super::super) async fn create(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
    body: Body,
) -> Result<(StatusCode, Shown), Refused> {
    let new = body.read(bodies::NewVectorSettings::read)?;
    caller.dataset(&state, id, Need::Admin).await?;
    let settings = VectorSettings {
        name: new.name,
        title: new.title,
        dimensions: new.dimensions,
    };
    let check = |schema: &Schema| match schema.vectors_settings.len() < MAX_KINDS {
        true => Ok(()),
        false => Err(Refusal::TooManyVectors {
            dataset: schema.dataset.id,
        }),
    };
    let part = state
        .store
        .insert_part(id, settings, state.clock.now(), check)
        .await?;
    Ok((StatusCode::CREATED, Json(wire::vector_settings(part))))
}

/// Changes a kind of vector.
#[utoipa::path(
    patch,
    path = "/vectors-settings/{vector_settings_id}",
    request_body = bodies::VectorSettingsChange,
    responses((status = 200, body = answers::VectorSettings))
)]
pub(in super::super) async fn update(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
    body: Body,
) -> Result<Shown, Refused> {
    let change = body.read(bodies::VectorSettingsChange::read)?;
    let mut part = state.store.part::<VectorSettings>(id).await?;
    caller.dataset(&state, part.dataset_id, Need::Admin).await?;
    if let Some(title) = change.title {
        part.value.title = title;
    }
    part.updated_at = state.clock.now();
    state.store.update_part(&part, part.updated_at).await?;
    Ok(Json(wire::vector_settings(part)))
}

/// Deletes a kind of vector.
#[utoipa::path(
    delete,
    path = "/vectors-settings/{vector_settings_id}",
    responses((status = 200, body = answers::VectorSettings))
)]
pub(in super::super) async fn delete(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Shown, Refused> {
    let part = state.store.part::<VectorSettings>(id).await?;
    caller.dataset(&state, part.dataset_id, Need::Admin).await?;
    state
        .store
        .delete_part(&part, state.clock.now(), |_| Ok(()))
        .await?;
    Ok(Json(wire::vector_settings(part)))
}
