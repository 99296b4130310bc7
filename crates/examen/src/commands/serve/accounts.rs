//! Changes to accounts from the command line: whoever can read the store's files may make them.

use crate::{console, failure::Failure};
use examen_annotate::{
    NewAccount, Role, Store, create_user, delete_user, disable_user, enable_user, reset_password,
    reset_second_factor, revoke_api_key, rotate_api_key,
};

/// Change to an account, with the name of its user.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change<'a> {
    Add(&'a str),
    ResetPassword(&'a str),
    RotateApiKey(&'a str),
    RevokeApiKey(&'a str),
    Disable(&'a str),
    Enable(&'a str),
    Delete(&'a str),
    ResetSecondFactor(&'a str),
    RotateSealingKey,
}

impl Change<'_> {
    /// True for a change that no server may be running for.
    pub(super) fn needs_store_alone(self) -> bool {
        matches!(self, Self::RotateSealingKey)
    }
}

/// Makes a change, closes the store, and prints what is shown only now.
pub(super) async fn apply(
    store: &Store,
    change: Change<'_>,
    password: Option<&str>,
) -> Result<(), Failure> {
    let said = match change {
        Change::Add(name) => add(store, name, password).await?,
        Change::ResetPassword(name) => reset(store, name, password).await?,
        Change::RotateApiKey(name) => {
            let key = shown_once("API key", &rotate_api_key(store, name).await?);
            format!("`{name}` has a new API key; the old one no longer works\n{key}")
        }
        Change::RevokeApiKey(name) => {
            revoke_api_key(store, name).await?;
            format!("`{name}` has no API key any more; --rotate-api-key makes a new one")
        }
        Change::Disable(name) => {
            disable_user(store, name).await?;
            format!(
                "`{name}` can no longer log in, and their API keys no longer work; their answers count as before"
            )
        }
        Change::Enable(name) => {
            enable_user(store, name).await?;
            format!("`{name}` can log in again")
        }
        Change::Delete(name) => {
            let votes = delete_user(store, name).await?;
            format!("`{name}` was deleted; {votes} of their answers stay under a pseudonym")
        }
        Change::ResetSecondFactor(name) => {
            reset_second_factor(store, name).await?;
            format!("`{name}` logs in without a second factor")
        }
        Change::RotateSealingKey => {
            let n = store.rotate_sealing_key().await?;
            format!(
                "{n} secrets are encrypted with a new key file; bearer tokens no longer work. Make a new backup"
            )
        }
    };
    store.close().await;
    console::print(&said)
}

async fn add(store: &Store, name: &str, password: Option<&str>) -> Result<String, Failure> {
    let NewAccount {
        user,
        generated_password,
        api_key,
    } = create_user(store, name, password, Role::Annotator).await?;
    let mut lines = vec![format!("added the reviewer `{}`", user.username)];
    lines.extend(generated_password.map(|password| shown_once("password", &password)));
    lines.push(shown_once("API key", &api_key));
    Ok(lines.join("\n"))
}

async fn reset(store: &Store, name: &str, password: Option<&str>) -> Result<String, Failure> {
    let made = reset_password(store, name, password).await?;
    let mut lines = vec![format!("`{name}` has a new password")];
    lines.extend(made.map(|password| shown_once("password", &password)));
    Ok(lines.join("\n"))
}

fn shown_once(what: &str, secret: &str) -> String {
    format!("{what:<9} {secret}   (shown only now)")
}
