//! Metadata properties. They can come and go while records are there.

use super::{Created, Listed, Shown, WirePart};
use crate::{
    server::{
        AppState,
        argilla::{
            caller::{Caller, Need},
            refused::Refused,
            request::{Body, Id},
            wire,
        },
        guarding::Audit,
    },
    store::{Part, PropertyValues, Role},
};
use axum::{Json, extract::State};
use examen_argilla::{
    answers::{self, Items, PropertyMetrics, TermCount},
    bodies,
    schema::Reader,
};
use examen_core::annotation::{MetadataProperty, MetadataSettings};
use serde_json::Value;

impl WirePart for MetadataProperty {
    type Change = bodies::MetadataPropertyChange;
    type Answer = answers::MetadataProperty;

    fn read_new(reader: &mut Reader, body: Value) -> Option<Self> {
        let new = bodies::NewMetadataProperty::read(reader, body)?;
        Some(Self {
            name: new.name,
            title: new.title,
            settings: new.settings,
            visible_for_annotators: new.visible_for_annotators,
        })
    }

    fn read_change(reader: &mut Reader, body: Value) -> Option<Self::Change> {
        Self::Change::read(reader, body)
    }

    fn change(&mut self, change: Self::Change) -> Result<(), Refused> {
        if let Some(title) = change.title {
            self.title = title;
        }
        if let Some(is_visible) = change.visible_for_annotators {
            self.visible_for_annotators = is_visible;
        }
        Ok(())
    }

    fn answer(part: Part<Self>) -> Self::Answer {
        wire::metadata_property(part)
    }

    fn is_visible_for(&self, role: Role) -> bool {
        self.visible_for_annotators || role != Role::Annotator
    }
}

/// The metadata properties of a dataset; annotators get those that are visible for them.
#[utoipa::path(
    get,
    path = "/me/datasets/{dataset_id}/metadata-properties",
    responses((status = 200, body = Items<answers::MetadataProperty>))
)]
pub(in super::super) async fn list(
    state: State<AppState>,
    caller: Caller,
    id: Id,
) -> Listed<MetadataProperty> {
    super::list::<MetadataProperty>(state, caller, id).await
}

/// Adds a metadata property.
#[utoipa::path(
    post,
    path = "/datasets/{dataset_id}/metadata-properties",
    request_body = bodies::NewMetadataProperty,
    responses((status = 201, body = answers::MetadataProperty))
)]
pub(in super::super) async fn create(
    state: State<AppState>,
    caller: Caller,
    audit: Audit,
    id: Id,
    body: Body,
) -> Created<MetadataProperty> {
    super::create::<MetadataProperty>(state, caller, audit, id, body).await
}

/// Changes a metadata property.
#[utoipa::path(
    patch,
    path = "/metadata-properties/{metadata_property_id}",
    request_body = bodies::MetadataPropertyChange,
    responses((status = 200, body = answers::MetadataProperty))
)]
pub(in super::super) async fn update(
    state: State<AppState>,
    caller: Caller,
    audit: Audit,
    id: Id,
    body: Body,
) -> Shown<MetadataProperty> {
    super::update::<MetadataProperty>(state, caller, audit, id, body).await
}

/// Deletes a metadata property.
#[utoipa::path(
    delete,
    path = "/metadata-properties/{metadata_property_id}",
    responses((status = 200, body = answers::MetadataProperty))
)]
pub(in super::super) async fn delete(
    state: State<AppState>,
    caller: Caller,
    audit: Audit,
    id: Id,
) -> Shown<MetadataProperty> {
    super::delete::<MetadataProperty>(state, caller, audit, id).await
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
    if !part.value.is_visible_for(caller.0.role) {
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
