//! One's own account: the password, and the sessions that are open.

use crate::{
    accounts, known_secrets,
    secrets::{self, PASSWORD_LENGTH},
    server::{
        AppState,
        answering::{ApiError, Body, Id},
        guarding::{
            Audit,
            auth::{CurrentSession, CurrentUser},
            login,
        },
        listening::Peer,
    },
    store::{OpenSession, UserUpdate, session_id},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
#[schema(as = PasswordChange)]
pub(super) struct PasswordChange {
    /// The password as it is.
    current: String,
    /// The password from now on: 8 to 100 characters, of any kind.
    new: String,
}

/// Changes one's password, in a session of the page; one's other sessions end.
#[utoipa::path(put, path = "/me/password", request_body = PasswordChange, responses((status = 204)))]
pub(super) async fn change_password(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    CurrentSession(session): CurrentSession,
    peer: Peer,
    headers: HeaderMap,
    audit: Audit,
    Body(PasswordChange { current, new }): Body<PasswordChange>,
) -> Result<StatusCode, ApiError> {
    secrets::check_length("password", &new, &PASSWORD_LENGTH)?;
    known_secrets::refuse_given(&user.username, Some(&new), None)?;
    login::confirmed(&state, &user, &current, &peer, &headers).await?;
    let update = UserUpdate {
        password_hash: Some(accounts::hashed(&new).await?),
        kept_session: Some(session),
        ..UserUpdate::default()
    };
    audit
        .acting(&state)
        .update_user(user.id, &update, state.clock.now())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Serialize, ToSchema)]
#[schema(as = Sessions)]
pub(super) struct Sessions {
    items: Vec<ShownSession>,
}

#[derive(Serialize, ToSchema)]
struct ShownSession {
    id: Uuid,
    /// True for the session of this request.
    is_current: bool,
    #[schema(value_type = String, format = DateTime)]
    began_at: Timestamp,
    /// When it ends unless it is used.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    address: Option<String>,
    agent: Option<String>,
}

/// One's sessions that are open, the latest first.
#[utoipa::path(get, path = "/me/sessions", responses((status = 200, body = Sessions)))]
pub(super) async fn sessions(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    current: Option<CurrentSession>,
) -> Result<Json<Sessions>, ApiError> {
    let current = current
        .as_ref()
        .map(|CurrentSession(hash)| session_id(hash));
    let now = state.clock.now();
    let sessions = state.store.sessions(user.id, now).await?;
    let is_over = |session: &OpenSession| now >= session.began_at + state.settings.session_limit;
    let shown = |session: OpenSession| ShownSession {
        is_current: current == Some(session.id),
        id: session.id,
        began_at: session.began_at,
        expires_at: session.expires_at,
        address: session.address,
        agent: session.agent,
    };
    let open = sessions.into_iter().filter(|session| !is_over(session));
    Ok(Json(Sessions {
        items: open.map(shown).collect(),
    }))
}

/// Ends one of one's sessions.
#[utoipa::path(
    delete,
    path = "/me/sessions/{id}",
    responses((status = 204))
)]
pub(super) async fn end_session(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    audit: Audit,
    Id(id): Id,
) -> Result<StatusCode, ApiError> {
    match audit.acting(&state).end_session(user.id, id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::NotFound("session")),
    }
}

/// Ends all of one's sessions but this one.
#[utoipa::path(delete, path = "/me/sessions", responses((status = 204)))]
pub(super) async fn end_other_sessions(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    current: Option<CurrentSession>,
    audit: Audit,
) -> Result<StatusCode, ApiError> {
    let current = current
        .as_ref()
        .map(|CurrentSession(hash)| session_id(hash));
    audit
        .acting(&state)
        .end_other_sessions(user.id, current.unwrap_or_default())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
