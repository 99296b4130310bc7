//! Workspaces: who sees which datasets.

use super::users::{Role, User};
use crate::store::database::from_row;
use crate::{
    AnnotateError, Refusal,
    store::{
        Store,
        database::{Transaction, failed, is_duplicate, query},
        values,
    },
};
use jiff::Timestamp;
use uuid::Uuid;

/// The workspace that Examen itself uses.
pub const DEFAULT_WORKSPACE: &str = "default";

/// A named group of datasets and of the users who see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Its id.
    pub id: Uuid,
    /// Its name; unique.
    pub name: String,
    /// Time of creation.
    pub inserted_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
}

struct WorkspaceRow {
    id: Uuid,
    name: String,
    inserted_at: i64,
    updated_at: i64,
}

from_row!(WorkspaceRow {
    id,
    name,
    inserted_at,
    updated_at
});

impl WorkspaceRow {
    fn workspace(self) -> Result<Workspace, AnnotateError> {
        let (inserted_at, updated_at) = (
            values::time(self.inserted_at)?,
            values::time(self.updated_at)?,
        );
        Ok(Workspace {
            id: self.id,
            name: self.name,
            inserted_at,
            updated_at,
        })
    }
}

impl Store {
    /// The workspace named `name`, made with `id` where it is missing.
    pub async fn ensure_workspace(
        &self,
        name: &str,
        id: Uuid,
        now: Timestamp,
    ) -> Result<Workspace, AnnotateError> {
        const DOING: &str = "making a workspace";
        let mut transaction = self.write(DOING).await?;
        let made = query(
            "INSERT INTO workspaces (id, name, inserted_at, updated_at) VALUES ($1, $2, $3, $3)
             ON CONFLICT (name) DO NOTHING",
        )
        .bind(id)
        .bind(name)
        .bind(now.as_microsecond())
        .execute(&mut transaction)
        .await
        .map_err(failed(DOING))?;
        // The default one belongs to the store as such.
        if made > 0 && name != DEFAULT_WORKSPACE {
            self.tell(&mut transaction, "workspace.created", name)
                .await?;
        }
        let row: WorkspaceRow = query("SELECT * FROM workspaces WHERE name = $1")
            .bind(name)
            .fetch_one(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))?;
        row.workspace()
    }

    /// Makes a workspace; a taken name or id is refused.
    pub async fn insert_workspace(
        &self,
        name: &str,
        id: Uuid,
        now: Timestamp,
    ) -> Result<Workspace, AnnotateError> {
        const DOING: &str = "making a workspace";
        let mut transaction = self.write(DOING).await?;
        let inserted = query(
            "INSERT INTO workspaces (id, name, inserted_at, updated_at) VALUES ($1, $2, $3, $3)",
        )
        .bind(id)
        .bind(name)
        .bind(now.as_microsecond())
        .execute(&mut transaction)
        .await;
        inserted.map_err(|source| {
            let taken = |key, value| {
                Refusal::Taken {
                    what: "Workspace",
                    key,
                    value,
                }
                .into()
            };
            match () {
                () if is_duplicate(&source, "workspaces.name") => taken("name", name.to_owned()),
                () if is_duplicate(&source, "workspaces.id") => taken("id", id.to_string()),
                () => failed(DOING)(source),
            }
        })?;
        self.tell(&mut transaction, "workspace.created", name)
            .await?;
        transaction.commit().await.map_err(failed(DOING))?;
        let now = values::time(now.as_microsecond())?;
        Ok(Workspace {
            id,
            name: name.to_owned(),
            inserted_at: now,
            updated_at: now,
        })
    }

    /// The workspace with this id.
    pub async fn workspace(&self, id: Uuid) -> Result<Option<Workspace>, AnnotateError> {
        let row: Option<WorkspaceRow> = query("SELECT * FROM workspaces WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.database)
            .await
            .map_err(failed("looking a workspace up"))?;
        row.map(WorkspaceRow::workspace).transpose()
    }

    /// All workspaces, oldest first.
    pub async fn workspaces(&self) -> Result<Vec<Workspace>, AnnotateError> {
        let rows: Vec<WorkspaceRow> = query("SELECT * FROM workspaces ORDER BY inserted_at, id")
            .fetch_all(&self.database)
            .await
            .map_err(failed("listing workspaces"))?;
        rows.into_iter().map(WorkspaceRow::workspace).collect()
    }

    /// The workspaces that a user belongs to, oldest first.
    pub async fn workspaces_of(&self, user: Uuid) -> Result<Vec<Workspace>, AnnotateError> {
        let rows: Vec<WorkspaceRow> = query(
            "SELECT w.* FROM workspaces w JOIN workspace_users m ON m.workspace_id = w.id AND m.user_id = $1
             ORDER BY w.inserted_at, w.id",
        )
        .bind(user)
        .fetch_all(&self.database)
        .await
        .map_err(failed("listing workspaces"))?;
        rows.into_iter().map(WorkspaceRow::workspace).collect()
    }

    /// Deletes a workspace that holds no datasets.
    pub async fn delete_workspace(&self, id: Uuid) -> Result<(), AnnotateError> {
        const DOING: &str = "deleting a workspace";
        let mut transaction = self.write(DOING).await?;
        let name: Option<String> = query("SELECT name FROM workspaces WHERE id = $1")
            .bind(id)
            .optional_scalar(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        self.tell(
            &mut transaction,
            "workspace.deleted",
            name.unwrap_or_default(),
        )
        .await?;
        let deleted = query("DELETE FROM workspaces WHERE id = $1")
            .bind(id)
            .execute(&mut transaction)
            .await;
        deleted.map_err(|source| match source.as_database_error() {
            Some(error) if error.is_foreign_key_violation() => {
                Refusal::WorkspaceInUse { id }.into()
            }
            _ => failed(DOING)(source),
        })?;
        transaction.commit().await.map_err(failed(DOING))
    }

    /// Makes a user a member of a workspace.
    pub async fn add_member(&self, workspace: Uuid, user: Uuid) -> Result<(), AnnotateError> {
        const DOING: &str = "adding a member to a workspace";
        let mut transaction = self.write(DOING).await?;
        let inserted = query("INSERT INTO workspace_users (workspace_id, user_id) VALUES ($1, $2)")
            .bind(workspace)
            .bind(user)
            .execute(&mut transaction)
            .await;
        inserted.map_err(|source| match is_duplicate(&source, "workspace_users") {
            true => Refusal::Member { workspace, user }.into(),
            false => failed(DOING)(source),
        })?;
        let subject = membership(&mut transaction, workspace, user).await?;
        self.tell(&mut transaction, "member.added", subject).await?;
        transaction.commit().await.map_err(failed(DOING))
    }

    /// Takes a user out of a workspace.
    pub async fn remove_member(&self, workspace: Uuid, user: Uuid) -> Result<(), AnnotateError> {
        const DOING: &str = "taking a member out of a workspace";
        let mut transaction = self.write(DOING).await?;
        let deleted = query("DELETE FROM workspace_users WHERE workspace_id = $1 AND user_id = $2")
            .bind(workspace)
            .bind(user)
            .execute(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        if deleted == 0 {
            return Err(Refusal::NoMember { workspace, user }.into());
        }
        let subject = membership(&mut transaction, workspace, user).await?;
        self.tell(&mut transaction, "member.removed", subject)
            .await?;
        transaction.commit().await.map_err(failed(DOING))
    }

    /// True where `user` sees the datasets of `workspace`: owners see all, others those they belong to.
    pub async fn sees_workspace(
        &self,
        user: &User,
        workspace: Uuid,
    ) -> Result<bool, AnnotateError> {
        if user.role == Role::Owner {
            return Ok(true);
        }
        query("SELECT EXISTS (SELECT 1 FROM workspace_users WHERE workspace_id = $1 AND user_id = $2)")
            .bind(workspace)
            .bind(user.id)
            .scalar(&self.database)
            .await
            .map_err(failed("looking a workspace's users up"))
    }
}

/// A user and a workspace in words.
async fn membership(
    connection: &mut Transaction,
    workspace: Uuid,
    user: Uuid,
) -> Result<String, AnnotateError> {
    let names: Option<(String, String)> =
        query("SELECT u.username, w.name FROM users u CROSS JOIN workspaces w WHERE u.id = $1 AND w.id = $2")
            .bind(user)
            .bind(workspace)
            .fetch_optional(connection)
            .await
            .map_err(failed("looking a member up"))?;
    let (user, workspace) = names.unwrap_or_default();
    Ok(format!("{user} in {workspace}"))
}
