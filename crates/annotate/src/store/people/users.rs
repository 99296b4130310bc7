//! Users: who they are, the hashes of their secrets, and their API keys, sealed.

use super::leaving::{self, DISABLED, name_of};
use crate::store::database::from_row;
use crate::{
    AnnotateError, Refusal, secrets,
    store::{
        Store,
        database::{Transaction, failed, is_duplicate, query},
        values,
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, fmt, str::FromStr};
use uuid::Uuid;

/// Role of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, everywhere.
    Owner,
    /// Everything in the workspaces they belong to.
    Admin,
    /// Answering, in the workspaces they belong to.
    Annotator,
}

impl Role {
    /// Every role, the mightiest first.
    pub const ALL: [Self; 3] = [Self::Owner, Self::Admin, Self::Annotator];

    /// `owner`, `admin` or `annotator`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Annotator => "annotator",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that names no role.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a role (owner, admin, annotator)")]
pub struct UnknownRole(String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == name)
            .ok_or_else(|| UnknownRole(name.to_owned()))
    }
}

/// A user, without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: Uuid,
    /// The name they log in with.
    pub username: String,
    /// Their name for people.
    pub first_name: String,
    /// Their family's name.
    pub last_name: Option<String>,
    /// Their role.
    pub role: Role,
    /// True for somebody who cannot come in: neither with a password nor with a key. Their votes count.
    pub is_disabled: bool,
    /// Time of creation.
    pub inserted_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
}

/// A user to add.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Their id.
    pub id: Uuid,
    /// The workspace that they belong to, if any.
    pub workspace_id: Option<Uuid>,
    /// The name they log in with; unique.
    pub username: String,
    /// Their name for people.
    pub first_name: String,
    /// Their family's name.
    pub last_name: Option<String>,
    /// Their role.
    pub role: Role,
    /// Their password's hash (see [`crate::secrets::hash_password`]).
    pub password_hash: String,
    /// Their API key; unique. The store keeps its hash, to look it up, and the key itself sealed.
    pub api_key: String,
}

/// Changes of a user; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct UserUpdate {
    /// The name they log in with; unique.
    pub username: Option<String>,
    /// Their name for people.
    pub first_name: Option<String>,
    /// Their family's name.
    pub last_name: Option<Option<String>>,
    /// Their role.
    pub role: Option<Role>,
    /// Their password's hash; a new one ends their sessions.
    pub password_hash: Option<String>,
    /// The hash of the token of a session that does not end then: the one in which they change it themselves.
    pub kept_session: Option<String>,
}

pub(super) const COLUMNS: &str =
    "u.id, u.username, u.first_name, u.last_name, u.role, u.state, u.inserted_at, u.updated_at";

pub(in crate::store) struct UserRow {
    id: Uuid,
    username: String,
    first_name: String,
    last_name: Option<String>,
    role: String,
    state: String,
    inserted_at: i64,
    updated_at: i64,
}

from_row!(UserRow {
    id,
    username,
    first_name,
    last_name,
    role,
    state,
    inserted_at,
    updated_at
});

impl UserRow {
    pub(in crate::store) fn user(self) -> Result<User, AnnotateError> {
        let damaged = |UnknownRole(value)| AnnotateError::Damaged {
            what: "role",
            value,
        };
        Ok(User {
            id: self.id,
            username: self.username,
            first_name: self.first_name,
            last_name: self.last_name,
            role: self.role.parse().map_err(damaged)?,
            is_disabled: self.state == DISABLED,
            inserted_at: values::time(self.inserted_at)?,
            updated_at: values::time(self.updated_at)?,
        })
    }
}

struct Credentials {
    user: UserRow,
    password_hash: String,
}

from_row!(Credentials { password_hash; user });

