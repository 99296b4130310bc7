//! Searching records.

use super::routes::include;
use crate::server::argilla::protocol::{
    caller::{Caller, Need},
    commands,
    refused::{Refused, missing},
    request::{Body, Id, Included, Paging, Parameters},
    wire,
};
use crate::{
    server::AppState,
    store::{Asker, FullRecord, Hits, Role, Schema},
};
use axum::{Json, extract::State};
use examen_argilla::{
    answers::{Found, Page},
    bodies::Search,
};
use std::collections::HashMap;
use uuid::Uuid;

/// Searches records.
#[utoipa::path(
    post,
    path = "/datasets/{dataset_id}/records/search",
    params(Paging, Included),
    request_body = Search,
    responses((status = 200, body = Page<Found>))
)]
pub(in crate::server::argilla) async fn all(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
    parameters: Parameters,
    body: Body,
) -> Result<Json<Page<Found>>, Refused> {
    answer(
        &state,
        &caller,
        id,
        &parameters,
        body,
        Need::Admin,
        Asker::Manager,
    )
    .await
}

/// Searches records with the caller's own responses alone, in an order of their own.
#[utoipa::path(
    post,
    path = "/me/datasets/{dataset_id}/records/search",
    params(Paging, Included),
    request_body = Search,
    responses((status = 200, body = Page<Found>))
)]
pub(in crate::server::argilla) async fn mine(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
    parameters: Parameters,
    body: Body,
) -> Result<Json<Page<Found>>, Refused> {
    let asker = Asker::Annotator(caller.0.id);
    answer(&state, &caller, id, &parameters, body, Need::Member, asker).await
}

async fn answer(
    state: &AppState,
    caller: &Caller,
    id: Uuid,
    parameters: &Parameters,
    body: Body,
    need: Need,
    asker: Asker,
) -> Result<Json<Page<Found>>, Refused> {
    let Paging { offset, limit } = parameters.page()?;
    let include = include(parameters)?;
    let search = commands::search(body.read(Search::read)?);
    caller.dataset(state, id, need).await?;
    let schema = state
        .store
        .schema(id)
        .await?
        .ok_or_else(|| missing("Dataset", id))?;
    let hits = state
        .store
        .search(&schema, &search, asker, offset, limit)
        .await?;
    let ids: Vec<Uuid> = hits.hits.iter().map(|hit| hit.id).collect();
    let only_user = match asker {
        Asker::Manager => None,
        Asker::Annotator(user) => Some(user),
    };
    let records = state.store.full_records(&ids, &include, only_user).await?;
    let hidden_from = (caller.0.role == Role::Annotator).then_some(&schema);
    Ok(Json(page(hits, records, hidden_from)))
}

/// The records in the order of the hits; those that were deleted meanwhile are skipped.
fn page(hits: Hits, records: Vec<FullRecord>, hidden_from: Option<&Schema>) -> Page<Found> {
    let mut records: HashMap<Uuid, FullRecord> = records
        .into_iter()
        .map(|record| (record.id, record))
        .collect();
    let found = hits.hits.into_iter().filter_map(|hit| {
        let mut record = records.remove(&hit.id)?;
        if let Some(schema) = hidden_from {
            wire::hide_metadata(schema, &mut record.metadata);
        }
        Some(Found {
            record: wire::record(record),
            query_score: hit.score,
        })
    });
    Page {
        items: found.collect(),
        total: hits.total,
    }
}
