//! Users, found again by name. Those who are missing are made, with a new password: passwords and API keys stay behind.

use crate::{
    AnnotateError, accounts, secrets,
    store::{NewUser, Refusal, Role, Store, User},
};
use examen_argilla::{Client, answers};
use jiff::Timestamp;
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};
use uuid::Uuid;

/// A user who was made. The password is here and nowhere else.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct CarriedUser {
    /// The name to log in with.
    pub username: String,
    /// Their role, as there.
    pub role: Role,
    /// Their new password.
    #[serde(skip)]
    pub password: String,
}

/// Without the password.
impl fmt::Debug for CarriedUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CarriedUser")
            .field("username", &self.username)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// The users there, and who they are here.
pub(super) struct People<'m> {
    store: &'m Store,
    announce: &'m (dyn Fn(&CarriedUser) + Sync),
    /// As far as the caller may know them.
    there: HashMap<Uuid, answers::User>,
    here: HashMap<Uuid, Option<Uuid>>,
    notes: Vec<String>,
    /// Responses of users whose names the caller may not know.
    nameless: BTreeMap<Uuid, u64>,
}

impl<'m> People<'m> {
    /// Everybody, where the caller is an owner; else those whom [`join`](People::join) gets to know.
    pub(super) async fn of(
        client: &Client,
        store: &'m Store,
        announce: &'m (dyn Fn(&CarriedUser) + Sync),
    ) -> Result<Self, AnnotateError> {
        let users = match client.users().await {
            Err(error) if error.is_forbidden() => Vec::new(),
            users => users?,
        };
        let there = users.into_iter().map(|user| (user.id, user)).collect();
        Ok(Self {
            store,
            announce,
            there,
            here: HashMap::new(),
            notes: Vec::new(),
            nameless: BTreeMap::new(),
        })
    }

    /// Makes members of a workspace there members of the workspace here.
    pub(super) async fn join(
        &mut self,
        members: &[answers::User],
        workspace: Uuid,
    ) -> Result<(), AnnotateError> {
        for member in members {
            self.there
                .entry(member.id)
                .or_insert_with(|| member.clone());
            let Some(here) = self.here(member.id).await? else {
                continue;
            };
            match self.store.add_member(workspace, here).await {
                Err(AnnotateError::Refused(Refusal::Member { .. })) => {}
                joined => joined?,
            }
        }
        Ok(())
    }

    /// The author of a response as the user of the same name here, who is made where missing.
    pub(super) async fn author(&mut self, id: Uuid) -> Result<Option<Uuid>, AnnotateError> {
        if !self.there.contains_key(&id) {
            *self.nameless.entry(id).or_default() += 1;
            return Ok(None);
        }
        self.here(id).await
    }

    /// The notes since the last call.
    pub(super) fn take_notes(&mut self) -> Vec<String> {
        let nameless = std::mem::take(&mut self.nameless).into_iter();
        let note = |(id, n)| {
            format!("{n} responses of the user {id}, whose name only an owner's API key may read")
        };
        std::mem::take(&mut self.notes)
            .into_iter()
            .chain(nameless.map(note))
            .collect()
    }

    async fn here(&mut self, id: Uuid) -> Result<Option<Uuid>, AnnotateError> {
        if let Some(here) = self.here.get(&id) {
            return Ok(*here);
        }
        let Some(there) = self.there.get(&id).cloned() else {
            return Ok(None);
        };
        let here = match self.store.credentials(&there.username).await? {
            Some((user, _)) => Some(self.known(user, &there)),
            None => self.make(&there).await?,
        };
        self.here.insert(id, here);
        Ok(here)
    }

    /// Somebody of this name is here and stays as they are.
    fn known(&mut self, user: User, there: &answers::User) -> Uuid {
        if user.role.name() != there.role {
            self.notes.push(format!(
                "`{}` is {} there, {} here, and stays so",
                user.username, there.role, user.role
            ));
        }
        user.id
    }

    async fn make(&mut self, there: &answers::User) -> Result<Option<Uuid>, AnnotateError> {
        if let Err(error) = accounts::check(&there.username, None, None) {
            self.notes.push(format!(
                "the user `{}` with all responses: {error}",
                there.username
            ));
            return Ok(None);
        }
        let role = there.role.parse().unwrap_or(Role::Annotator);
        let is_free = self.store.user(there.id).await?.is_none();
        let password = secrets::new_password();
        let new = NewUser {
            id: if is_free { there.id } else { Uuid::new_v4() },
            workspace_id: None,
            username: there.username.clone(),
            first_name: there.first_name.clone(),
            last_name: there.last_name.clone(),
            role,
            password_hash: accounts::hashed(&password).await?,
            api_key: secrets::new_token(),
        };
        let made = self.store.insert_user(&new, Timestamp::now()).await?;
        (self.announce)(&CarriedUser {
            username: made.username,
            role,
            password,
        });
        Ok(Some(made.id))
    }
}