impl Store {
    /// Adds a user, who sees their workspace from then on. A taken username, id or API key is an error.
    pub async fn insert_user(&self, new: &NewUser, now: Timestamp) -> Result<User, AnnotateError> {
        const DOING: &str = "adding a user";
        let mut transaction = self.write(DOING).await?;
        let inserted = query(
            "INSERT INTO users (id, username, first_name, last_name, role, password_hash, api_key_hash, api_key_sealed,
                                inserted_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        )
        .bind(new.id)
        .bind(&new.username)
        .bind(&new.first_name)
        .bind(&new.last_name)
        .bind(new.role.name())
        .bind(&new.password_hash)
        .bind(secrets::hash_token(&new.api_key))
        .bind(self.keyring.seal(&new.api_key))
        .bind(now.as_microsecond())
        .execute(&mut transaction)
        .await;
        inserted.map_err(|source| duplicate_user(source, DOING, &new.username, new.id))?;
        self.tell(&mut transaction, "user.created", &new.username)
            .await?;
        if let Some(workspace) = new.workspace_id {
            query("INSERT INTO workspace_users (workspace_id, user_id) VALUES ($1, $2)")
                .bind(workspace)
                .bind(new.id)
                .execute(&mut transaction)
                .await
                .map_err(failed(DOING))?;
        }
        transaction.commit().await.map_err(failed(DOING))?;
        let now = values::time(now.as_microsecond())?;
        let NewUser {
            id,
            username,
            first_name,
            last_name,
            role,
            ..
        } = new.clone();
        Ok(User {
            id,
            username,
            first_name,
            last_name,
            role,
            is_disabled: false,
            inserted_at: now,
            updated_at: now,
        })
    }

