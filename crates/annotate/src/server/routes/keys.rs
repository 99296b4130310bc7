//! API keys: a new one for oneself; a new one or none for others, by owners.

use crate::{
    Role, secrets,
    server::{
        AppState, answering::ApiError, answering::Id, guarding::Audit, guarding::auth::CurrentUser,
    },
    store::User,
};
use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A key that was made, shown now.
#[derive(Serialize, ToSchema)]
pub(super) struct NewKey {
    api_key: String,
}

/// Makes a new API key for oneself; the old one ends.
#[utoipa::path(post, path = "/me/api-key", responses((status = 200, body = NewKey)))]
pub(super) async fn rotate_mine(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    audit: Audit,
) -> Result<Json<NewKey>, ApiError> {
    rotate(&state, &user, &audit).await
}

/// Ends one's API key.
#[utoipa::path(delete, path = "/me/api-key", responses((status = 204)))]
pub(super) async fn revoke_mine(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    audit: Audit,
) -> Result<StatusCode, ApiError> {
    revoke(&state, &user, &audit).await
}

/// Makes a new API key for somebody; the old one ends. For owners.
#[utoipa::path(post, path = "/users/{id}/api-key", responses((status = 200, body = NewKey)))]
pub(super) async fn rotate_of(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    audit: Audit,
    Id(id): Id,
) -> Result<Json<NewKey>, ApiError> {
    rotate(&state, &somebody(&state, &user, id).await?, &audit).await
}

/// Ends somebody's API key. For owners.
#[utoipa::path(delete, path = "/users/{id}/api-key", responses((status = 204)))]
pub(super) async fn revoke_of(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    audit: Audit,
    Id(id): Id,
) -> Result<StatusCode, ApiError> {
    revoke(&state, &somebody(&state, &user, id).await?, &audit).await
}

async fn somebody(state: &AppState, caller: &User, id: Uuid) -> Result<User, ApiError> {
    if caller.role != Role::Owner {
        return Err(ApiError::Forbidden("only owners change the keys of others"));
    }
    state
        .store
        .user(id)
        .await?
        .ok_or(ApiError::NotFound("user"))
}

async fn rotate(state: &AppState, user: &User, audit: &Audit) -> Result<Json<NewKey>, ApiError> {
    let api_key = secrets::new_token();
    audit
        .store(state, "api_key.rotated", &user.username)
        .set_api_key(user.id, &api_key, state.clock.now())
        .await?;
    Ok(Json(NewKey { api_key }))
}

async fn revoke(state: &AppState, user: &User, audit: &Audit) -> Result<StatusCode, ApiError> {
    audit
        .store(state, "api_key.revoked", &user.username)
        .revoke_api_key(user.id, state.clock.now())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
