//! API keys: a new one for oneself, and further ones with names; a new one or none for others, by owners.

use crate::{
    Role, secrets,
    server::{
        AppState,
        answering::{ApiError, Body, Id},
        guarding::{
            Audit,
            auth::{CurrentUser, Rights},
        },
    },
    store::{NamedKey, User},
};
use axum::{Json, extract::State, http::StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
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
    rights: Rights,
    audit: Audit,
) -> Result<Json<NewKey>, ApiError> {
    rights.must_be_own()?;
    rotate(&state, &user, &audit).await
}

/// Ends one's API keys, also those with names.
#[utoipa::path(delete, path = "/me/api-key", responses((status = 204)))]
pub(super) async fn revoke_mine(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    rights: Rights,
    audit: Audit,
) -> Result<StatusCode, ApiError> {
    rights.must_be_own()?;
    revoke(&state, &user, &audit).await
}

/// Makes a new API key for somebody; the old one ends. For owners.
#[utoipa::path(post, path = "/users/{id}/api-key", responses((status = 200, body = NewKey)))]
pub(super) async fn rotate_of(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    rights: Rights,
    audit: Audit,
    Id(id): Id,
) -> Result<Json<NewKey>, ApiError> {
    rights.must_be_own()?;
    rotate(&state, &somebody(&state, &user, id).await?, &audit).await
}

/// Ends somebody's API keys, also those with names. For owners.
#[utoipa::path(delete, path = "/users/{id}/api-key", responses((status = 204)))]
pub(super) async fn revoke_of(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    rights: Rights,
    audit: Audit,
    Id(id): Id,
) -> Result<StatusCode, ApiError> {
    rights.must_be_own()?;
    revoke(&state, &somebody(&state, &user, id).await?, &audit).await
}

#[derive(Serialize, ToSchema)]
#[schema(as = NamedKeys)]
pub(super) struct NamedKeys {
    items: Vec<ShownKey>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = NamedKey)]
pub(super) struct ShownKey {
    id: Uuid,
    name: String,
    /// True where it is for reading only.
    is_read_only: bool,
    #[schema(value_type = String, format = DateTime)]
    inserted_at: Timestamp,
    /// When it ends, if it does.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

impl From<NamedKey> for ShownKey {
    fn from(key: NamedKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            is_read_only: key.is_read_only,
            inserted_at: key.inserted_at,
            expires_at: key.expires_at,
        }
    }
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewNamedKey {
    /// A name that tells what it is for: 1 to 100 characters, none twice.
    name: String,
    /// For reading only.
    #[serde(default)]
    is_read_only: bool,
    /// Days until it ends, 1 to 3650; without them it does not.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650)]
    expires_in_days: Option<u32>,
}

/// A named key that was made, with its secret, which is shown now.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeKey {
    api_key: String,
    #[serde(flatten)]
    key: ShownKey,
}

/// One's named API keys, oldest first.
#[utoipa::path(get, path = "/me/api-keys", responses((status = 200, body = NamedKeys)))]
pub(super) async fn list_named(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
) -> Result<Json<NamedKeys>, ApiError> {
    let keys = state.store.named_keys(user.id).await?;
    Ok(Json(NamedKeys {
        items: keys.into_iter().map(ShownKey::from).collect(),
    }))
}

/// Makes a named API key beside one's others.
#[utoipa::path(post, path = "/me/api-keys", request_body = NewNamedKey, responses((status = 201, body = MadeKey)))]
pub(super) async fn make_named(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    rights: Rights,
    audit: Audit,
    Body(new): Body<NewNamedKey>,
) -> Result<(StatusCode, Json<MadeKey>), ApiError> {
    rights.must_be_own()?;
    let now = state.clock.now();
    let key = NamedKey {
        id: Uuid::new_v4(),
        name: checked_name(new.name)?,
        is_read_only: new.is_read_only,
        inserted_at: now,
        expires_at: new
            .expires_in_days
            .map(|days| end_after(now, days))
            .transpose()?,
    };
    let api_key = secrets::new_token();
    audit
        .acting(&state)
        .insert_named_key(user.id, &key, &secrets::hash_token(&api_key))
        .await?;
    let key = key.into();
    Ok((StatusCode::CREATED, Json(MadeKey { api_key, key })))
}

/// Ends one of one's named API keys.
#[utoipa::path(delete, path = "/me/api-keys/{id}", responses((status = 204)))]
pub(super) async fn end_named(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    rights: Rights,
    audit: Audit,
    Id(id): Id,
) -> Result<StatusCode, ApiError> {
    rights.must_be_own()?;
    match audit.acting(&state).delete_named_key(user.id, id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::NotFound("API key")),
    }
}

fn checked_name(name: String) -> Result<String, ApiError> {
    let name = name.trim().to_owned();
    match (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
        true => Ok(name),
        false => Err(ApiError::Invalid(
            "the name of a key has 1 to 100 characters, none of them a control character"
                .to_owned(),
        )),
    }
}

fn end_after(now: Timestamp, days: u32) -> Result<Timestamp, ApiError> {
    match days {
        1..=3650 => Ok(now + SignedDuration::from_hours(24 * i64::from(days))),
        _ => Err(ApiError::Invalid(
            "`expires_in_days` must be 1 to 3650".to_owned(),
        )),
    }
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
        .acting(state)
        .set_api_key(user.id, &api_key, state.clock.now())
        .await?;
    Ok(Json(NewKey { api_key }))
}

async fn revoke(state: &AppState, user: &User, audit: &Audit) -> Result<StatusCode, ApiError> {
    audit
        .acting(state)
        .revoke_api_key(user.id, state.clock.now())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
