//! Workspaces: who sees which datasets.

use super::{Store, User, failed, users::Role};
use crate::AnnotateError;
use jiff::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

/// The workspace that Examen itself uses.
pub const DEFAULT_WORKSPACE: &str = "default";

/// A named group of datasets and of the users who see them.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Workspace {
    /// Its id.
    pub id: Uuid,
    /// Its name; unique.
    pub name: String,
}

impl Store {
    /// The workspace named `name`, made with `id` where it is missing.
    pub async fn ensure_workspace(&self, name: &str, id: Uuid, now: Timestamp) -> Result<Workspace, AnnotateError> {
        const DOING: &str = "making a workspace";
        let mut transaction = self.write(DOING).await?;
        sqlx::query(
            "INSERT INTO workspaces (id, name, inserted_at, updated_at) VALUES (?1, ?2, ?3, ?3)
             ON CONFLICT (name) DO NOTHING",
        )
        .bind(id)
        .bind(name)
        .bind(now.as_microsecond())
        .execute(&mut *transaction)
        .await
        .map_err(failed(DOING))?;
        let workspace = sqlx::query_as("SELECT id, name FROM workspaces WHERE name = ?1")
            .bind(name)
            .fetch_one(&mut *transaction)
            .await
            .map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(workspace)
    }

    /// Whether `user` sees the datasets of `workspace`: owners see all, others those they belong to.
    pub async fn sees_workspace(&self, user: &User, workspace: Uuid) -> Result<bool, AnnotateError> {
        if user.role == Role::Owner {
            return Ok(true);
        }
        let member: Option<i64> =
            sqlx::query_scalar("SELECT 1 FROM workspace_users WHERE workspace_id = ?1 AND user_id = ?2")
                .bind(workspace)
                .bind(user.id)
                .fetch_optional(&self.readers)
                .await
                .map_err(failed("looking a workspace's users up"))?;
        Ok(member.is_some())
    }
}
