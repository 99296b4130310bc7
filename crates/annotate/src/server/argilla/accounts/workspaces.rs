//! Workspaces and their members.

use crate::server::argilla::protocol::{
    caller::{Caller, Need},
    refused::{Refused, missing},
    request::{Body, Id, Ids},
    wire,
};
use crate::{
    server::{AppState, guarding::Audit},
    store::{Refusal, Role, User, Workspace},
};
use axum::{Json, extract::State, http::StatusCode};
use examen_argilla::{
    answers::{self, Items},
    bodies,
};
use uuid::Uuid;

type Shown = Json<answers::Workspace>;
type List = Json<Items<answers::Workspace>>;

/// Workspaces: all for owners, their own for others.
#[utoipa::path(get, path = "/me/workspaces", responses((status = 200, body = Items<answers::Workspace>)))]
pub(in crate::server::argilla) async fn mine(
    State(state): State<AppState>,
    Caller(user): Caller,
) -> Result<List, Refused> {
    let workspaces = match user.role {
        Role::Owner => state.store.workspaces().await?,
        Role::Admin | Role::Annotator => state.store.workspaces_of(user.id).await?,
    };
    Ok(Json(workspaces.into_iter().map(wire::workspace).collect()))
}

/// The workspaces of a user.
#[utoipa::path(get, path = "/users/{user_id}/workspaces", responses((status = 200, body = Items<answers::Workspace>)))]
pub(in crate::server::argilla) async fn of_user(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<List, Refused> {
    caller.must_be_owner()?;
    let user = state
        .store
        .user(id)
        .await?
        .ok_or_else(|| missing("User", id))?;
    let workspaces = match user.role {
        Role::Owner => state.store.workspaces().await?,
        Role::Admin | Role::Annotator => state.store.workspaces_of(id).await?,
    };
    Ok(Json(workspaces.into_iter().map(wire::workspace).collect()))
}

/// A workspace.
#[utoipa::path(get, path = "/workspaces/{workspace_id}", responses((status = 200, body = answers::Workspace)))]
pub(in crate::server::argilla) async fn one(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Shown, Refused> {
    caller.must(&state, id, Need::Member).await?;
    Ok(Json(wire::workspace(found(&state, id).await?)))
}

/// Makes a workspace.
#[utoipa::path(
    post,
    path = "/workspaces",
    request_body = bodies::NewWorkspace,
    responses((status = 201, body = answers::Workspace))
)]
pub(in crate::server::argilla) async fn create(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    body: Body,
) -> Result<(StatusCode, Shown), Refused> {
    let new = body.read(bodies::NewWorkspace::read)?;
    caller.must_be_owner()?;
    let id = new.id.unwrap_or_else(Uuid::new_v4);
    let workspace = audit
        .acting(&state)
        .insert_workspace(&new.name, id, state.clock.now())
        .await?;
    tracing::info!(by = %caller.0.username, workspace = %workspace.name, "workspace made");
    Ok((StatusCode::CREATED, Json(wire::workspace(workspace))))
}

/// Deletes a workspace without datasets.
#[utoipa::path(delete, path = "/workspaces/{workspace_id}", responses((status = 200, body = answers::Workspace)))]
pub(in crate::server::argilla) async fn delete(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(id): Id,
) -> Result<Shown, Refused> {
    let workspace = found(&state, id).await?;
    caller.must_be_owner()?;
    audit.acting(&state).delete_workspace(id).await?;
    tracing::info!(by = %caller.0.username, workspace = %workspace.name, "workspace deleted");
    Ok(Json(wire::workspace(workspace)))
}

/// Who belongs to a workspace.
#[utoipa::path(get, path = "/workspaces/{workspace_id}/users", responses((status = 200, body = Items<answers::User>)))]
pub(in crate::server::argilla) async fn members(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<Items<answers::User>>, Refused> {
    found(&state, id).await?;
    caller.must(&state, id, Need::Admin).await?;
    Ok(Json(
        state
            .store
            .members(id)
            .await?
            .into_iter()
            .map(without_key)
            .collect(),
    ))
}

/// Lets a user into a workspace.
#[utoipa::path(
    post,
    path = "/workspaces/{workspace_id}/users",
    request_body = bodies::Member,
    responses((status = 201, body = answers::User))
)]
pub(in crate::server::argilla) async fn add_member(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Id(id): Id,
    body: Body,
) -> Result<(StatusCode, Json<answers::User>), Refused> {
    let member = body.read(bodies::Member::read)?;
    found(&state, id).await?;
    caller.must_be_owner()?;
    let user = state.store.user(member.user_id).await?;
    let user = user.ok_or(Refusal::Unknown {
        what: "User",
        id: member.user_id,
    })?;
    audit.acting(&state).add_member(id, user.id).await?;
    tracing::info!(by = %caller.0.username, username = %user.username, workspace = %id, "member added");
    Ok((StatusCode::CREATED, Json(without_key(user))))
}

/// Takes a user out of a workspace.
#[utoipa::path(
    delete,
    path = "/workspaces/{workspace_id}/users/{user_id}",
    responses((status = 200, body = answers::User))
)]
pub(in crate::server::argilla) async fn remove_member(
    State(state): State<AppState>,
    caller: Caller,
    audit: Audit,
    Ids(id, user_id): Ids,
) -> Result<Json<answers::User>, Refused> {
    let no_member = Refusal::NoMember {
        workspace: id,
        user: user_id,
    };
    let user = state.store.user(user_id).await?;
    caller.must(&state, id, Need::Admin).await?;
    let user = user.ok_or(no_member)?;
    audit.acting(&state).remove_member(id, user_id).await?;
    tracing::info!(by = %caller.0.username, username = %user.username, workspace = %id, "member removed");
    Ok(Json(without_key(user)))
}

/// Members are shown to admins, who must not learn anybody's key.
fn without_key(user: User) -> answers::User {
    wire::user(user, None)
}

async fn found(state: &AppState, id: Uuid) -> Result<Workspace, Refused> {
    state
        .store
        .workspace(id)
        .await?
        .ok_or_else(|| missing("Workspace", id))
}
