//! The caller, and their rights.

use super::refused::{Refused, missing};
use crate::{
    secrets,
    server::{
        AppState,
        guarding::auth::{self, Rights},
        observe::Who,
    },
    store::{Access, DatasetHead, RecordPlace, Role, User},
};
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, request::Parts},
    middleware::Next,
    response::Response,
};
use jiff::SignedDuration;
use uuid::Uuid;

/// Lifetime of a bearer token.
pub(in crate::server) const TOKEN_LENGTH: SignedDuration = SignedDuration::from_hours(24);

/// The user who makes a request.
#[derive(Debug, Clone)]
pub(in crate::server) struct Caller(pub(in crate::server) User);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Refused> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or(Refused::Unauthorized)
    }
}

/// Lets a request through if a user makes it: by their API key, else by a bearer token. Cookies do not count, so that no
/// page of another site can call.
pub(in crate::server) async fn require(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Result<Response, Refused> {
    let found = match auth::user_of_key(&state, request.headers()).await? {
        Some(found) => Some(found),
        None => user_of_token(&state, request.headers())
            .await?
            .map(|user| (user, Access::Own)),
    };
    let (user, access) = found.ok_or(Refused::Unauthorized)?;
    if !auth::may(access, &request) {
        return Err(Refused::Forbidden);
    }
    request.extensions_mut().insert(Rights(access));
    Who::is(&request, &user.username);
    request.extensions_mut().insert(user.clone());
    request.extensions_mut().insert(Caller(user));
    Ok(next.run(request).await)
}

async fn user_of_token(state: &AppState, headers: &HeaderMap) -> Result<Option<User>, Refused> {
    let Some(token) = auth::bearer(headers) else {
        return Ok(None);
    };
    let Some((id, ends)) = secrets::token_claims(token) else {
        return Ok(None);
    };
    let Some((user, password_hash)) = state.store.credentials_by_id(id).await? else {
        return Ok(None);
    };
    let left = ends - state.clock.now().as_second();
    // One that lasts longer than any token does is from a clock that was set back since.
    let longest = (TOKEN_LENGTH + auth::CLOCK_DRIFT).as_secs();
    let is_good = !user.is_disabled
        && (1..=longest).contains(&left)
        && state.store.keyring().has_signed(token, &password_hash);
    Ok(is_good.then_some(user))
}

/// A right that is needed in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Need {
    /// See it: owners, and everybody who belongs to it.
    Member,
    /// Change what is in it: owners, and admins who belong to it.
    Admin,
}

impl Caller {
    /// Refuses everybody but owners.
    pub(in crate::server) fn must_be_owner(&self) -> Result<(), Refused> {
        if self.0.role == Role::Owner {
            Ok(())
        } else {
            Err(Refused::Forbidden)
        }
    }

    /// Refuses those who cannot do in a workspace what is needed.
    pub(in crate::server) async fn must(
        &self,
        state: &AppState,
        workspace: Uuid,
        need: Need,
    ) -> Result<(), Refused> {
        if need == Need::Admin && self.0.role == Role::Annotator {
            return Err(Refused::Forbidden);
        }
        match state.store.sees_workspace(&self.0, workspace).await? {
            true => Ok(()),
            false => Err(Refused::Forbidden),
        }
    }

    /// The dataset with this id, if it is there (404) and the caller can do in it what is needed (403).
    pub(in crate::server) async fn dataset(
        &self,
        state: &AppState,
        id: Uuid,
        need: Need,
    ) -> Result<DatasetHead, Refused> {
        let dataset = state
            .store
            .dataset_head(id)
            .await?
            .ok_or_else(|| missing("Dataset", id))?;
        self.must(state, dataset.workspace_id, need).await?;
        Ok(dataset)
    }

    /// Location of a record, if it is there (404) and the caller can do with it what is needed (403).
    pub(in crate::server) async fn record(
        &self,
        state: &AppState,
        id: Uuid,
        need: Need,
    ) -> Result<RecordPlace, Refused> {
        let place = state
            .store
            .record_place(id)
            .await?
            .ok_or_else(|| missing("Record", id))?;
        self.must(state, place.workspace_id, need).await?;
        Ok(place)
    }
}
