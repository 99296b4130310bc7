//! Checking a username and a password, for the page and for Argilla's clients alike.

use super::{AppState, nul::NUL};
use crate::{
    AnnotateError,
    accounts::{self, USERNAME_LENGTH},
    secrets::PASSWORD_LENGTH,
    store::User,
};
use serde::Deserialize;
use std::net::IpAddr;
use utoipa::ToSchema;

/// What a login takes.
#[derive(Deserialize, ToSchema)]
pub(super) struct Credentials {
    /// The name.
    pub(super) username: String,
    /// The password.
    pub(super) password: String,
}

/// Why nobody was logged in.
pub(super) enum LoginRefused {
    /// Nobody has this name and password.
    Wrong,
    /// Too many failures; seconds to wait.
    Wait(u64),
    /// The store failed.
    Failed(AnnotateError),
}

/// The user with this name and password. Failures are counted by name and address.
pub(super) async fn verified(
    state: &AppState,
    username: &str,
    password: &str,
    address: Option<IpAddr>,
) -> Result<User, LoginRefused> {
    // Before the attempt is remembered: what nobody is called would fill the memory.
    if username.chars().count() > *USERNAME_LENGTH.end() || username.contains(NUL) {
        return Err(LoginRefused::Wrong);
    }
    state.logins.begin(username, address, state.clock.now()).map_err(LoginRefused::Wait)?;
    if password.chars().count() > *PASSWORD_LENGTH.end() {
        return Err(LoginRefused::Wrong);
    }
    let _turn = state.verifying.acquire().await.expect("the semaphore is never closed");
    let user = accounts::log_in(&state.store, username, password).await.map_err(LoginRefused::Failed)?;
    let Some(user) = user else {
        state.metrics.login_failed();
        return Err(LoginRefused::Wrong);
    };
    state.logins.succeeded(username, address);
    Ok(user)
}
