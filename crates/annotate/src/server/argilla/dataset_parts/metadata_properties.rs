//! Metadata properties. They can come and go while records are there.

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
    store::{Part, PropertyValues, Role},
};
use axum::{Json, extract::State, http::StatusCode};
use examen_argilla::{
    answers::{self, Items, PropertyMetrics, TermCount},
    bodies,
};
use examen_core::annotation::{MetadataProperty, MetadataSettings};

type Shown = Json<answers::MetadataProperty>;

/// The metadata properties of a dataset; annotators get those that are visible for them.
#[utoipa::path(
    get,
    path = "/me/datasets/{dataset_id}/metadata-properties",
    responses((status = 200, body = Items<answers::MetadataProperty>))
)]
pub(in super::super) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<Items<answers::MetadataProperty>>, Refused> {
    caller.dataset(&state, id, Need::Member).await?;
    let is_visible = |part: &Part<MetadataProperty>| {
        part.value.visible_for_annotators || caller.0.role != Role::Annotator
    };
    let parts = state.store.parts(id).await?;
    Ok(Json(
        parts
            .into_iter()
            .filter(is_visible)
            .map(wire::metadata_property)
            .collect(),
    ))
}

/// Adds a metadata property.
#[utoipa::path(
    post,
    path = "/datasets/{dataset_id}/metadata-properties",
    request_body = bodies::NewMetadataProperty,
    responses((status = 201, body = answers::MetadataProperty))
)]
pub(in super::super) async fn create(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
    body: Body,
) -> Result<(StatusCode, Shown), Refused> {
    let new = body.read(bodies::NewMetadataProperty::read)?;
    caller.dataset(&state, id, Need::Admin).await?;
    let property = MetadataProperty {
        name: new.name,
        title: new.title,
        settings: new.settings,
        visible_for_annotators: new.visible_for_annotators,
    };
    let part = state
        .store
        .insert_part(id, property, state.clock.now(), |_| Ok(()))
        .await?;
    Ok((StatusCode::CREATED, Json(wire::metadata_property(part))))
}

/// Changes a metadata property.
#[utoipa::path(
    patch,
    path = "/metadata-properties/{metadata_property_id}",
    request_body = bodies::MetadataPropertyChange,
    responses((status = 200, body = answers::MetadataProperty))
)]
pub(in super::super) async fn update(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
    body: Body,
) -> Result<Shown, Refused> {
    let change = body.read(bodies::MetadataPropertyChange::read)?;
    let mut part = state.store.part::<MetadataProperty>(id).await?;
    caller.dataset(&state, part.dataset_id, Need::Admin).await?;
    if let Some(title) = change.title {
        part.value.title = title;
    }
    part.value.visible_for_annotators = change
        .visible_for_annotators
        .unwrap_or(part.value.visible_for_annotators);
    part.updated_at = state.clock.now();
    state.store.update_part(&part, part.updated_at).await?;
    Ok(Json(wire::metadata_property(part)))
}

/// Deletes a metadata property.
#[utoipa::path(
    delete,
    path = "/metadata-properties/{metadata_property_id}",
    responses((status = 200, body = answers::MetadataProperty))
)]
pub(in super::super) async fn delete(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Shown, Refused> {
    let part = state.store.part::<MetadataProperty>(id).await?;
    caller.dataset(&state, part.dataset_id, Need::Admin).await?;
    state
        .store
        .delete_part(&part, state.clock.now(), |_| Ok(()))
        .await?;
    Ok(Json(wire::metadata_property(part)))
}

/// The values that records have for a metadata property.
#[utoipa::path(
    get,
    path = "/metadata-properties/{metadata_property_id}/metrics",
    responses((status = 200, body = PropertyMetrics))
)]
pub(in super::super) async fn metrics(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<PropertyMetrics>, Refused> {
    let part = state.store.part::<MetadataProperty>(id).await?;
    caller
        .dataset(&state, part.dataset_id, Need::Member)
        .await?;
    if caller.0.role == Role::Annotator && !part.value.visible_for_annotators {
        return Err(Refused::Forbidden);
    }
    let (dataset, name, kind) = (
        part.dataset_id,
        &part.value.name,
        part.value.settings.kind().to_owned(),
    );
    let values = match part.value.settings {
        MetadataSettings::Terms { .. } => state.store.property_terms(dataset, name).await?,
        MetadataSettings::Integer { .. } | MetadataSettings::Float { .. } => {
            state.store.property_range(dataset, name).await?
        }
    };
    Ok(Json(match values {
        PropertyValues::Terms(terms) => PropertyMetrics::Terms {
            kind,
            total: terms.iter().map(|(_, count)| count).sum(),
            values: terms
                .into_iter()
                .map(|(term, count)| TermCount { term, count })
                .collect(),
        },
        PropertyValues::Range(min, max) => PropertyMetrics::Range { min, max, kind },
    }))
}
