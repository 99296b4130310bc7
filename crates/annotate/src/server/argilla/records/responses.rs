//! Responses: one's own, or, for owners and admins, anybody's.

use crate::server::argilla::protocol::{
    caller::{Caller, Need},
    refused::{Refused, missing},
    request::{Body, Id},
    wire,
};
use crate::{
    Store,
    server::{AppState, argilla::webhooks::last_of_response, guarding::Audit},
    store::{AskedRecord, NewResponse, Refusal, ResponsePlace, rules},
};
use axum::{Json, extract::State, http::StatusCode};
use examen_argilla::{
    answers::{self, BulkResponse, Detail, Items},
    bodies::{BulkResponses, ResponseBody},
};
use jiff::Timestamp;
use uuid::Uuid;

type Shown = Json<answers::Response>;

/// Responds to a record.
#[utoipa::path(
    post,
    path = "/records/{record_id}/responses",
    request_body = ResponseBody,
    responses((status = 201, body = answers::Response))
)]
pub(in crate::server::argilla) async fn create(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
    body: Body,
) -> Result<(StatusCode, Shown), Refused> {
    let body = body.read(ResponseBody::read)?;
    let record = asked(&state, &caller, id).await?;
    let new = checked(&state, &record, id, caller.0.id, body).await?;
    let response = state.store.insert_response(&new, state.clock.now()).await?;
    Ok((StatusCode::CREATED, Json(wire::response(response))))
}

/// Changes a response.
#[utoipa::path(
    put,
    path = "/responses/{response_id}",
    request_body = ResponseBody,
    responses((status = 200, body = answers::Response))
)]
pub(in crate::server::argilla) async fn update(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(id): Id,
    body: Body,
) -> Result<Shown, Refused> {
    let body = body.read(ResponseBody::read)?;
    let place = allowed(&state, &caller, id).await?;
    let (record_id, user) = (place.response.record_id, place.response.user_id);
    let record = state.store.asked_record(record_id, &caller.0).await?;
    let record = record.ok_or_else(|| missing("Record", record_id))?;
    let new = checked(&state, &record, record_id, user, body).await?;
    let (store, dataset) = (audit.acting(&state), record.place.dataset_id);
    put(&store, dataset, &new, state.clock.now())
        .await
        .map(Json)
}

/// Deletes a response.
#[utoipa::path(delete, path = "/responses/{response_id}", responses((status = 200, body = answers::Response)))]
pub(in crate::server::argilla) async fn delete(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(id): Id,
) -> Result<Shown, Refused> {
    let response = allowed(&state, &caller, id).await?.response;
    let (record, user) = (response.record_id, response.user_id);
    let seen = last_of_response(&state.store, record, user).await?;
    audit
        .acting(&state)
        .delete_response(record, user, &seen, state.clock.now())
        .await?;
    Ok(Json(wire::response(response)))
}

/// Responds to records, each on its own, in the place of earlier responses of the caller.
#[utoipa::path(
    post,
    path = "/me/responses/bulk",
    request_body = BulkResponses,
    responses((status = 200, body = Items<BulkResponse>))
)]
pub(in crate::server::argilla) async fn bulk(
    State(state): State<AppState>,
    caller: Caller,
    body: Body,
) -> Result<Json<Items<BulkResponse>>, Refused> {
    let bodies = body.read(BulkResponses::read)?;
    let mut items = Vec::with_capacity(bodies.items.len());
    for item in bodies.items {
        items.push(
            match respond(&state, &caller, item.record_id, item.response).await {
                Ok(response) => BulkResponse {
                    item: Some(response),
                    error: None,
                },
                Err(Refused::Rule(refusal)) => BulkResponse {
                    item: None,
                    error: Some(Detail {
                        detail: refusal.to_string(),
                    }),
                },
                Err(Refused::Forbidden) => BulkResponse {
                    item: None,
                    error: Some(Detail {
                        detail: "Operation not allowed".to_owned(),
                    }),
                },
                Err(failure) => return Err(failure),
            },
        );
    }
    Ok(Json(Items { items }))
}

async fn respond(
    state: &AppState,
    caller: &Caller,
    record: Uuid,
    body: ResponseBody,
) -> Result<answers::Response, Refused> {
    let found = asked(state, caller, record).await?;
    let new = checked(state, &found, record, caller.0.id, body).await?;
    let dataset = found.place.dataset_id;
    put(&state.store, dataset, &new, state.clock.now()).await
}

/// The record that a member of its workspace wants to answer, if it is there (404) and the caller is one (403).
async fn asked(state: &AppState, caller: &Caller, id: Uuid) -> Result<AskedRecord, Refused> {
    let record = state.store.asked_record(id, &caller.0).await?;
    match record {
        None => Err(missing("Record", id)),
        Some(record) if record.is_visible => Ok(record),
        Some(_) => Err(Refused::Forbidden),
    }
}

/// The response, if it is there (404) and the caller may change it (403).
async fn allowed(state: &AppState, caller: &Caller, id: Uuid) -> Result<ResponsePlace, Refused> {
    let place = state
        .store
        .response(id)
        .await?
        .ok_or_else(|| missing("Response", id))?;
    let need = if place.response.user_id == caller.0.id {
        Need::Member
    } else {
        Need::Admin
    };
    caller.must(state, place.workspace_id, need).await?;
    Ok(place)
}

async fn checked(
    state: &AppState,
    record: &AskedRecord,
    record_id: Uuid,
    user_id: Uuid,
    body: ResponseBody,
) -> Result<NewResponse, Refused> {
    let schema = state
        .store
        .schema(record.place.dataset_id)
        .await?
        .ok_or_else(|| missing("Record", record_id))?;
    let values = rules::response(&schema, &record.fields, body.status, body.values)
        .map_err(Refusal::Invalid)?;
    Ok(NewResponse {
        id: Uuid::new_v4(),
        record_id,
        user_id,
        status: body.status,
        values,
    })
}

async fn put(
    store: &Store,
    dataset: Uuid,
    new: &NewResponse,
    now: Timestamp,
) -> Result<answers::Response, Refused> {
    let gone = || missing("Record", new.record_id);
    store
        .put_response_in(dataset, new, now)
        .await?
        .ok_or_else(gone)?;
    let stored = store
        .response_of(new.record_id, new.user_id)
        .await?
        .ok_or_else(gone)?;
    Ok(wire::response(stored))
}
