//! An act that the audit log tells of, written in the transaction of what it tells of.

use super::{
    Store,
    database::{Transaction, failed, query},
};
use crate::AnnotateError;
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// The actor of what was done by whoever can read the store's files.
pub const COMMAND_LINE: &str = "command line";

/// Who did what, to what, when and from where. Never a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Act {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Their username at that time, or [`COMMAND_LINE`].
    pub actor: String,
    /// The client's address, where it is known.
    pub address: Option<String>,
    /// What, such as `user.created`.
    pub act: String,
    /// The id or the name of what was acted on.
    pub subject: Option<String>,
}

/// Somebody who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// When they act.
    pub at: Timestamp,
    /// Their username, or [`COMMAND_LINE`].
    pub name: String,
    /// Their id, where they are a user.
    pub user: Option<Uuid>,
    /// The client's address, where it is known.
    pub address: Option<String>,
}

impl Actor {
    /// Whoever can read the store's files.
    pub fn command_line(at: Timestamp) -> Self {
        Self {
            at,
            name: COMMAND_LINE.to_owned(),
            user: None,
            address: None,
        }
    }

    /// Their act on something, or on nothing but themselves.
    pub fn act(&self, act: &str, subject: Option<String>) -> Act {
        Act {
            at: self.at,
            actor: self.name.clone(),
            address: self.address.clone(),
            act: act.to_owned(),
            subject,
        }
    }
}

impl Store {
    /// This store for what somebody does: what changes notes who did it, and to how much, in the same transaction.
    pub fn by(&self, actor: Actor) -> Self {
        Self {
            actor: Some(Arc::new(actor)),
            ..self.clone()
        }
    }

    /// This store for what whoever can read its files does with the command line.
    pub fn by_command_line(&self) -> Self {
        self.by(Actor::command_line(Timestamp::now()))
    }

    /// Notes an act of whoever this store is [for](Self::by); nothing where that is nobody.
    pub(super) async fn tell(
        &self,
        transaction: &mut Transaction,
        act: &str,
        subject: impl Into<String>,
    ) -> Result<(), AnnotateError> {
        let subject = Some(subject.into()).filter(|subject| !subject.is_empty());
        match &self.actor {
            None => Ok(()),
            Some(actor) => note(transaction, &actor.act(act, subject))
                .await
                .map_err(failed("noting an act")),
        }
    }
}

/// Notes an act in a transaction.
pub(super) async fn note(transaction: &mut Transaction, act: &Act) -> Result<(), sqlx::Error> {
    let noted = query(
        "INSERT INTO audit_log (at, actor, address, act, subject) VALUES ($1, $2, $3, $4, $5)",
    );
    let noted = noted
        .bind(act.at.as_microsecond())
        .bind(&act.actor)
        .bind(&act.address);
    noted
        .bind(&act.act)
        .bind(&act.subject)
        .execute(transaction)
        .await
        .map(drop)
}
