//! Fields.

use super::{changed, must_be_draft};
use crate::server::{
    AppState,
    argilla::{
        caller::{Caller, Need},
        refused::Refused,
        request::{Body, Id},
        wire,
    },
};
use axum::{Json, extract::State, http::StatusCode};
use examen_argilla::{
    answers::{self, Items},
    bodies,
};
use examen_core::annotation::Field;

type Shown = Json<answers::Field>;

/// The fields of a dataset.
#[utoipa::path(get, path = "/datasets/{dataset_id}/fields", responses((status = 200, body = Items<answers::Field>)))]
pub(in super::super) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<Items<answers::Field>>, Refused> {
    caller.dataset(&state, id, Need::Member).await?;
    Ok(Json(
        state
            .store
            .parts(id)
            .await?
            .into_iter()
            .map(wire::field)
            .collect(),
    ))
}

/// Adds a field.
#[utoipa::path(
    post,
    path = "/datasets/{dataset_id}/fields",
    request_body = bodies::NewField,
    responses((status = 201, body = answers::Field))
)]
pub(in super::super) async fn create(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
    body: Body,
) -> Result<(StatusCode, Shown), Refused> {
    let new = body.read(bodies::NewField::read)?;
    caller.dataset(&state, id, Need::Admin).await?;
    let field = Field {
        name: new.name,
        title: new.title,
        required: new.required,
        settings: new.settings,
    };
    let check = |schema: &_| must_be_draft(schema, "Field", "created");
    let part = state
        .store
        .insert_part(id, field, state.clock.now(), check)
        .await?;
    Ok((StatusCode::CREATED, Json(wire::field(part))))
}

/// Changes a field.
#[utoipa::path(
    patch,
    path = "/fields/{field_id}",
    request_body = bodies::FieldChange,
    responses((status = 200, body = answers::Field))
)]
pub(in super::super) async fn update(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
    body: Body,
) -> Result<Shown, Refused> {
    let change = body.read(bodies::FieldChange::read)?;
    let mut part = state.store.part::<Field>(id).await?;
    caller.dataset(&state, part.dataset_id, Need::Admin).await?;
    if let Some(settings) = change.settings {
        let old = &part.value.settings;
        part.value.settings = changed("field", old, old.kind(), settings, bodies::field_settings)?;
    }
    if let Some(title) = change.title {
        part.value.title = title;
    }
    part.updated_at = state.clock.now();
    state.store.update_part(&part, part.updated_at).await?;
    Ok(Json(wire::field(part)))
}

/// Deletes a field.
#[utoipa::path(delete, path = "/fields/{field_id}", responses((status = 200, body = answers::Field)))]
pub(in super::super) async fn delete(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Shown, Refused> {
    let part = state.store.part::<Field>(id).await?;
    caller.dataset(&state, part.dataset_id, Need::Admin).await?;
    state
        .store
        .delete_part(&part, state.clock.now(), |schema| {
            must_be_draft(schema, "Fields", "deleted")
        })
        .await?;
    Ok(Json(wire::field(part)))
}
