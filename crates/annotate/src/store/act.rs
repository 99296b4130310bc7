//! An act that the audit log tells of, written in the transaction of what it tells of.

use super::database::{Transaction, query};
use jiff::Timestamp;
use serde::Serialize;
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
