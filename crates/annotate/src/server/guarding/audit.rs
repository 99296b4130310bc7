//! The user and the address that the audit log names.

use crate::{
    AnnotateError, Store,
    server::{AppState, listening::Peer},
    store::{Act, Actor, DatasetHead, User},
};
use axum::{extract::FromRequestParts, http::request::Parts};
use std::convert::Infallible;
use uuid::Uuid;

/// The user who makes a request, and where from.
#[derive(Debug, Clone)]
pub(in crate::server) struct Audit {
    name: String,
    user: Option<Uuid>,
    address: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Audit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>().cloned().unwrap_or_default();
        let user = parts.extensions.get::<User>();
        let name = user.map_or("", |user| user.username.as_str());
        Ok(Self {
            user: user.map(|user| user.id),
            ..Self::by(name, &peer)
        })
    }
}

impl Audit {
    /// An actor who has just logged in, or tried to.
    pub(in crate::server) fn by(name: &str, peer: &Peer) -> Self {
        Self {
            name: name.to_owned(),
            user: None,
            address: peer.address.map(|address| address.to_string()),
        }
    }

    /// The store for what they do; it notes each change itself.
    pub(in crate::server) fn acting(&self, state: &AppState) -> Store {
        state.store.by(self.actor(state))
    }

    /// An act on something, or on nothing but oneself.
    pub(in crate::server) fn act(
        &self,
        state: &AppState,
        act: &str,
        subject: Option<String>,
    ) -> Act {
        self.actor(state).act(act, subject)
    }

    /// Notes that somebody reads everybody's records and answers: once an hour for each dataset, however many pages.
    pub(in crate::server) async fn exporting(
        &self,
        state: &AppState,
        dataset: &DatasetHead,
    ) -> Result<(), AnnotateError> {
        let Some(user) = self.user else {
            return Ok(());
        };
        if !state.exports.is_new(user, dataset.id, state.clock.now()) {
            return Ok(());
        }
        let act = self.act(state, "dataset.exported", Some(dataset.name.clone()));
        state.store.note_act(act).await
    }

    fn actor(&self, state: &AppState) -> Actor {
        let Self {
            name,
            user,
            address,
        } = self.clone();
        Actor {
            at: state.clock.now(),
            name,
            user,
            address,
        }
    }
}
