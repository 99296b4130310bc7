//! Users, for owners. API keys are shown to their user, and to owners, who have to hand them out.

use crate::server::argilla::protocol::{
    caller::Caller,
    refused::{Refused, missing},
    request::{Body, Id},
    wire,
};
use crate::{
    accounts, secrets,
    server::{ApiKeys, AppState, guarding::Audit},
    store::{NewUser, Role, User, UserUpdate},
};
use axum::{Json, extract::State, http::StatusCode};
use examen_argilla::{
    answers::{self, Items},
    bodies,
};
use std::collections::HashMap;
use uuid::Uuid;

/// Who calls.
#[utoipa::path(get, path = "/me", responses((status = 200, body = answers::User)))]
pub(in crate::server::argilla) async fn me(
    State(state): State<AppState>,
    Caller(user): Caller,
) -> Result<Json<answers::User>, Refused> {
    with_key(&state, user).await.map(Json)
}

/// All users.
#[utoipa::path(get, path = "/users", responses((status = 200, body = Items<answers::User>)))]
pub(in crate::server::argilla) async fn list(
    State(state): State<AppState>,
    caller: Caller,
) -> Result<Json<Items<answers::User>>, Refused> {
    caller.must_be_owner()?;
    let users = state.store.users().await?;
    let ids: Vec<Uuid> = users.iter().map(|user| user.id).collect();
    let mut keys = shown_keys(&state, &ids).await?;
    let shown = users.into_iter().map(|user| {
        let key = keys.remove(&user.id);
        wire::user(user, key)
    });
    Ok(Json(shown.collect()))
}

/// A user.
#[utoipa::path(get, path = "/users/{user_id}", responses((status = 200, body = answers::User)))]
pub(in crate::server::argilla) async fn one(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<answers::User>, Refused> {
    caller.must_be_owner()?;
    let user = state
        .store
        .user(id)
        .await?
        .ok_or_else(|| missing("User", id))?;
    with_key(&state, user).await.map(Json)
}

/// Adds a user.
#[utoipa::path(post, path = "/users", request_body = bodies::NewUser, responses((status = 201, body = answers::User)))]
pub(in crate::server::argilla) async fn create(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    body: Body,
) -> Result<(StatusCode, Json<answers::User>), Refused> {
    let new = body.read(bodies::NewUser::read)?;
    caller.must_be_owner()?;
    let new = NewUser {
        id: new.id.unwrap_or_else(Uuid::new_v4),
        workspace_id: None,
        username: new.username,
        first_name: new.first_name,
        last_name: new.last_name,
        role: role(new.role),
        password_hash: hashed(&state, &new.password).await?,
        api_key: secrets::new_token(),
    };
    let store = audit.store(&state, "user.created", &new.username);
    let user = store.insert_user(&new, state.clock.now()).await?;
    tracing::info!(by = %caller.0.username, username = %user.username, role = %user.role, "user added");
    Ok((
        StatusCode::CREATED,
        Json(wire::user(user, Some(new.api_key))),
    ))
}

/// Changes a user.
#[utoipa::path(
    patch,
    path = "/users/{user_id}",
    request_body = bodies::UserChange,
    responses((status = 200, body = answers::User))
)]
pub(in crate::server::argilla) async fn update(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(id): Id,
    body: Body,
) -> Result<Json<answers::User>, Refused> {
    let change = body.read(bodies::UserChange::read)?;
    let before = state
        .store
        .user(id)
        .await?
        .ok_or_else(|| missing("User", id))?;
    caller.must_be_owner()?;
    let password_hash = match &change.password {
        Some(password) => Some(hashed(&state, password).await?),
        None => None,
    };
    let update = UserUpdate {
        username: change.username,
        first_name: change.first_name,
        last_name: change.last_name,
        role: change.role.map(role),
        password_hash,
    };
    let act = if update.password_hash.is_some() {
        "user.password_changed"
    } else {
        "user.changed"
    };
    let user = audit
        .store(&state, act, &before.username)
        .update_user(id, &update, state.clock.now())
        .await?;
    tracing::info!(by = %caller.0.username, username = %user.username, role = %user.role, "user changed");
    with_key(&state, user).await.map(Json)
}

/// Deletes a user with their responses.
#[utoipa::path(delete, path = "/users/{user_id}", responses((status = 200, body = answers::User)))]
pub(in crate::server::argilla) async fn delete(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(id): Id,
) -> Result<Json<answers::User>, Refused> {
    let user = state
        .store
        .user(id)
        .await?
        .ok_or_else(|| missing("User", id))?;
    caller.must_be_owner()?;
    let shown = with_key(&state, user).await?;
    audit
        .store(&state, "user.deleted", &shown.username)
        .delete_user(id, state.clock.now())
        .await?;
    tracing::info!(by = %caller.0.username, username = %shown.username, "user deleted");
    Ok(Json(shown))
}

async fn with_key(state: &AppState, user: User) -> Result<answers::User, Refused> {
    let key = shown_keys(state, &[user.id]).await?.remove(&user.id);
    Ok(wire::user(user, key))
}

/// The stored keys of these users, unless the server was told to keep them to itself.
async fn shown_keys(state: &AppState, users: &[Uuid]) -> Result<HashMap<Uuid, String>, Refused> {
    match state.settings.api_keys {
        ApiKeys::Readable => Ok(state.store.api_keys(users).await?),
        ApiKeys::ShowOnce => Ok(HashMap::new()),
    }
}

async fn hashed(state: &AppState, password: &str) -> Result<String, Refused> {
    let _turn = state
        .verifying
        .acquire()
        .await
        .expect("the semaphore is never closed");
    Ok(accounts::hashed(password).await?)
}

fn role(name: &'static str) -> Role {
    name.parse()
        .expect("the body's reader knows the same roles")
}
