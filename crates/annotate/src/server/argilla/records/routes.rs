//! Records.

use super::pages::{self, Wanted};
use crate::server::argilla::protocol::{
    caller::{Caller, Need},
    commands,
    refused::{Refused, invalid, missing},
    request::{Body, Id, Included, Listed, Paging, Parameters},
    wire,
};
use crate::{
    Store,
    server::{AppState, argilla::webhooks::last_of_records, guarding::Audit},
    store::{Include, Role, Vectors},
};
use axum::{Json, extract::State, http::StatusCode, response::Response};
use examen_argilla::{
    answers::{self, Page, Written},
    bodies,
};
use uuid::Uuid;

type Shown = Json<answers::Record>;

/// A page of records, in the order of insertion.
#[utoipa::path(
    get,
    path = "/datasets/{dataset_id}/records",
    params(Paging, Included),
    responses((status = 200, body = Page<answers::Record>))
)]
pub(in crate::server::argilla) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
    audit: Audit,
    parameters: Parameters,
) -> Result<Response, Refused> {
    let Paging { offset, limit } = parameters.page()?;
    let include = include(&parameters)?;
    let head = caller.dataset(&state, id, Need::Admin).await?;
    audit.exporting(&state, &head).await?;
    let (ids, total) = state.store.record_ids(id, offset, limit).await?;
    let wanted = Wanted {
        ids,
        include,
        only_user: None,
    };
    let frame = Page::<answers::Record> {
        items: Vec::new(),
        total,
    };
    pages::answer(&state, &caller, wanted, &frame, wire::record).await
}

/// Adds records: all or none.
#[utoipa::path(
    post,
    path = "/datasets/{dataset_id}/records/bulk",
    request_body = bodies::BulkRecords,
    responses((status = 201, body = Written))
)]
pub(in crate::server::argilla) async fn create(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(id): Id,
    body: Body,
) -> Result<(StatusCode, Response), Refused> {
    let records = body.read(bodies::BulkRecords::read)?;
    caller.dataset(&state, id, Need::Admin).await?;
    let written = audit
        .acting(&state)
        .create_records(id, commands::records(records), state.clock.now())
        .await?;
    let answer = read_back(&state, &caller, written.ids, None).await?;
    Ok((StatusCode::CREATED, answer))
}

/// Adds records and changes those that are there: all or none.
#[utoipa::path(
    put,
    path = "/datasets/{dataset_id}/records/bulk",
    request_body = bodies::BulkRecords,
    responses((status = 200, body = Written))
)]
pub(in crate::server::argilla) async fn upsert(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(id): Id,
    body: Body,
) -> Result<Response, Refused> {
    let records = body.read(bodies::BulkRecords::read)?;
    caller.dataset(&state, id, Need::Admin).await?;
    let written = audit
        .acting(&state)
        .upsert_records(id, commands::records(records), state.clock.now())
        .await?;
    read_back(&state, &caller, written.ids, Some(written.updated)).await
}

