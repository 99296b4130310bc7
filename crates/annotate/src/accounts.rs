//! Accounts: the owner that `serve` starts with, further reviewers, and logging in. Makes secrets, ids and times.

use crate::{
    AnnotateError, known_secrets,
    secrets::{self, API_KEY_LENGTH, PASSWORD_LENGTH},
    store::{DEFAULT_WORKSPACE, NewUser, Role, Store, User},
};
use jiff::Timestamp;
use std::{fmt, ops::RangeInclusive};
use uuid::Uuid;

/// Allowed lengths of a username, in characters.
pub const USERNAME_LENGTH: RangeInclusive<usize> = 1..=100;

/// Result of [`bootstrap`]. Passwords that it made are here and nowhere else: the store keeps their hashes.
#[derive(Clone, PartialEq, Eq)]
pub struct Bootstrap {
    /// The owner.
    pub user: User,
    /// True for a new owner.
    pub created: bool,
    /// A password that was made because none was given.
    pub generated_password: Option<String>,
    /// An API key that was made because none was given.
    pub generated_api_key: Option<String>,
    /// True where the password of an owner who was there was replaced; their sessions have ended then.
    pub password_changed: bool,
    /// True where the API key of an owner who was there was replaced.
    pub api_key_changed: bool,
}

/// A new user, with the secrets that are shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// The user.
    pub user: User,
    /// A password that was made because none was given.
    pub generated_password: Option<String>,
    /// Their API key.
    pub api_key: String,
}

// Secrets are in no debug output.
impl fmt::Debug for Bootstrap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bootstrap")
            .field("user", &self.user)
            .field("created", &self.created)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for NewAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAccount")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// Makes the owner `username`, or updates them: a given password or API key that differs from the stored one replaces it.
/// Secrets that are not given are made for a new owner and left alone for one who is there. Doing it twice changes nothing.
pub async fn bootstrap(
    store: &Store,
    username: &str,
    password: Option<&str>,
    api_key: Option<&str>,
) -> Result<Bootstrap, AnnotateError> {
    check(username, password, api_key)?;
    if store.credentials(username).await?.is_none() {
        match new_owner(store, username, password, api_key).await {
            // Another server made them at this moment.
            Err(AnnotateError::UserExists { .. }) => {}
            made => return made,
        }
    }
    match store.credentials(username).await? {
        None => Err(AnnotateError::UnknownUser {
            name: username.to_owned(),
        }),
        Some((user, _)) if user.role != Role::Owner => Err(AnnotateError::NotAnOwner {
            name: user.username,
        }),
        Some((user, hash)) => update_owner(store, user, hash, password, api_key).await,
    }
}

/// Adds a user who sees the default workspace. A password that is not given is made; an API key always is.
pub async fn create_user(
    store: &Store,
    username: &str,
    password: Option<&str>,
    role: Role,
) -> Result<NewAccount, AnnotateError> {
    check(username, password, None)?;
    known_secrets::refuse_given(username, password, None)?;
    let api_key = secrets::new_token();
    let (user, generated_password) = add(store, username, password, &api_key, role).await?;
    Ok(NewAccount {
        user,
        generated_password,
        api_key,
    })
}

/// Replaces the password of a user and ends their sessions. Returns the new password if none was given and it had to be
/// made.
pub async fn reset_password(
    store: &Store,
    username: &str,
    password: Option<&str>,
) -> Result<Option<String>, AnnotateError> {
    check(username, password, None)?;
    known_secrets::refuse_given(username, password, None)?;
    let user = user_named(store, username).await?;
    let generated = password.is_none().then(secrets::new_password);
    let password = password.or(generated.as_deref()).unwrap_or_default();
    store
        .set_password(user.id, &hashed(password).await?, Timestamp::now())
        .await?;
    Ok(generated)
}

/// Replaces the API key of a user by one that is made, and returns it. The old one ends at once.
pub async fn rotate_api_key(store: &Store, username: &str) -> Result<String, AnnotateError> {
    let key = secrets::new_token();
    store
        .set_api_key(
            user_named(store, username).await?.id,
            &key,
            Timestamp::now(),
        )
        .await?;
    Ok(key)
}

/// Takes the API key of a user away; they still log in with their password.
pub async fn revoke_api_key(store: &Store, username: &str) -> Result<(), AnnotateError> {
    store
        .revoke_api_key(user_named(store, username).await?.id, Timestamp::now())
        .await
}

/// Disables a user: neither their password nor their API keys let them in, and their votes count as before.
pub async fn disable_user(store: &Store, username: &str) -> Result<User, AnnotateError> {
    let id = user_named(store, username).await?.id;
    store.set_disabled(id, true, Timestamp::now()).await
}

/// Lets a user in again.
pub async fn enable_user(store: &Store, username: &str) -> Result<User, AnnotateError> {
    let id = user_named(store, username).await?.id;
    store.set_disabled(id, false, Timestamp::now()).await
}

