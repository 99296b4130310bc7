//! Users who leave: disabled for a time, or deleted for good. Their votes stay in both cases, since they decided questions.

use super::users::{Role, User};
use crate::{
    AnnotateError, Refusal, secrets,
    store::{
        Store,
        database::{Transaction, failed, query},
        values,
    },
};
use jiff::Timestamp;
use uuid::Uuid;

/// The state of somebody who cannot come in.
pub(super) const DISABLED: &str = "disabled";
const ACTIVE: &str = "active";

impl Store {
    /// Disables a user, or lets them in again. One who is disabled has no session and no key that works; their votes
    /// count as before.
    pub async fn set_disabled(
        &self,
        id: Uuid,
        is_disabled: bool,
        now: Timestamp,
    ) -> Result<User, AnnotateError> {
        const DOING: &str = "disabling a user";
        let mut transaction = self.write(DOING).await?;
        if is_disabled {
            keep_an_owner(&mut transaction, id).await?;
            let ended = query("DELETE FROM sessions WHERE user_id = $1")
                .bind(id)
                .execute(&mut transaction)
                .await;
            ended.map_err(failed(DOING))?;
        }
        let changed = query(
            "UPDATE users SET state = $2, updated_at = $3 WHERE id = $1 AND state <> 'deleted'",
        )
        .bind(id)
        .bind(if is_disabled { DISABLED } else { ACTIVE })
        .bind(now.as_microsecond())
        .execute(&mut transaction)
        .await;
        if changed.map_err(failed(DOING))? == 0 {
            return Err(Refusal::NotFound { what: "User", id }.into());
        }
        let name = name_of(&mut transaction, id).await.map_err(failed(DOING))?;
        let act = if is_disabled {
            "user.disabled"
        } else {
            "user.enabled"
        };
        self.tell(&mut transaction, act, name).await?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(self
            .user(id)
            .await?
            .ok_or(Refusal::NotFound { what: "User", id })?)
    }

    /// Deletes a user with their drafts, and returns how many votes of theirs stay: submitted and discarded responses
    /// become those of a pseudonym that nobody can log in as and that tells nothing of who it was.
    pub async fn delete_user(&self, id: Uuid, now: Timestamp) -> Result<u64, AnnotateError> {
        const DOING: &str = "deleting a user";
        let mut transaction = self.write(DOING).await?;
        keep_an_owner(&mut transaction, id).await?;
        let votes: i64 =
            query("SELECT COUNT(*) FROM responses WHERE user_id = $1 AND status <> 'draft'")
                .bind(id)
                .scalar(&mut transaction)
                .await
                .map_err(failed(DOING))?;
        if votes > 0 {
            let pseudonym = insert_pseudonym(&mut transaction, now)
                .await
                .map_err(failed(DOING))?;
            let moved =
                "UPDATE responses SET user_id = $2 WHERE user_id = $1 AND status <> 'draft'";
            query(moved)
                .bind(id)
                .bind(pseudonym)
                .execute(&mut transaction)
                .await
                .map_err(failed(DOING))?;
        }
        let name = name_of(&mut transaction, id).await.map_err(failed(DOING))?;
        let subject = match votes {
            0 => name,
            1 => format!("{name} (1 vote stays under a pseudonym)"),
            votes => format!("{name} ({votes} votes stay under a pseudonym)"),
        };
        self.tell(&mut transaction, "user.deleted", subject).await?;
        let deleted = query("DELETE FROM users WHERE id = $1 AND state <> 'deleted'")
            .large()
            .bind(id)
            .execute(&mut transaction)
            .await;
        if deleted.map_err(failed(DOING))? == 0 {
            return Err(Refusal::NotFound { what: "User", id }.into());
        }
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(values::count(votes))
    }
}

/// Refuses to lose the only owner who can come in: nobody could make another.
pub(super) async fn keep_an_owner(
    connection: &mut Transaction,
    id: Uuid,
) -> Result<(), AnnotateError> {
    let owners: Vec<Uuid> = query("SELECT id FROM users WHERE role = $1 AND state = 'active'")
        .bind(Role::Owner.name())
        .scalars(connection)
        .await
        .map_err(failed("counting the owners"))?;
    match owners.as_slice() {
        [only] if *only == id => Err(Refusal::LastOwner.into()),
        _ => Ok(()),
    }
}

/// The name of a user; empty where there is none.
pub(in crate::store) async fn name_of(
    connection: &mut Transaction,
    id: Uuid,
) -> Result<String, sqlx::Error> {
    let name = query("SELECT username FROM users WHERE id = $1")
        .bind(id)
        .optional_scalar(connection)
        .await?;
    Ok(name.unwrap_or_default())
}

/// Adds an author without a person, a password or a key.
async fn insert_pseudonym(
    connection: &mut Transaction,
    now: Timestamp,
) -> Result<Uuid, sqlx::Error> {
    let id = Uuid::new_v4();
    let name = format!("deleted-{}", &id.simple().to_string()[..12]);
    query(
        "INSERT INTO users (id, username, first_name, role, state, password_hash, api_key_hash, inserted_at, updated_at)
         VALUES ($1, $2, $2, $3, 'deleted', '', $4, $5, $5)",
    )
    .bind(id)
    .bind(name)
    .bind(Role::Annotator.name())
    .bind(secrets::hash_token(&secrets::new_token()))
    .bind(now.as_microsecond())
    .execute(connection)
    .await?;
    Ok(id)
}
