//! Searching records.

use super::{
    pages::{self, Wanted},
    routes::include,
};
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
use axum::{extract::State, response::Response};
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
) -> Result<Response, Refused> {
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
) -> Result<Response, Refused> {
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
) -> Result<Response, Refused> {
    let Paging { offset, limit } = parameters.page()?;
    let include = include(parameters)?;
    let search = commands::search(body.read(Search::read)?);
    caller.dataset(state, id, need).await?;
    let schema = state
        .store
        .schema(id)
        .await?
        .ok_or_else(|| missing("Dataset", id))?;
    let (store, longest) = (state.store.clone(), state.settings.search_timeout);
    let turns = state.searches.turn(caller.0.id, longest).await?;
    // Goes on if the client goes, so that it ends as it should; its turn lasts as long.
    let searching = tokio::spawn(async move {
        let hits = store.search(&schema, &search, asker, offset, limit, longest);
        let hits = hits.await;
        drop(turns);
        (schema, hits)
    });
    let (schema, hits) = searching.await.expect("a search does not panic");
    let hits = hits?;
    let wanted = Wanted {
        ids: hits.hits.iter().map(|hit| hit.id).collect(),
        include,
        only_user: match asker {
            Asker::Manager => None,
            Asker::Annotator(user) => Some(user),
        },
    };
    let frame = Page::<Found> {
        items: Vec::new(),
        total: hits.total,
    };
    let hidden_from = (caller.0.role == Role::Annotator).then_some(schema);
    pages::answer(state, caller, wanted, &frame, found(hits, hidden_from)).await
}

/// Writes a record with the score of its hit.
fn found(hits: Hits, hidden_from: Option<Schema>) -> impl FnMut(FullRecord) -> Found {
    let scores: HashMap<Uuid, Option<f64>> = hits
        .hits
        .into_iter()
        .map(|hit| (hit.id, hit.score))
        .collect();
    move |mut record| {
        if let Some(schema) = &hidden_from {
            wire::hide_metadata(schema, &mut record.metadata);
        }
        Found {
            query_score: scores.get(&record.id).copied().flatten(),
            record: wire::record(record),
        }
    }
}
