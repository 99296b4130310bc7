//! Users and workspaces.

use super::{Client, ClientError};
use crate::{
    answers::{Items, User, Webhook, Workspace},
    bodies::{Member, NewUser, NewWorkspace},
};
use uuid::Uuid;

impl Client {
    /// The user whose key this is. The first thing to ask: the error tells a wrong key from a wrong address.
    pub async fn me(&self) -> Result<User, ClientError> {
        let asked = self.get("asking who we are", "me", &[]).await;
        asked.map_err(|error| {
            let (url, reason) = match error {
                ClientError::Refused {
                    url,
                    status: status @ (404 | 405),
                    ..
                } => (url, format!("status {status}")),
                ClientError::Unreadable { url, reason, .. } => (url, reason),
                other => return other,
            };
            ClientError::NotArgilla { url, reason }
        })
    }

    /// The workspaces that the caller sees, oldest first: all for an owner.
    pub async fn workspaces(&self) -> Result<Vec<Workspace>, ClientError> {
        let list: Items<_> = self.get("listing workspaces", "me/workspaces", &[]).await?;
        Ok(list.items)
    }

    /// The workspace with this name.
    pub async fn workspace(&self, name: &str) -> Result<Workspace, ClientError> {
        let all = self.workspaces().await?;
        match all.iter().find(|workspace| workspace.name == name) {
            Some(workspace) => Ok(workspace.clone()),
            None => Err(ClientError::UnknownWorkspace {
                url: self.url().to_owned(),
                name: name.to_owned(),
                known: all.into_iter().map(|workspace| workspace.name).collect(),
            }),
        }
    }

    /// Makes a workspace; only owners may.
    pub async fn create_workspace(&self, name: &str) -> Result<Workspace, ClientError> {
        let new = NewWorkspace {
            id: None,
            name: name.to_owned(),
        };
        self.post("making a workspace", "workspaces", &new).await
    }

    /// Everybody, oldest first, without their API keys; only owners may ask.
    pub async fn users(&self) -> Result<Vec<User>, ClientError> {
        let list: Items<User> = self.get("listing users", "users", &[]).await?;
        Ok(without_keys(list))
    }

    /// The members of a workspace, without their API keys, which Argilla shows to its admins.
    pub async fn members(&self, workspace: Uuid) -> Result<Vec<User>, ClientError> {
        let path = format!("workspaces/{workspace}/users");
        let list: Items<User> = self
            .get("listing the users of a workspace", &path, &[])
            .await?;
        Ok(without_keys(list))
    }

    /// Adds a user; only owners may.
    pub async fn create_user(&self, new: &NewUser) -> Result<User, ClientError> {
        self.post("adding a user", "users", new).await
    }

    /// Makes a user a member of a workspace; only owners may.
    pub async fn add_member(&self, workspace: Uuid, user: Uuid) -> Result<User, ClientError> {
        let path = format!("workspaces/{workspace}/users");
        self.post(
            "adding a user to a workspace",
            &path,
            &Member { user_id: user },
        )
        .await
    }

    /// The webhooks; only owners may ask.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, ClientError> {
        let list: Items<_> = self.get("listing webhooks", "webhooks", &[]).await?;
        Ok(list.items)
    }
}

fn without_keys(list: Items<User>) -> Vec<User> {
    list.items
        .into_iter()
        .map(|user| User {
            api_key: None,
            ..user
        })
        .collect()
}
