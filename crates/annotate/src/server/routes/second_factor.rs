//! A second factor: setting it up with an authenticator, and taking it away.

use crate::{
    server::{
        AppState,
        answering::{ApiError, Body, Id},
        guarding::{
            Audit,
            auth::{CurrentUser, Rights},
            login,
        },
        listening::Peer,
    },
    store::Role,
    totp,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Serialize, ToSchema)]
#[schema(as = SecondFactor)]
pub(super) struct Shown {
    /// True where logging in takes a code.
    is_enabled: bool,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct Password {
    /// One's password.
    password: String,
}

/// What the authenticator is told, shown now.
#[derive(Serialize, ToSchema)]
pub(super) struct Begun {
    /// The secret, in base 32, to be typed.
    secret: String,
    /// The same as an `otpauth:` address, to be shown as a picture.
    address: String,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct Code {
    /// Six digits of the authenticator.
    code: String,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct PasswordAndCode {
    /// One's password.
    password: String,
    /// Six digits of the authenticator.
    code: String,
}

/// Tells one whether logging in takes a code.
#[utoipa::path(get, path = "/me/second-factor", responses((status = 200, body = Shown)))]
pub(super) async fn mine(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
) -> Result<Json<Shown>, ApiError> {
    let factor = state.store.second_factor(user.id).await?;
    let is_enabled = factor.is_some_and(|factor| factor.is_confirmed);
    Ok(Json(Shown { is_enabled }))
}

/// Begins to set a second factor up: nothing changes until a code confirms it.
#[utoipa::path(post, path = "/me/second-factor", request_body = Password, responses((status = 201, body = Begun)))]
pub(super) async fn begin(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    rights: Rights,
    peer: Peer,
    headers: HeaderMap,
    Body(Password { password }): Body<Password>,
) -> Result<(StatusCode, Json<Begun>), ApiError> {
    rights.must_be_own()?;
    login::confirmed(&state, &user, &password, &peer, &headers).await?;
    let secret = totp::new_secret();
    if !state.store.begin_second_factor(user.id, &secret).await? {
        return Err(ApiError::Conflict(
            "there is a second factor already; take it away first".to_owned(),
        ));
    }
    let address = totp::address(&secret, &user.username);
    Ok((StatusCode::CREATED, Json(Begun { secret, address })))
}

/// Confirms, with a code, that the authenticator has the secret. From then on logging in takes a code.
#[utoipa::path(post, path = "/me/second-factor/confirm", request_body = Code, responses((status = 204)))]
pub(super) async fn confirm(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    rights: Rights,
    audit: Audit,
    Body(Code { code }): Body<Code>,
) -> Result<StatusCode, ApiError> {
    rights.must_be_own()?;
    let (factor, now) = (state.store.second_factor(user.id).await?, state.clock.now());
    let factor = factor.ok_or(ApiError::NotFound("second factor"))?;
    let step = totp::step_of(&factor.secret, &code, now, factor.last_step);
    let is_used = match step {
        Some(step) => audit.acting(&state).use_step(user.id, step, now).await?,
        None => false,
    };
    match is_used {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::Invalid(
            "the code is wrong, or was used already; wait for the next".to_owned(),
        )),
    }
}

/// Takes one's second factor away.
#[utoipa::path(post, path = "/me/second-factor/disable", request_body = PasswordAndCode, responses((status = 204)))]
pub(super) async fn disable(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    rights: Rights,
    peer: Peer,
    headers: HeaderMap,
    audit: Audit,
    Body(PasswordAndCode { password, code }): Body<PasswordAndCode>,
) -> Result<StatusCode, ApiError> {
    rights.must_be_own()?;
    login::confirmed_with_code(&state, &user, &password, &code, &peer, &headers).await?;
    audit.acting(&state).delete_second_factor(user.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the second factor of somebody away who lost their authenticator. For owners.
#[utoipa::path(delete, path = "/users/{id}/second-factor", responses((status = 204)))]
pub(super) async fn delete_of(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    rights: Rights,
    audit: Audit,
    Id(id): Id,
) -> Result<StatusCode, ApiError> {
    if user.role != Role::Owner {
        return Err(ApiError::Forbidden(
            "only owners take the second factors of others away",
        ));
    }
    rights.must_be_own()?;
    let known = state.store.user(id).await?;
    known.ok_or(ApiError::NotFound("user"))?;
    audit.acting(&state).delete_second_factor(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