/// Deletes a user, and returns how many votes of theirs stay under a pseudonym.
pub async fn delete_user(store: &Store, username: &str) -> Result<u64, AnnotateError> {
    let id = user_named(store, username).await?.id;
    store.delete_user(id, Timestamp::now()).await
}

/// Takes the second factor of a user away; says whether there was one.
pub async fn reset_second_factor(store: &Store, username: &str) -> Result<bool, AnnotateError> {
    let id = user_named(store, username).await?.id;
    store.delete_second_factor(id).await
}

/// The user of this name.
async fn user_named(store: &Store, username: &str) -> Result<User, AnnotateError> {
    let found = store.credentials(username).await?;
    found
        .map(|(user, _)| user)
        .ok_or_else(|| AnnotateError::UnknownUser {
            name: username.to_owned(),
        })
}

/// The user whose name and password these are.
pub async fn log_in(
    store: &Store,
    username: &str,
    password: &str,
) -> Result<Option<User>, AnnotateError> {
    let found = store.credentials(username).await?;
    let hash = found.as_ref().map(|(_, hash)| hash.clone());
    let matches = verify(password, hash).await;
    Ok(found.filter(|_| matches).map(|(user, _)| user))
}

async fn new_owner(
    store: &Store,
    username: &str,
    password: Option<&str>,
    api_key: Option<&str>,
) -> Result<Bootstrap, AnnotateError> {
    let generated_api_key = api_key.is_none().then(secrets::new_token);
    let key = api_key.or(generated_api_key.as_deref()).unwrap_or_default();
    let (user, generated_password) = add(store, username, password, key, Role::Owner).await?;
    Ok(Bootstrap {
        user,
        created: true,
        generated_password,
        generated_api_key,
        password_changed: false,
        api_key_changed: false,
    })
}

async fn update_owner(
    store: &Store,
    user: User,
    hash: String,
    password: Option<&str>,
    api_key: Option<&str>,
) -> Result<Bootstrap, AnnotateError> {
    let mut done = Bootstrap {
        user,
        created: false,
        generated_password: None,
        generated_api_key: None,
        password_changed: false,
        api_key_changed: false,
    };
    if let Some(password) = password
        && !verify(password, Some(hash)).await
    {
        store
            .set_password(done.user.id, &hashed(password).await?, Timestamp::now())
            .await?;
        done.password_changed = true;
    }
    if let Some(key) = api_key {
        match store.user_by_api_key(&secrets::hash_token(key)).await? {
            Some(holder) if holder.id == done.user.id => {}
            _ => {
                store
                    .set_api_key(done.user.id, key, Timestamp::now())
                    .await?;
                done.api_key_changed = true;
            }
        }
    }
    Ok(done)
}

/// Stores a user and lets them see the default workspace; returns the password if it had to be made.
async fn add(
    store: &Store,
    username: &str,
    password: Option<&str>,
    api_key: &str,
    role: Role,
) -> Result<(User, Option<String>), AnnotateError> {
    let generated = password.is_none().then(secrets::new_password);
    let password = password.or(generated.as_deref()).unwrap_or_default();
    let now = Timestamp::now();
    let workspace = store
        .ensure_workspace(DEFAULT_WORKSPACE, Uuid::new_v4(), now)
        .await?;
    let new = NewUser {
        id: Uuid::new_v4(),
        workspace_id: Some(workspace.id),
        username: username.to_owned(),
        first_name: username.to_owned(),
        last_name: None,
        role,
        password_hash: hashed(password).await?,
        api_key: api_key.to_owned(),
    };
    Ok((store.insert_user(&new, now).await?, generated))
}

pub(crate) async fn hashed(password: &str) -> Result<String, AnnotateError> {
    let password = password.to_owned();
    tokio::task::spawn_blocking(move || secrets::hash_password(&password))
        .await
        .expect("hashing does not panic")
}

async fn verify(password: &str, hash: Option<String>) -> bool {
    let password = password.to_owned();
    let verifying =
        tokio::task::spawn_blocking(move || secrets::verify_password(&password, hash.as_deref()));
    verifying.await.expect("verifying does not panic")
}

/// Refuses names and secrets that cannot be used.
pub(crate) fn check(
    username: &str,
    password: Option<&str>,
    api_key: Option<&str>,
) -> Result<(), AnnotateError> {
    let length = username.chars().count();
    if !USERNAME_LENGTH.contains(&length)
        || username.trim() != username
        || username.chars().any(char::is_control)
    {
        return Err(AnnotateError::Username {
            name: username.to_owned(),
        });
    }
    if let Some(password) = password {
        secrets::check_length("password", password, &PASSWORD_LENGTH)?;
    }
    if let Some(api_key) = api_key {
        secrets::check_length("API key", api_key, &API_KEY_LENGTH)?;
    }
    Ok(())
}
