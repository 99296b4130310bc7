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
    store::{NewSession, Role, User},
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
    let Credentials {
        username,
        password,
        code,
    } = credentials;
    let (now, keyring) = (state.clock.now(), state.store.keyring());
    let device = devices::known(keyring, &headers, &username);
    let (code, known) = (code.as_deref(), device.as_deref());
    let user = login::verified(&state, &username, &password, code, &peer, known)
        .await
        .map_err(|refused| match refused {
            LoginRefused::Wrong => ApiError::Unauthorized("wrong username or password"),
            LoginRefused::CodeNeeded => {
                ApiError::SecondFactor("a code of your authenticator is needed, too")
            }
            LoginRefused::WrongCode => {
                ApiError::SecondFactor("the code is wrong, or was used already; wait for the next")
            }
            LoginRefused::Disabled => {
                ApiError::Forbidden("this account is disabled; an owner can enable it")
            }
            LoginRefused::Known => ApiError::Forbidden(
                "this password is among the first that attackers try and is refused here; an owner can give you another",
            ),
            LoginRefused::Wait(seconds) => ApiError::TooMany(seconds),
            LoginRefused::Failed(error) => error.into(),
        })?;
    let token = secrets::new_token();
    let length = auth::SESSION_LENGTH.min(state.settings.session_limit);
    let session = NewSession {
        token_hash: &secrets::hash_token(&token),
        user: user.id,
        began_at: now,
        expires_at: now + length,
        address: peer.address.map(|address| address.to_string()),
        agent: agent(&headers),
    };
    Audit::by(&user.username, &peer)
        .acting(&state)
        .insert_session(&session)
        .await?;
    tracing::info!(%username, "logged in");
    let cookies = [
        auth::session_cookie(&token, length, &peer),
        devices::cookie(keyring, device, &user.username, &peer),
    ];
    Ok((
        AppendHeaders(cookies.map(|cookie| (header::SET_COOKIE, cookie))),
        Json(user.into()),
    ))
}

/// The beginning of what the client's program calls itself.
fn agent(headers: &HeaderMap) -> Option<String> {
    const LENGTH: usize = 200;
    let agent = headers.get(header::USER_AGENT)?.to_str().ok()?;
    Some(agent.chars().take(LENGTH).collect())
}

/// Ends the session, if there is one beside the API key.
#[utoipa::path(post, path = "/logout", responses((status = 204)))]
pub(super) async fn log_out(
    State(state): State<AppState>,
    peer: Peer,
    audit: Audit,
    headers: HeaderMap,
) -> Result<(StatusCode, [(HeaderName, HeaderValue); 1]), ApiError> {
    if let Some(token) = auth::session_token(&headers) {
        audit
            .acting(&state)
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
