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
    server::{AppState, guarding::Audit},
    store::{Asker, FullRecord, Hidden, Hits},
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
    audit: Audit,
    Id(id): Id,
    parameters: Parameters,
    body: Body,
) -> Result<Response, Refused> {
    let request = Request {
        id,
        parameters,
        asker: Asker::Manager,
    };
    answer(&state, &caller, &audit, request, body).await
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
    audit: Audit,
    Id(id): Id,
    parameters: Parameters,
    body: Body,
) -> Result<Response, Refused> {
    let request = Request {
        id,
        parameters,
        asker: Asker::Annotator(caller.0.id),
    };
    answer(&state, &caller, &audit, request, body).await
}

/// A search, before its body is read.
struct Request {
    id: Uuid,
    parameters: Parameters,
    asker: Asker,
}

async fn answer(
    state: &AppState,
    caller: &Caller,
    audit: &Audit,
    request: Request,
    body: Body,
) -> Result<Response, Refused> {
    let Request {
        id,
        parameters,
        asker,
    } = request;
    let Paging { offset, limit } = parameters.page()?;
    let include = include(&parameters)?;
    let search = commands::search(body.read(Search::read)?);
    match asker {
        Asker::Annotator(_) => drop(caller.dataset(state, id, Need::Member).await?),
        Asker::Manager => {
            let head = caller.dataset(state, id, Need::Admin).await?;
            audit.exporting(state, &head).await?;
        }
    }
    let schema = state
        .store
        .schema(id)
        .await?
        .ok_or_else(|| missing("Dataset", id))?;
    // Whoever may not read a property must not find it out by filtering or sorting either.
    let hidden = schema.hidden_from(caller.0.role);
    let schema = schema.without(&hidden);
    let (store, longest) = (state.store.clone(), state.settings.search_timeout);
    let turns = state.searches.turn(caller.0.id, longest).await?;
    // Goes on if the client goes, so that it ends as it should; its turn lasts as long.
    let searching = tokio::spawn(async move {
        let hits = store.search(&schema, &search, asker, offset, limit, longest);
        let hits = hits.await;
        drop(turns);
        hits
    });
    let hits = searching.await.expect("a search does not panic")?;
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
    pages::answer(state, caller, wanted, &frame, found(hits, hidden)).await
}

/// Writes a record with the score of its hit.
fn found(hits: Hits, hidden: Hidden) -> impl FnMut(FullRecord) -> Found {
    let scores: HashMap<Uuid, Option<f64>> = hits
        .hits
        .into_iter()
        .map(|hit| (hit.id, hit.score))
        .collect();
    move |mut record| {
        if let Some(metadata) = &mut record.metadata {
            hidden.leave_out(metadata);
        }
        Found {
            query_score: scores.get(&record.id).copied().flatten(),
            record: wire::record(record),
        }
    }
}