/// Deletes records.
#[utoipa::path(delete, path = "/datasets/{dataset_id}/records", params(Listed), responses((status = 204)))]
pub(in crate::server::argilla) async fn delete_many(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(id): Id,
    parameters: Parameters,
) -> Result<StatusCode, Refused> {
    let ids = parameters.ids("records");
    caller.dataset(&state, id, Need::Admin).await?;
    delete_from(&state, &audit.acting(&state), id, &ids?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A record. Annotators see their own responses, and metadata that is visible for them.
#[utoipa::path(get, path = "/records/{record_id}", responses((status = 200, body = answers::Record)))]
pub(in crate::server::argilla) async fn one(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Shown, Refused> {
    let place = caller.record(&state, id, Need::Member).await?;
    let is_annotator = caller.0.role == Role::Annotator;
    let only_user = is_annotator.then_some(caller.0.id);
    let records = state
        .store
        .full_records(&[id], &Include::all(), only_user)
        .await?;
    let mut record = records
        .into_iter()
        .next()
        .ok_or_else(|| missing("Record", id))?;
    let schema = state.store.schema(place.dataset_id).await?;
    let schema = schema.ok_or_else(|| missing("Record", id))?;
    if let Some(metadata) = &mut record.metadata {
        schema.hidden_from(caller.0.role).leave_out(metadata);
    }
    Ok(Json(wire::record(record)))
}

/// Changes a record.
#[utoipa::path(
    patch,
    path = "/records/{record_id}",
    request_body = bodies::RecordChange,
    responses((status = 200, body = answers::Record))
)]
pub(in crate::server::argilla) async fn update(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(id): Id,
    body: Body,
) -> Result<Shown, Refused> {
    let change = body.read(bodies::RecordChange::read)?;
    caller.record(&state, id, Need::Admin).await?;
    audit
        .acting(&state)
        .change_record(id, commands::change(change), state.clock.now())
        .await?;
    read_one(&state, id, &Include::all()).await
}

/// Deletes a record.
#[utoipa::path(delete, path = "/records/{record_id}", responses((status = 200, body = answers::Record)))]
pub(in crate::server::argilla) async fn delete(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(id): Id,
) -> Result<Shown, Refused> {
    let place = caller.record(&state, id, Need::Admin).await?;
    let shown = read_one(&state, id, &Include::default()).await?;
    delete_from(&state, &audit.acting(&state), place.dataset_id, &[id]).await?;
    Ok(shown)
}

async fn delete_from(
    state: &AppState,
    store: &Store,
    dataset: Uuid,
    ids: &[Uuid],
) -> Result<(), Refused> {
    let seen = last_of_records(store, dataset, ids).await?;
    Ok(store
        .delete_records(dataset, ids, &seen, state.clock.now())
        .await?)
}

async fn read_one(state: &AppState, id: Uuid, include: &Include) -> Result<Shown, Refused> {
    let records = state.store.full_records(&[id], include, None).await?;
    let record = records
        .into_iter()
        .next()
        .ok_or_else(|| missing("Record", id))?;
    Ok(Json(wire::record(record)))
}

/// The records that were written, and which of them were there before.
async fn read_back(
    state: &AppState,
    caller: &Caller,
    ids: Vec<Uuid>,
    updated: Option<Vec<Uuid>>,
) -> Result<Response, Refused> {
    let wanted = Wanted {
        ids,
        include: Include::all(),
        only_user: None,
    };
    let frame = Written {
        items: Vec::new(),
        updated_item_ids: updated,
    };
    pages::answer(state, caller, wanted, &frame, wire::record).await
}

/// Parts to include in records: `include=responses&include=suggestions`, `include=vectors`, `include=vectors:a,b`, or a list
/// with commas.
pub(in crate::server::argilla) fn include(parameters: &Parameters) -> Result<Include, Refused> {
    let mut include = Include::default();
    let mut named: Vec<String> = Vec::new();
    for value in parameters.all("include") {
        let mut parts = value
            .split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty());
        while let Some(part) = parts.next() {
            match part {
                "responses" => include.responses = true,
                "suggestions" => include.suggestions = true,
                "vectors" => include.vectors = Vectors::All,
                part => match part.strip_prefix("vectors:") {
                    // Names after further commas belong to it, too.
                    Some(first) => {
                        named.extend([first].into_iter().chain(parts.by_ref()).map(str::to_owned))
                    }
                    None => return Err(invalid(unknown_include(part))),
                },
            }
        }
    }
    match (named.is_empty(), &include.vectors) {
        (true, _) => {}
        (false, Vectors::All) => {
            return Err(invalid(
                "'include' query param cannot have both 'vectors' and 'vectors:vector_settings_name'",
            ));
        }
        (false, _) => include.vectors = Vectors::Named(named),
    }
    Ok(include)
}

fn unknown_include(found: &str) -> String {
    let found: String = found.chars().take(60).collect();
    format!(
        "'{found}' cannot be included: 'responses', 'suggestions', 'vectors' or 'vectors:name' can"
    )
}
