//! Checking a username and a password, for the page and for Argilla's clients alike.

use super::{audit::Audit, devices};
use crate::{
    AnnotateError,
    accounts::{self, USERNAME_LENGTH},
    known_secrets,
    secrets::PASSWORD_LENGTH,
    server::{
        AppState,
        answering::{ApiError, nul::NUL},
        listening::{Neighbours, Peer},
        state::{Attempt, Refused},
    },
    store::User,
    totp,
};
use axum::http::HeaderMap;
use serde::Deserialize;
use utoipa::ToSchema;

/// What a login takes.
#[derive(Deserialize, ToSchema)]
pub(in crate::server) struct Credentials {
    /// The name.
    pub(in crate::server) username: String,
    /// The password.
    pub(in crate::server) password: String,
    /// A code of the authenticator, for users who have a second factor.
    #[serde(default)]
    pub(in crate::server) code: Option<String>,
}

/// A login that failed.
pub(in crate::server) enum LoginRefused {
    /// Nobody has this name and password.
    Wrong,
    /// The name and the password are right, and the user is disabled.
    Disabled,
    /// The name and the password are right, and everybody knows the password.
    Known,
    /// The name and the password are right, and a code of the authenticator is missing.
    CodeNeeded,
    /// The name and the password are right, and the code is wrong or was used.
    WrongCode,
    /// Too many failures; seconds to wait.
    Wait(u64),
    /// The store failed.
    Failed(AnnotateError),
}

impl From<AnnotateError> for LoginRefused {
    fn from(error: AnnotateError) -> Self {
        Self::Failed(error)
    }
}

/// The user with this name and password. Failures are counted by name, by address, and by the known `device`, if the
/// client has shown that it is one.
pub(in crate::server) async fn verified(
    state: &AppState,
    username: &str,
    password: &str,
    code: Option<&str>,
    peer: &Peer,
    device: Option<&str>,
) -> Result<User, LoginRefused> {
    // Cannot be right, and is not worth a hash.
    let is_possible = username.chars().count() <= *USERNAME_LENGTH.end()
        && !username.contains(NUL)
        && password.chars().count() <= *PASSWORD_LENGTH.end();
    let attempt = Attempt {
        username: is_possible.then_some(username),
        address: peer.address.map(Neighbours::of),
        device,
    };
    if let Err(refused) = state.logins.begin(attempt, state.clock.steady()) {
        note_refusal(state, username, peer, refused).await?;
        return Err(LoginRefused::Wait(refused.seconds));
    }
    let user = match is_possible {
        true => checked(state, username, password).await?,
        false => None,
    };
    let admitted = match user {
        Some(user) => admitted(state, user, password, code).await,
        None => Err(LoginRefused::Wrong),
    };
    match admitted {
        Ok(user) => {
            state.logins.succeeded(attempt, state.clock.steady());
            Ok(user)
        }
        // Asked for, the code comes with the next attempt.
        Err(refused @ (LoginRefused::CodeNeeded | LoginRefused::Failed(_))) => Err(refused),
        Err(refused) => {
            state.metrics.login_failed();
            note(state, username, peer, "login.failed").await?;
            Err(refused)
        }
    }
}

async fn checked(
    state: &AppState,
    username: &str,
    password: &str,
) -> Result<Option<User>, AnnotateError> {
    let _turn = state
        .verifying
        .acquire()
        .await
        .expect("the semaphore is never closed");
    accounts::log_in(&state.store, username, password).await
}

/// Refuses a user who has given the right password and may not come in with it alone, or at all.
async fn admitted(
    state: &AppState,
    user: User,
    password: &str,
    code: Option<&str>,
) -> Result<User, LoginRefused> {
    if user.is_disabled {
        return Err(LoginRefused::Disabled);
    }
    if state.settings.is_public && known_secrets::is_known(&user.username, password) {
        return Err(LoginRefused::Known);
    }
    check_code(state, &user, code).await?;
    Ok(user)
}

/// Refuses a user with a second factor whose code is missing, wrong or used.
async fn check_code(state: &AppState, user: &User, code: Option<&str>) -> Result<(), LoginRefused> {
    let factor = state.store.second_factor(user.id).await?;
    let Some(factor) = factor.filter(|factor| factor.is_confirmed) else {
        return Ok(());
    };
    let code = code.filter(|code| !code.is_empty());
    let code = code.ok_or(LoginRefused::CodeNeeded)?;
    let now = state.clock.now();
    let step = totp::step_of(&factor.secret, code, now, factor.last_step);
    let step = step.ok_or(LoginRefused::WrongCode)?;
    match state.store.use_step(user.id, step, now).await? {
        true => Ok(()),
        false => Err(LoginRefused::WrongCode),
    }
}

/// Refuses a user who does not know their password. Failures count as those of logins.
pub(in crate::server) async fn confirmed(
    state: &AppState,
    user: &User,
    password: &str,
    peer: &Peer,
    headers: &HeaderMap,
) -> Result<(), ApiError> {
    match again(state, user, password, None, peer, headers).await {
        Ok(_) | Err(LoginRefused::Known | LoginRefused::CodeNeeded) => Ok(()),
        Err(refused) => Err(unconfirmed(refused)),
    }
}

/// Refuses a user who does not know their password, or whose code is wrong.
pub(in crate::server) async fn confirmed_with_code(
    state: &AppState,
    user: &User,
    password: &str,
    code: &str,
    peer: &Peer,
    headers: &HeaderMap,
) -> Result<(), ApiError> {
    match again(state, user, password, Some(code), peer, headers).await {
        Ok(_) | Err(LoginRefused::Known) => Ok(()),
        Err(refused) => Err(unconfirmed(refused)),
    }
}

async fn again(
    state: &AppState,
    user: &User,
    password: &str,
    code: Option<&str>,
    peer: &Peer,
    headers: &HeaderMap,
) -> Result<User, LoginRefused> {
    let device = devices::known(state.store.keyring(), headers, &user.username);
    let device = device.as_deref();
    verified(state, &user.username, password, code, peer, device).await
}

fn unconfirmed(refused: LoginRefused) -> ApiError {
    match refused {
        LoginRefused::Wait(seconds) => ApiError::TooMany(seconds),
        LoginRefused::Failed(error) => error.into(),
        LoginRefused::CodeNeeded | LoginRefused::WrongCode => {
            ApiError::Forbidden("the code is wrong, or was used already; wait for the next")
        }
        LoginRefused::Wrong | LoginRefused::Disabled | LoginRefused::Known => {
            ApiError::Forbidden("the password is wrong")
        }
    }
}

/// Counts a refusal, and notes the first in each window: those who guess make many.
async fn note_refusal(
    state: &AppState,
    username: &str,
    peer: &Peer,
    refused: Refused,
) -> Result<(), AnnotateError> {
    state.metrics.login_refused(refused.limit);
    match refused.is_first {
        true => note(state, username, peer, "login.limited").await,
        false => Ok(()),
    }
}

/// Notes an act; without the name if it is nobody's, because passwords are typed there by mistake.
async fn note(
    state: &AppState,
    username: &str,
    peer: &Peer,
    act: &str,
) -> Result<(), AnnotateError> {
    let known = match username.contains(NUL) {
        true => None,
        false => state.store.credentials(username).await?,
    };
    let actor = known.map_or_else(|| "unknown".to_owned(), |(user, _)| user.username);
    let act = Audit::by(&actor, peer).act(state, act, None);
    state.store.note_act(act).await
}
