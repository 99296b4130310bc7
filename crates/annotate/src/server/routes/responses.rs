//! Answering a record, and taking the answer back.

use super::{NOT_A_MEMBER, check_workspace, records::ShownResponse};
use crate::{
    server::{
        AppState,
        answering::ApiError,
        answering::{Body, Id},
        argilla::webhooks::last_of_response,
        guarding::auth::CurrentUser,
    },
    store::{DatasetProgress, NewResponse, RecordPlace, User, rules},
};
use axum::{Json, extract::State};
use examen_argilla::shapes;
use examen_core::annotation::ResponseStatus;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
pub(super) struct Answer {
    #[schema(value_type = shapes::ResponseStatus)]
    status: ResponseStatus,
    #[serde(default)]
    values: Map<String, Value>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Stored {
    response: ShownResponse,
    progress: DatasetProgress,
}

#[derive(Serialize, ToSchema)]
pub(super) struct TakenBack {
    progress: DatasetProgress,
}

/// Most bytes of a text that a reviewer writes.
const MAX_TEXT_BYTES: usize = 20_000;

const NO_RECORD: ApiError = ApiError::NotFound("record");

/// Stores the user's response in the place of an earlier one.
#[utoipa::path(put, path = "/records/{id}/response", request_body = Answer, responses((status = 200, body = Stored)))]
pub(super) async fn put(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    Id(record_id): Id,
    Body(Answer { status, values }): Body<Answer>,
) -> Result<Json<Stored>, ApiError> {
    let asked = state.store.asked_record(record_id, &user).await?;
    let record = asked.ok_or(NO_RECORD)?;
    if !record.is_visible {
        return Err(NOT_A_MEMBER);
    }
    let dataset = record.place.dataset_id;
    let schema = state.store.schema(dataset).await?.ok_or(NO_RECORD)?;
    check_length(&values)?;
    let values = rules::response(&schema, &record.fields, status, Some(values))
        .map_err(|error| ApiError::Invalid(error.to_string()))?;
    let new = NewResponse {
        id: Uuid::new_v4(),
        record_id,
        user_id: user.id,
        status,
        values,
    };
    let progress = state
        .store
        .put_response_in(dataset, &new, state.clock.now())
        .await?
        .ok_or(NO_RECORD)?;
    Ok(Json(Stored {
        response: ShownResponse {
            status,
            values: new.values,
        },
        progress,
    }))
}

/// Takes the user's response back, if there is one.
#[utoipa::path(delete, path = "/records/{id}/response", responses((status = 200, body = TakenBack)))]
pub(super) async fn delete(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    Id(record): Id,
) -> Result<Json<TakenBack>, ApiError> {
    visible_record(&state, &user, record).await?;
    let seen = last_of_response(&state.store, record, user.id).await?;
    let progress = state
        .store
        .delete_response(record, user.id, &seen, state.clock.now())
        .await?
        .ok_or(NO_RECORD)?;
    Ok(Json(TakenBack { progress }))
}

/// Refuses texts that are too long to be typed.
fn check_length(values: &Map<String, Value>) -> Result<(), ApiError> {
    let length = |value: &Value| value.as_str().map_or(0, str::len);
    match values
        .iter()
        .find(|(_, value)| length(value) > MAX_TEXT_BYTES)
    {
        None => Ok(()),
        Some((name, value)) => Err(ApiError::Invalid(format!(
            "the answer to `{name}` has {} bytes; {MAX_TEXT_BYTES} are allowed",
            length(value)
        ))),
    }
}

/// Location of a record, if it exists (404) and the user sees it (403).
async fn visible_record(
    state: &AppState,
    user: &User,
    record: Uuid,
) -> Result<RecordPlace, ApiError> {
    let place = state.store.record_place(record).await?.ok_or(NO_RECORD)?;
    check_workspace(state, user, place.workspace_id).await?;
    Ok(place)
}
