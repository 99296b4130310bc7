//! Checking a username and a password, for the page and for Argilla's clients alike.

use super::audit::Audit;
use crate::{
    AnnotateError,
    accounts::{self, USERNAME_LENGTH},
    secrets::PASSWORD_LENGTH,
    server::{AppState, answering::nul::NUL, listening::Peer},
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

/// The user with this name and password. Failures are counted by name and address.
pub(in crate::server) async fn verified(
    state: &AppState,
    username: &str,
    password: &str,
    peer: &Peer,
) -> Result<User, LoginRefused> {
    let address = peer.address;
    // Checked before the attempt is stored: impossible names would fill the memory.
    if username.chars().count() > *USERNAME_LENGTH.end() || username.contains(NUL) {
        return Err(LoginRefused::Wrong);
    }
    state
        .logins
        .begin(username, address, state.clock.now())
        .map_err(LoginRefused::Wait)?;
    if password.chars().count() > *PASSWORD_LENGTH.end() {
        return Err(LoginRefused::Wrong);
    }
    let _turn = state
        .verifying
        .acquire()
        .await
        .expect("the semaphore is never closed");
    let user = accounts::log_in(&state.store, username, password)
        .await
        .map_err(LoginRefused::Failed)?;
    let Some(user) = user else {
        note_failure(state, username, peer)
            .await
            .map_err(LoginRefused::Failed)?;
        return Err(LoginRefused::Wrong);
    };
    state.logins.succeeded(username, address);
    Ok(user)
}

/// Counts and notes a failure; without the name if it is nobody's, because passwords are typed there by mistake.
async fn note_failure(state: &AppState, username: &str, peer: &Peer) -> Result<(), AnnotateError> {
    state.metrics.login_failed();
    let known = state.store.credentials(username).await?;
    let actor = known.map_or_else(|| "unknown".to_owned(), |(user, _)| user.username);
    state
        .store
        .note_act(Audit::by(&actor, peer).act(state, "login.failed", None))
        .await
}
