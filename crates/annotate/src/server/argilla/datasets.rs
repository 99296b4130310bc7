//! Datasets.

use crate::server::argilla::protocol::{
    caller::{Caller, Need},
    refused::Refused,
    request::{Body, Id, Parameters, Wanted},
    wire,
};
use crate::{
    server::{AppState, argilla::webhooks::last_of_dataset, guarding::Audit},
    store::{DatasetHead, DatasetStatus, Refusal, Role},
};
use axum::{Json, extract::State, http::StatusCode};
use examen_argilla::{
    answers::{self, Items},
    bodies, schema,
};
use serde_json::Value;
use uuid::Uuid;

type Shown = Json<answers::Dataset>;

/// Datasets: all for owners, those of their workspaces for others.
#[utoipa::path(get, path = "/me/datasets", params(Wanted), responses((status = 200, body = Items<answers::Dataset>)))]
pub(super) async fn mine(
    State(state): State<AppState>,
    Caller(user): Caller,
    parameters: Parameters,
) -> Result<Json<Items<answers::Dataset>>, Refused> {
    let workspace = schema::read("query", |reader| match parameters.get("workspace_id") {
        None => Some(None),
        Some(id) => reader.within("workspace_id", |reader| {
            schema::uuid(reader, Value::from(id)).map(Some)
        }),
    })?;
    let is_wanted = |head: &DatasetHead| {
        workspace.is_none_or(|id| head.workspace_id == id)
            && parameters.get("name").is_none_or(|name| head.name == name)
            && parameters
                .get("status")
                .is_none_or(|status| head.status.name() == status)
    };
    let datasets = state.store.datasets_of(&user).await?;
    Ok(Json(
        datasets
            .into_iter()
            .filter(is_wanted)
            .map(wire::dataset)
            .collect(),
    ))
}

/// A dataset.
#[utoipa::path(get, path = "/datasets/{dataset_id}", responses((status = 200, body = answers::Dataset)))]
pub(super) async fn one(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Shown, Refused> {
    Ok(Json(wire::dataset(
        caller.dataset(&state, id, Need::Member).await?,
    )))
}

/// Makes a dataset.
#[utoipa::path(
    post,
    path = "/datasets",
    request_body = bodies::NewDataset,
    responses((status = 201, body = answers::Dataset))
)]
pub(super) async fn create(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    body: Body,
) -> Result<(StatusCode, Shown), Refused> {
    let new = body.read(bodies::NewDataset::read)?;
    if caller.0.role != Role::Owner {
        caller.must(&state, new.workspace_id, Need::Admin).await?;
    }
    let workspace = state.store.workspace(new.workspace_id).await?;
    workspace.ok_or(Refusal::Unknown {
        what: "Workspace",
        id: new.workspace_id,
    })?;
    let now = state.clock.now();
    let head = DatasetHead {
        id: Uuid::new_v4(),
        workspace_id: new.workspace_id,
        name: new.name,
        guidelines: new.guidelines,
        status: DatasetStatus::Draft,
        min_submitted: new.min_submitted,
        allow_extra_metadata: new.allow_extra_metadata,
        metadata: new.metadata,
        inserted_at: now,
        updated_at: now,
        last_activity_at: now,
    };
    audit.acting(&state).insert_dataset(&head).await?;
    Ok((StatusCode::CREATED, Json(wire::dataset(head))))
}

/// Changes a dataset.
#[utoipa::path(
    patch,
    path = "/datasets/{dataset_id}",
    request_body = bodies::DatasetChange,
    responses((status = 200, body = answers::Dataset))
)]
pub(super) async fn update(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(id): Id,
    body: Body,
) -> Result<Shown, Refused> {
    let change = body.read(bodies::DatasetChange::read)?;
    caller.dataset(&state, id, Need::Admin).await?;
    let now = state.clock.now();
    let store = audit.acting(&state);
    let head = store.update_dataset(id, |head| {
        head.name = change.name.unwrap_or(std::mem::take(&mut head.name));
        head.allow_extra_metadata = change
            .allow_extra_metadata
            .unwrap_or(head.allow_extra_metadata);
        head.min_submitted = change.min_submitted.unwrap_or(head.min_submitted);
        if let Some(guidelines) = change.guidelines {
            head.guidelines = guidelines;
        }
        if let Some(metadata) = change.metadata {
            head.metadata.get_or_insert_default().extend(metadata);
        }
        (head.updated_at, head.last_activity_at) = (now, now);
    });
    Ok(Json(wire::dataset(head.await?)))
}

/// Lets records into a dataset; its fields and questions then stay.
#[utoipa::path(put, path = "/datasets/{dataset_id}/publish", responses((status = 200, body = answers::Dataset)))]
pub(super) async fn publish(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(id): Id,
) -> Result<Shown, Refused> {
    caller.dataset(&state, id, Need::Admin).await?;
    Ok(Json(wire::dataset(
        audit
            .acting(&state)
            .publish_dataset(id, state.clock.now())
            .await?,
    )))
}

/// Deletes a dataset with all that is in it.
#[utoipa::path(delete, path = "/datasets/{dataset_id}", responses((status = 200, body = answers::Dataset)))]
pub(super) async fn delete(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(id): Id,
) -> Result<Shown, Refused> {
    let head = caller.dataset(&state, id, Need::Admin).await?;
    let seen = last_of_dataset(&state.store, id).await?;
    let store = audit.acting(&state);
    store.delete_dataset(id, &seen, state.clock.now()).await?;
    tracing::info!(by = %caller.0.username, dataset = %head.name, "dataset deleted");
    Ok(Json(wire::dataset(head)))
}
