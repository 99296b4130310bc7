//! Suggestions of single records.

use crate::server::argilla::protocol::{
    caller::{Caller, Need},
    commands,
    refused::{Refused, missing},
    request::{Body, Id, Listed, Parameters},
    wire,
};
use crate::server::{AppState, guarding::Audit};
use axum::{Json, extract::State, http::StatusCode};
use examen_argilla::{
    answers::{self, Items, QuestionName, SuggestionOptions},
    bodies::NewSuggestion,
};
use examen_core::annotation::Question;

/// The suggestions of a record.
#[utoipa::path(
    get,
    path = "/records/{record_id}/suggestions",
    responses((status = 200, body = Items<answers::Suggestion>))
)]
pub(in crate::server::argilla) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<Items<answers::Suggestion>>, Refused> {
    caller.record(&state, id, Need::Member).await?;
    Ok(Json(
        state
            .store
            .suggestions(id)
            .await?
            .into_iter()
            .map(wire::suggestion)
            .collect(),
    ))
}

/// Makes a suggestion, in the place of one for the same question.
#[utoipa::path(
    put,
    path = "/records/{record_id}/suggestions",
    request_body = NewSuggestion,
    responses((status = 200, body = answers::Suggestion), (status = 201, body = answers::Suggestion))
)]
pub(in crate::server::argilla) async fn put(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(id): Id,
    body: Body,
) -> Result<(StatusCode, Json<answers::Suggestion>), Refused> {
    let new = body.read(NewSuggestion::read)?;
    caller.record(&state, id, Need::Admin).await?;
    let (suggestion, is_new) = audit
        .acting(&state)
        .put_suggestion(id, commands::suggestion(new), state.clock.now())
        .await?;
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(wire::suggestion(suggestion))))
}

/// Deletes suggestions of a record.
#[utoipa::path(delete, path = "/records/{record_id}/suggestions", params(Listed), responses((status = 204)))]
pub(in crate::server::argilla) async fn delete_many(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(id): Id,
    parameters: Parameters,
) -> Result<StatusCode, Refused> {
    let ids = parameters.ids("suggestions");
    caller.record(&state, id, Need::Admin).await?;
    audit.acting(&state).delete_suggestions(id, &ids?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a suggestion.
#[utoipa::path(delete, path = "/suggestions/{suggestion_id}", responses((status = 200, body = answers::Suggestion)))]
pub(in crate::server::argilla) async fn delete(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(id): Id,
) -> Result<Json<answers::Suggestion>, Refused> {
    let record = state
        .store
        .record_of_suggestion(id)
        .await?
        .ok_or_else(|| missing("Suggestion", id))?;
    caller.record(&state, record, Need::Admin).await?;
    let all = state.store.suggestions(record).await?;
    let found = all
        .into_iter()
        .find(|suggestion| suggestion.id == id)
        .ok_or_else(|| missing("Suggestion", id))?;
    audit
        .acting(&state)
        .delete_suggestions(record, &[id])
        .await?;
    Ok(Json(wire::suggestion(found)))
}

/// Who made suggestions for each question.
#[utoipa::path(
    get,
    path = "/datasets/{dataset_id}/records/search/suggestions/options",
    responses((status = 200, body = Items<SuggestionOptions>))
)]
pub(in crate::server::argilla) async fn options(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<Items<SuggestionOptions>>, Refused> {
    caller.dataset(&state, id, Need::Member).await?;
    let agents = state.store.suggestion_agents(id).await?;
    let questions = state.store.parts::<Question>(id).await?;
    let options = questions.into_iter().map(|question| {
        let of_question = agents.iter().filter(|(id, _)| *id == question.id);
        let agents = of_question.map(|(_, agent)| agent.clone()).collect();
        SuggestionOptions {
            question: QuestionName {
                id: question.id,
                name: question.value.name,
            },
            agents,
        }
    });
    Ok(Json(options.collect()))
}
