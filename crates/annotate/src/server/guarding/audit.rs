//! The user and the address that the audit log names.

use crate::{
    Store,
    server::{AppState, listening::Peer, observe::Who},
    store::Act,
};
use axum::{extract::FromRequestParts, http::request::Parts};
use std::convert::Infallible;

/// The user who makes a request, and where from.
#[derive(Debug, Clone)]
pub(in crate::server) struct Audit {
    actor: String,
    address: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Audit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let actor = parts
            .extensions
            .get::<Who>()
            .and_then(Who::username)
            .unwrap_or_default();
        let peer = parts.extensions.get::<Peer>().cloned().unwrap_or_default();
        Ok(Self::by(&actor, &peer))
    }
}

impl Audit {
    /// An actor who has just logged in, or tried to.
    pub(in crate::server) fn by(actor: &str, peer: &Peer) -> Self {
        Self {
            actor: actor.to_owned(),
            address: peer.address.map(|address| address.to_string()),
        }
    }

    /// The store for one act, which is noted in the transaction that does it.
    pub(in crate::server) fn store(
        &self,
        state: &AppState,
        act: &str,
        subject: impl ToString,
    ) -> Store {
        state
            .store
            .acting(self.act(state, act, Some(subject.to_string())))
    }

    /// An act on something, or on nothing but oneself.
    pub(in crate::server) fn act(
        &self,
        state: &AppState,
        act: &str,
        subject: Option<String>,
    ) -> Act {
        let Self { actor, address } = self.clone();
        Act {
            at: state.clock.now(),
            actor,
            address,
            act: act.to_owned(),
            subject,
        }
    }
}
