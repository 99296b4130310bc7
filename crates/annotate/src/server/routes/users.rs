//! Users, for owners: who they are, and whether they may come in.

use crate::{
    server::{
        AppState,
        answering::{ApiError, Id},
        guarding::{Audit, auth::CurrentUser},
    },
    store::{Role, User},
};
use axum::{Json, extract::State};
use examen_argilla::shapes;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
#[schema(as = ListedUsers)]
pub(super) struct Listed {
    items: Vec<ListedUser>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct ListedUser {
    id: Uuid,
    username: String,
    #[schema(value_type = shapes::Role)]
    role: Role,
    /// True for somebody who can neither log in nor use a key.
    is_disabled: bool,
}

impl From<User> for ListedUser {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            username: user.username,
            role: user.role,
            is_disabled: user.is_disabled,
        }
    }
}

/// All users, oldest first. For owners.
#[utoipa::path(get, path = "/users", responses((status = 200, body = Listed)))]
pub(super) async fn list(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
) -> Result<Json<Listed>, ApiError> {
    must_be_owner(&user)?;
    let users = state.store.users().await?;
    Ok(Json(Listed {
        items: users.into_iter().map(ListedUser::from).collect(),
    }))
}

/// Disables a user: their sessions end, and no password and no key lets them in. Their answers count as before. For owners.
#[utoipa::path(post, path = "/users/{id}/disable", responses((status = 200, body = ListedUser)))]
pub(super) async fn disable(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    audit: Audit,
    Id(id): Id,
) -> Result<Json<ListedUser>, ApiError> {
    set_disabled(&state, &user, &audit, id, true).await
}

/// Lets a user who was disabled in again. For owners.
#[utoipa::path(post, path = "/users/{id}/enable", responses((status = 200, body = ListedUser)))]
pub(super) async fn enable(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    audit: Audit,
    Id(id): Id,
) -> Result<Json<ListedUser>, ApiError> {
    set_disabled(&state, &user, &audit, id, false).await
}

async fn set_disabled(
    state: &AppState,
    caller: &User,
    audit: &Audit,
    id: Uuid,
    is_disabled: bool,
) -> Result<Json<ListedUser>, ApiError> {
    must_be_owner(caller)?;
    let user = audit
        .acting(state)
        .set_disabled(id, is_disabled, state.clock.now())
        .await?;
    tracing::info!(by = %caller.username, username = %user.username, is_disabled, "user disabled or enabled");
    Ok(Json(user.into()))
}

fn must_be_owner(caller: &User) -> Result<(), ApiError> {
    match caller.role {
        Role::Owner => Ok(()),
        Role::Admin | Role::Annotator => Err(ApiError::Forbidden("users are for owners")),
    }
}
