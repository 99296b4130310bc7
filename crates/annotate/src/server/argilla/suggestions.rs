//! Suggestions of single records.

use super::{
    caller::{Caller, Need},
    refused::{Refused, missing},
    request::{Body, Id, Parameters},
    wire,
};
use crate::server::AppState;
use axum::{Json, extract::State, http::StatusCode};
use examen_argilla::{
    answers::{self, Items, QuestionName, SuggestionOptions},
    bodies::NewSuggestion,
};
use examen_core::annotation::Question;

/// `GET /records/{id}/suggestions`.
pub(super) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<Items<answers::Suggestion>>, Refused> {
    caller.record(&state, id, Need::Member).await?;
    Ok(Json(state.store.suggestions(id).await?.into_iter().map(wire::suggestion).collect()))
}

/// `PUT /records/{id}/suggestions`.
pub(super) async fn put(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
    body: Body,
) -> Result<(StatusCode, Json<answers::Suggestion>), Refused> {
    let new = body.read(NewSuggestion::read)?;
    caller.record(&state, id, Need::Admin).await?;
    let (suggestion, is_new) = state.store.put_suggestion(id, new, state.clock.now()).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(wire::suggestion(suggestion))))
}

/// `DELETE /records/{id}/suggestions?ids=…`.
pub(super) async fn delete_many(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
    parameters: Parameters,
) -> Result<StatusCode, Refused> {
    let ids = parameters.ids("suggestions");
    caller.record(&state, id, Need::Admin).await?;
    state.store.delete_suggestions(id, &ids?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /suggestions/{id}`.
pub(super) async fn delete(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<answers::Suggestion>, Refused> {
    let record = state.store.record_of_suggestion(id).await?.ok_or_else(|| missing("Suggestion", id))?;
    caller.record(&state, record, Need::Admin).await?;
    let all = state.store.suggestions(record).await?;
    let found = all.into_iter().find(|suggestion| suggestion.id == id).ok_or_else(|| missing("Suggestion", id))?;
    state.store.delete_suggestions(record, &[id]).await?;
    Ok(Json(wire::suggestion(found)))
}

/// `GET /datasets/{id}/records/search/suggestions/options`: who made suggestions for each question.
pub(super) async fn options(
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
        SuggestionOptions { question: QuestionName { id: question.id, name: question.value.name }, agents }
    });
    Ok(Json(options.collect()))
}
