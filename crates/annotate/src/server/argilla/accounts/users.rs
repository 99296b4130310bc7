//! Users, for owners. API keys are shown to their user, and to owners, who have to hand them out.

use crate::server::argilla::protocol::{
    caller::Caller,
    refused::{Refused, missing},
    request::{Body, Id},
    wire,
};
use crate::{
    accounts, known_secrets, secrets,
    server::{
        ApiKeys, AppState,
        guarding::{Audit, auth::Rights},
    },
    store::{Access, NewUser, Role, User, UserUpdate},
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
    rights: Rights,
) -> Result<Json<answers::User>, Refused> {
    with_key(&state, rights, user).await.map(Json)
}

/// All users.
#[utoipa::path(get, path = "/users", responses((status = 200, body = Items<answers::User>)))]
pub(in crate::server::argilla) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    rights: Rights,
) -> Result<Json<Items<answers::User>>, Refused> {
    caller.must_be_owner()?;
    let users = state.store.users().await?;
    let ids: Vec<Uuid> = users.iter().map(|user| user.id).collect();
    let mut keys = shown_keys(&state, rights, &ids).await?;
    let shown = users.into_iter().map(|user| {
        let key = keys.remove(&user.id);
        wire::user(user, key)
    });
    Ok(Json(shown.collect()))
}

/// A user, or the pseudonym of somebody who was deleted, by the id that their responses have.
#[utoipa::path(get, path = "/users/{user_id}", responses((status = 200, body = answers::User)))]
pub(in crate::server::argilla) async fn one(
    State(state): State<AppState>,
    caller: Caller,
    rights: Rights,
    Id(id): Id,
) -> Result<Json<answers::User>, Refused> {
    caller.must_be_owner()?;
    let user = state
        .store
        .author(id)
        .await?
        .ok_or_else(|| missing("User", id))?;
    with_key(&state, rights, user).await.map(Json)
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
    known_secrets::refuse_given(&new.username, Some(&new.password), None)?;
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
    let store = audit.acting(&state);
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
    rights: Rights,
    audit: Audit,
    Id(id): Id,
    body: Body,
) -> Result<Json<answers::User>, Refused> {
    let change = body.read(bodies::UserChange::read)?;
    let known = state.store.user(id).await?;
    let known = known.ok_or_else(|| missing("User", id))?;
    caller.must_be_owner()?;
    let username = change.username.as_ref().unwrap_or(&known.username);
    known_secrets::refuse_given(username, change.password.as_deref(), None)?;
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
        kept_session: None,
    };
    let user = audit
        .acting(&state)
        .update_user(id, &update, state.clock.now())
        .await?;
    tracing::info!(by = %caller.0.username, username = %user.username, role = %user.role, "user changed");
    with_key(&state, rights, user).await.map(Json)
}

/// Deletes a user. Their votes stay under a pseudonym, so that no question that they helped to decide opens again.
#[utoipa::path(delete, path = "/users/{user_id}", responses((status = 200, body = answers::User)))]
pub(in crate::server::argilla) async fn delete(
    State(state): State<AppState>,
    caller: Caller,
    rights: Rights,
    audit: Audit,
    Id(id): Id,
) -> Result<Json<answers::User>, Refused> {
    let user = state
        .store
        .user(id)
        .await?
        .ok_or_else(|| missing("User", id))?;
    caller.must_be_owner()?;
    let shown = with_key(&state, rights, user).await?;
    audit
        .acting(&state)
        .delete_user(id, state.clock.now())
        .await?;
    tracing::info!(by = %caller.0.username, username = %shown.username, "user deleted");
    Ok(Json(shown))
}

async fn with_key(state: &AppState, rights: Rights, user: User) -> Result<answers::User, Refused> {
    let key = shown_keys(state, rights, &[user.id])
        .await?
        .remove(&user.id);
    Ok(wire::user(user, key))
}

/// The stored keys of these users, unless the server was told to keep them to itself, or a named key asks: it may end, or
/// only read, and they do not and may all.
async fn shown_keys(
    state: &AppState,
    Rights(access): Rights,
    users: &[Uuid],
) -> Result<HashMap<Uuid, String>, Refused> {
    match (state.settings.api_keys, access) {
        (ApiKeys::Readable, Access::Own) => Ok(state.store.api_keys(users).await?),
        _ => Ok(HashMap::new()),
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
