//! Logging in and out, and who one is.

use crate::{
    secrets,
    server::{
        AppState,
        answering::ApiError,
        answering::Body,
        guarding::Audit,
        guarding::auth::{self, CurrentUser},
        guarding::devices,
        guarding::login::{self, Credentials, LoginRefused},
        listening::Peer,
    },
    store::{Role, User},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::AppendHeaders,
};
use examen_argilla::shapes;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    id: Uuid,
    username: String,
    #[schema(value_type = shapes::Role)]
    role: Role,
}

impl From<User> for Me {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            username: user.username,
            role: user.role,
        }
    }
}

/// Opens a session.
#[utoipa::path(post, path = "/login", request_body = Credentials, security(()), responses((status = 200, body = Me)))]
pub(super) async fn log_in(
    State(state): State<AppState>,
    peer: Peer,
    headers: HeaderMap,
    Body(credentials): Body<Credentials>,
) -> Result<(AppendHeaders<[(HeaderName, HeaderValue); 2]>, Json<Me>), ApiError> {
    let Credentials { username, password } = credentials;
    let (now, keyring) = (state.clock.now(), state.store.keyring());
    let device = devices::known(keyring, &headers, &username);
    let user = login::verified(&state, &username, &password, &peer, device.as_deref())
        .await
        .map_err(|refused| match refused {
            LoginRefused::Wrong => ApiError::Unauthorized("wrong username or password"),
            LoginRefused::Wait(seconds) => ApiError::TooMany(seconds),
            LoginRefused::Failed(error) => error.into(),
        })?;
    let token = secrets::new_token();
    let act = Audit::by(&user.username, &peer).act(&state, "login", None);
    state
        .store
        .acting(act)
        .insert_session(
            &secrets::hash_token(&token),
            user.id,
            now,
            auth::end_of_session(now),
        )
        .await?;
    tracing::info!(%username, "logged in");
    let cookies = [
        auth::session_cookie(&token, &peer),
        devices::cookie(keyring, device, &user.username, &peer),
    ];
    Ok((
        AppendHeaders(cookies.map(|cookie| (header::SET_COOKIE, cookie))),
        Json(user.into()),
    ))
}

/// Ends the session, if there is one beside the API key.
#[utoipa::path(post, path = "/logout", responses((status = 204)))]
pub(super) async fn log_out(
    State(state): State<AppState>,
    peer: Peer,
    headers: HeaderMap,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 1]), ApiError> {
    if let Some(token) = auth::session_token(&headers) {
        state
            .store
            .delete_session(&secrets::hash_token(token))
            .await?;
    }
    Ok((
        StatusCode::NO_CONTENT,
        [(header::SET_COOKIE, auth::no_cookie(&peer))],
    ))
}

/// Who one is.
#[utoipa::path(get, path = "/me", responses((status = 200, body = Me)))]
pub(super) async fn me(CurrentUser(user): CurrentUser) -> Json<Me> {
    Json(user.into())
}
