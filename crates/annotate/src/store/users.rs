//! Users: who they are, and the hashes of their secrets. No secret is ever stored.

use super::{Store, failed, is_duplicate, values};
use crate::AnnotateError;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// What a user may do.
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
        Self::ALL.into_iter().find(|role| role.name() == name).ok_or_else(|| UnknownRole(name.to_owned()))
    }
}

/// A user, without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: Uuid,
    /// The name they log in with.
    pub username: String,
    /// What they may do.
    pub role: Role,
    /// When they were added.
    pub inserted_at: Timestamp,
}

/// A user to add.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Their id.
    pub id: Uuid,
    /// The workspace that they belong to.
    pub workspace_id: Uuid,
    /// The name they log in with; unique.
    pub username: String,
    /// What they may do.
    pub role: Role,
    /// Their password's hash (see [`crate::secrets::hash_password`]).
    pub password_hash: String,
    /// Their API key's hash (see [`crate::secrets::hash_token`]); unique.
    pub api_key_hash: String,
}

#[derive(FromRow)]
struct UserRow {
    id: Uuid,
    username: String,
    role: String,
    inserted_at: i64,
}

impl UserRow {
    fn user(self) -> Result<User, AnnotateError> {
        let damaged = |UnknownRole(value)| AnnotateError::Damaged { what: "role", value };
        let role = self.role.parse().map_err(damaged)?;
        Ok(User { id: self.id, username: self.username, role, inserted_at: values::time(self.inserted_at)? })
    }
}

#[derive(FromRow)]
struct Credentials {
    #[sqlx(flatten)]
    user: UserRow,
    password_hash: String,
}

impl Store {
    /// Adds a user, who sees their workspace from then on. A taken username or API key is an error.
    pub async fn insert_user(&self, new: &NewUser, now: Timestamp) -> Result<User, AnnotateError> {
        const DOING: &str = "adding a user";
        let mut transaction = self.write(DOING).await?;
        let inserted = sqlx::query(
            "INSERT INTO users (id, username, first_name, role, password_hash, api_key_hash, inserted_at, updated_at)
             VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ?6)",
        )
        .bind(new.id)
        .bind(&new.username)
        .bind(new.role.name())
        .bind(&new.password_hash)
        .bind(&new.api_key_hash)
        .bind(now.as_microsecond())
        .execute(&mut *transaction)
        .await;
        inserted.map_err(|source| duplicate_user(source, DOING, &new.username))?;
        sqlx::query("INSERT INTO workspace_users (workspace_id, user_id) VALUES (?1, ?2)")
            .bind(new.workspace_id)
            .bind(new.id)
            .execute(&mut *transaction)
            .await
            .map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))?;
        let inserted_at = values::time(now.as_microsecond())?;
        Ok(User { id: new.id, username: new.username.clone(), role: new.role, inserted_at })
    }

    /// Everybody, oldest first.
    pub async fn users(&self) -> Result<Vec<User>, AnnotateError> {
        let rows: Vec<UserRow> =
            sqlx::query_as("SELECT id, username, role, inserted_at FROM users ORDER BY inserted_at, username")
                .fetch_all(&self.readers)
                .await
                .map_err(failed("listing users"))?;
        rows.into_iter().map(UserRow::user).collect()
    }

    /// The user with this name, and the hash of their password.
    pub async fn credentials(&self, username: &str) -> Result<Option<(User, String)>, AnnotateError> {
        let row: Option<Credentials> =
            sqlx::query_as("SELECT id, username, role, inserted_at, password_hash FROM users WHERE username = ?1")
                .bind(username)
                .fetch_optional(&self.readers)
                .await
                .map_err(failed("looking a user up"))?;
        row.map(|row| Ok((row.user.user()?, row.password_hash))).transpose()
    }

    /// The user whose API key has this hash.
    pub async fn user_by_api_key(&self, api_key_hash: &str) -> Result<Option<User>, AnnotateError> {
        let row: Option<UserRow> =
            sqlx::query_as("SELECT id, username, role, inserted_at FROM users WHERE api_key_hash = ?1")
                .bind(api_key_hash)
                .fetch_optional(&self.readers)
                .await
                .map_err(failed("looking an API key up"))?;
        row.map(UserRow::user).transpose()
    }

    /// Replaces a user's password and ends every session that the old one opened.
    pub async fn set_password(&self, user: Uuid, password_hash: &str, now: Timestamp) -> Result<(), AnnotateError> {
        const DOING: &str = "changing a password";
        let mut transaction = self.write(DOING).await?;
        sqlx::query("UPDATE users SET password_hash = ?2, updated_at = ?3 WHERE id = ?1")
            .bind(user)
            .bind(password_hash)
            .bind(now.as_microsecond())
            .execute(&mut *transaction)
            .await
            .map_err(failed(DOING))?;
        let ended = sqlx::query("DELETE FROM sessions WHERE user_id = ?1").bind(user).execute(&mut *transaction).await;
        ended.map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))
    }

    /// Replaces a user's API key.
    pub async fn set_api_key(&self, user: Uuid, api_key_hash: &str, now: Timestamp) -> Result<(), AnnotateError> {
        const DOING: &str = "changing an API key";
        let mut transaction = self.write(DOING).await?;
        let updated = sqlx::query("UPDATE users SET api_key_hash = ?2, updated_at = ?3 WHERE id = ?1")
            .bind(user)
            .bind(api_key_hash)
            .bind(now.as_microsecond())
            .execute(&mut *transaction)
            .await;
        updated.map_err(|source| duplicate_user(source, DOING, ""))?;
        transaction.commit().await.map_err(failed(DOING))
    }
}

/// Which of the two unique columns is taken.
fn duplicate_user(source: sqlx::Error, doing: &'static str, username: &str) -> AnnotateError {
    if is_duplicate(&source, "users.api_key_hash") {
        return AnnotateError::ApiKeyTaken;
    }
    if is_duplicate(&source, "users.username") {
        return AnnotateError::UserExists { name: username.to_owned() };
    }
    AnnotateError::Store { doing, source }
}
