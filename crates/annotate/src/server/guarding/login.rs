//! Checking a username and a password, for the page and for Argilla's clients alike.

use super::audit::Audit;
use crate::{
    AnnotateError,
    accounts::{self, USERNAME_LENGTH},
    secrets::PASSWORD_LENGTH,
    server::{
        AppState,
        answering::nul::NUL,
        listening::{Neighbours, Peer},
        state::{Attempt, Refused},
    },
    store::User,
};
use serde::Deserialize;
use utoipa::ToSchema;

/// What a login takes.
#[derive(Deserialize, ToSchema)]
pub(in crate::server) struct Credentials {
    /// The name.
    pub(in crate::server) username: String,
    /// The password.
    pub(in crate::server) password: String,
}

/// A login that failed.
pub(in crate::server) enum LoginRefused {
    /// Nobody has this name and password.
    Wrong,
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
    let Some(user) = user else {
        state.metrics.login_failed();
        note(state, username, peer, "login.failed").await?;
        return Err(LoginRefused::Wrong);
    };
    state.logins.succeeded(attempt, state.clock.steady());
    Ok(user)
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
