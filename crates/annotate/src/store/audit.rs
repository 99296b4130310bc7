//! The audit log: administrative acts, each written in the transaction of what it tells of.

use super::{Store, Transaction, database::query, failed, values};
use crate::AnnotateError;
use jiff::Timestamp;
use serde::Serialize;
use sqlx::FromRow;
use std::sync::Arc;
use utoipa::ToSchema;

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

#[derive(FromRow)]
struct ActRow {
    at: i64,
    actor: String,
    address: Option<String>,
    act: String,
    subject: Option<String>,
}

impl Store {
    /// This store for what is done by one act: its next transaction that writes also notes it, or does neither.
    pub fn acting(&self, act: Act) -> Self {
        Self {
            act: Some(Arc::new(act)),
            ..self.clone()
        }
    }

    /// Notes an act that changes nothing else.
    pub async fn note_act(&self, act: Act) -> Result<(), AnnotateError> {
        const DOING: &str = "noting an act";
        self.acting(act)
            .write(DOING)
            .await?
            .commit()
            .await
            .map_err(failed(DOING))
    }

    /// How many acts there are, and those after the first `offset`, the newest first.
    pub async fn acts(&self, offset: u64, limit: u32) -> Result<(u64, Vec<Act>), AnnotateError> {
        const DOING: &str = "reading the audit log";
        let mut transaction = self.read(DOING).await?;
        let total: i64 = query("SELECT COUNT(*) FROM audit_log")
            .scalar(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        let rows: Result<Vec<ActRow>, _> =
            query("SELECT at, actor, address, act, subject FROM audit_log ORDER BY number DESC LIMIT $1 OFFSET $2")
                .bind(limit)
                .bind(i64::try_from(offset).unwrap_or(i64::MAX))
                .fetch_all(&mut transaction)
                .await;
        let acts: Result<Vec<Act>, _> = rows
            .map_err(failed(DOING))?
            .into_iter()
            .map(ActRow::act)
            .collect();
        Ok((total.unsigned_abs(), acts?))
    }
}

impl ActRow {
    fn act(self) -> Result<Act, AnnotateError> {
        let Self {
            at,
            actor,
            address,
            act,
            subject,
        } = self;
        Ok(Act {
            at: values::time(at)?,
            actor,
            address,
            act,
            subject,
        })
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