    /// Everybody, oldest first.
    pub async fn users(&self) -> Result<Vec<User>, AnnotateError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM users u WHERE u.state <> 'deleted' ORDER BY u.inserted_at, u.username"
        );
        let rows: Result<Vec<UserRow>, _> = query(sql).fetch_all(&self.database).await;
        rows.map_err(failed("listing users"))?
            .into_iter()
            .map(UserRow::user)
            .collect()
    }

    /// The members of a workspace, oldest first.
    pub async fn members(&self, workspace: Uuid) -> Result<Vec<User>, AnnotateError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM users u JOIN workspace_users w ON w.user_id = u.id AND w.workspace_id = $1
             ORDER BY u.inserted_at, u.username"
        );
        let rows: Result<Vec<UserRow>, _> =
            query(sql).bind(workspace).fetch_all(&self.database).await;
        rows.map_err(failed("listing users"))?
            .into_iter()
            .map(UserRow::user)
            .collect()
    }

    /// The user with this id.
    pub async fn user(&self, id: Uuid) -> Result<Option<User>, AnnotateError> {
        let sql = format!("SELECT {COLUMNS} FROM users u WHERE u.id = $1 AND u.state <> 'deleted'");
        let row: Result<Option<UserRow>, _> =
            query(sql).bind(id).fetch_optional(&self.database).await;
        row.map_err(failed("looking a user up"))?
            .map(UserRow::user)
            .transpose()
    }

    /// The author of responses with this id: a user, or the pseudonym of somebody who was deleted.
    pub async fn author(&self, id: Uuid) -> Result<Option<User>, AnnotateError> {
        let sql = format!("SELECT {COLUMNS} FROM users u WHERE u.id = $1");
        let row: Result<Option<UserRow>, _> =
            query(sql).bind(id).fetch_optional(&self.database).await;
        row.map_err(failed("looking an author up"))?
            .map(UserRow::user)
            .transpose()
    }

    /// The user with this id, and the hash of their password.
    pub async fn credentials_by_id(
        &self,
        id: Uuid,
    ) -> Result<Option<(User, String)>, AnnotateError> {
        let sql = format!(
            "SELECT {COLUMNS}, u.password_hash FROM users u WHERE u.id = $1 AND u.state <> 'deleted'"
        );
        let row: Result<Option<Credentials>, _> =
            query(sql).bind(id).fetch_optional(&self.database).await;
        let row = row.map_err(failed("looking a user up"))?;
        row.map(|row| Ok((row.user.user()?, row.password_hash)))
            .transpose()
    }

    /// The user with this name, and the hash of their password.
    pub async fn credentials(
        &self,
        username: &str,
    ) -> Result<Option<(User, String)>, AnnotateError> {
        let sql = format!(
            "SELECT {COLUMNS}, u.password_hash FROM users u WHERE u.username = $1 AND u.state <> 'deleted'"
        );
        let row: Result<Option<Credentials>, _> = query(sql)
            .bind(username)
            .fetch_optional(&self.database)
            .await;
        let row = row.map_err(failed("looking a user up"))?;
        row.map(|row| Ok((row.user.user()?, row.password_hash)))
            .transpose()
    }

    /// The user whose own API key has this hash, unless they are disabled. [`Store::by_key`] knows the named ones, too.
    pub async fn user_by_api_key(&self, api_key_hash: &str) -> Result<Option<User>, AnnotateError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM users u WHERE u.api_key_hash = $1 AND u.state = 'active'"
        );
        let row: Result<Option<UserRow>, _> = query(sql)
            .bind(api_key_hash)
            .fetch_optional(&self.database)
            .await;
        row.map_err(failed("looking an API key up"))?
            .map(UserRow::user)
            .transpose()
    }

    /// The API keys of these users, unsealed. Keys from before they were kept sealed are not known.
    pub async fn api_keys(&self, users: &[Uuid]) -> Result<HashMap<Uuid, String>, AnnotateError> {
        let mut query = query(
            "SELECT id, api_key_sealed FROM users WHERE api_key_sealed IS NOT NULL AND id IN ",
        );
        query.push_list(users.iter().copied());
        let rows: Vec<(Uuid, Vec<u8>)> = query
            .fetch_all(&self.database)
            .await
            .map_err(failed("reading API keys"))?;
        rows.into_iter()
            .map(|(id, sealed)| Ok((id, self.keyring.open_sealed(&sealed)?)))
            .collect()
    }

    /// Changes a user.
    pub async fn update_user(
        &self,
        id: Uuid,
        update: &UserUpdate,
        now: Timestamp,
    ) -> Result<User, AnnotateError> {
        const DOING: &str = "changing a user";
        let mut transaction = self.write(DOING).await?;
        if update.role.is_some_and(|role| role != Role::Owner) {
            leaving::keep_an_owner(&mut transaction, id).await?;
        }
        self.tell_changes(&mut transaction, id, update).await?;
        let updated = query(
            "UPDATE users SET username = COALESCE($2, username), first_name = COALESCE($3, first_name),
                              last_name = CASE WHEN $4 THEN $5 ELSE last_name END, role = COALESCE($6, role),
                              password_hash = COALESCE($7, password_hash), updated_at = $8
             WHERE id = $1 AND state <> 'deleted'",
        )
        .bind(id)
        .bind(&update.username)
        .bind(&update.first_name)
        .bind(update.last_name.is_some())
        .bind(update.last_name.clone().flatten())
        .bind(update.role.map(Role::name))
        .bind(&update.password_hash)
        .bind(now.as_microsecond())
        .execute(&mut transaction)
        .await;
        updated.map_err(|source| {
            let username = update.username.clone().unwrap_or_default();
            match is_duplicate(&source, "users.username") {
                true => Refusal::TakenByOther { username }.into(),
                false => failed(DOING)(source),
            }
        })?;
        if update.password_hash.is_some() {
            let ended = query("DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2")
                .bind(id)
                .bind(update.kept_session.as_deref().unwrap_or_default())
                .execute(&mut transaction)
                .await;
            ended.map_err(failed(DOING))?;
        }
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(self
            .user(id)
            .await?
            .ok_or(Refusal::NotFound { what: "User", id })?)
    }

    /// Notes each change of a user by what it is: a role by its name before and after.
    async fn tell_changes(
        &self,
        transaction: &mut Transaction,
        id: Uuid,
        update: &UserUpdate,
    ) -> Result<(), AnnotateError> {
        let row: Option<(String, String)> = query("SELECT username, role FROM users WHERE id = $1")
            .bind(id)
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed("looking a user up"))?;
        let Some((name, role)) = row else {
            return Ok(());
        };
        let mut changes = Vec::new();
        if let Some(new) = update.role.filter(|new| new.name() != role) {
            changes.push(("user.role_changed", format!("{name}: {role} to {new}")));
        }
        if update.password_hash.is_some() {
            changes.push(("user.password_changed", name.clone()));
        }
        if let Some(new) = update.username.as_ref().filter(|new| **new != name) {
            changes.push(("user.renamed", format!("{name} to {new}")));
        }
        if update.first_name.is_some() || update.last_name.is_some() {
            changes.push(("user.changed", name));
        }
        for (act, subject) in changes {
            self.tell(transaction, act, subject).await?;
        }
        Ok(())
    }

    /// Replaces a user's password and ends every session that the old one opened.
    pub async fn set_password(
        &self,
        user: Uuid,
        password_hash: &str,
        now: Timestamp,
    ) -> Result<(), AnnotateError> {
        let update = UserUpdate {
            password_hash: Some(password_hash.to_owned()),
            ..UserUpdate::default()
        };
        self.update_user(user, &update, now).await.map(drop)
    }

    /// Replaces a user's API key.
    pub async fn set_api_key(
        &self,
        user: Uuid,
        api_key: &str,
        now: Timestamp,
    ) -> Result<(), AnnotateError> {
        const DOING: &str = "changing an API key";
        let mut transaction = self.write(DOING).await?;
        let updated = query("UPDATE users SET api_key_hash = $2, api_key_sealed = $3, updated_at = $4 WHERE id = $1 AND state <> 'deleted'")
            .bind(user)
            .bind(secrets::hash_token(api_key))
            .bind(self.keyring.seal(api_key))
            .bind(now.as_microsecond())
            .execute(&mut transaction)
            .await;
        updated.map_err(|source| duplicate_user(source, DOING, "", user))?;
        let name = name_of(&mut transaction, user)
            .await
            .map_err(failed(DOING))?;
        self.tell(&mut transaction, "api_key.rotated", name).await?;
        transaction.commit().await.map_err(failed(DOING))
    }

    /// Takes a user's API keys away, also those with names. The column wants one: nobody is told this one, and it is not kept.
    pub async fn revoke_api_key(&self, user: Uuid, now: Timestamp) -> Result<(), AnnotateError> {
        const DOING: &str = "revoking an API key";
        let mut transaction = self.write(DOING).await?;
        let revoked = query("UPDATE users SET api_key_hash = $2, api_key_sealed = NULL, updated_at = $3 WHERE id = $1")
            .bind(user)
            .bind(secrets::hash_token(&secrets::new_token()))
            .bind(now.as_microsecond())
            .execute(&mut transaction)
            .await;
        revoked.map_err(failed(DOING))?;
        let named = query("DELETE FROM api_keys WHERE user_id = $1")
            .bind(user)
            .execute(&mut transaction)
            .await;
        named.map_err(failed(DOING))?;
        let name = name_of(&mut transaction, user)
            .await
            .map_err(failed(DOING))?;
        self.tell(&mut transaction, "api_key.revoked", name).await?;
        transaction.commit().await.map_err(failed(DOING))
    }
}

/// The error of a unique column that is taken.
fn duplicate_user(
    source: sqlx::Error,
    doing: &'static str,
    username: &str,
    id: Uuid,
) -> AnnotateError {
    if is_duplicate(&source, "users.api_key_hash") {
        return AnnotateError::ApiKeyTaken;
    }
    if is_duplicate(&source, "users.username") {
        return AnnotateError::UserExists {
            name: username.to_owned(),
        };
    }
    if is_duplicate(&source, "users.id") {
        return Refusal::Taken {
            what: "User",
            key: "id",
            value: id.to_string(),
        }
        .into();
    }
    AnnotateError::Store { doing, source }
}
