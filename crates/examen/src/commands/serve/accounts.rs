//! Changes to accounts from the command line: whoever can read the store's files may make them.

use crate::{console, failure::Failure};
use examen_annotate::{
    NewAccount, Role, Store, create_user, reset_password, revoke_api_key, rotate_api_key,
    store::{Act, COMMAND_LINE},
};
use jiff::Timestamp;

/// Change to an account, with the name of its user.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change<'a> {
    Add(&'a str),
    ResetPassword(&'a str),
    RotateApiKey(&'a str),
    RevokeApiKey(&'a str),
    RotateSealingKey,
}

impl Change<'_> {
    /// Entry in the audit log, with the user that the change is about.
    fn act(self) -> Act {
        let (act, subject) = match self {
            Self::Add(name) => ("user.created", Some(name)),
            Self::ResetPassword(name) => ("user.password_changed", Some(name)),
            Self::RotateApiKey(name) => ("api_key.rotated", Some(name)),
            Self::RevokeApiKey(name) => ("api_key.revoked", Some(name)),
            Self::RotateSealingKey => ("sealing_key.rotated", None),
        };
        by_command_line(act, subject)
    }
}

/// An act of whoever can read the store's files.
pub(super) fn by_command_line(act: &str, subject: Option<&str>) -> Act {
    let (actor, subject) = (COMMAND_LINE.to_owned(), subject.map(str::to_owned));
    Act {
        at: Timestamp::now(),
        actor,
        address: None,
        act: act.to_owned(),
        subject,
    }
}

/// Makes a change, closes the store, and prints what is shown only now.
pub(super) async fn apply(
    store: &Store,
    change: Change<'_>,
    password: Option<&str>,
) -> Result<(), Failure> {
    let lines = match change {
        Change::Add(name) => {
            let NewAccount {
                user,
                generated_password,
                api_key,
            } = create_user(store, name, password, Role::Annotator).await?;
            let mut lines = vec![format!("added the reviewer `{}`", user.username)];
            lines.extend(generated_password.map(|password| shown_once("password", &password)));
            lines.push(shown_once("API key", &api_key));
            lines
        }
        Change::ResetPassword(name) => {
            let made = reset_password(store, name, password).await?;
            let mut lines = vec![format!("`{name}` has a new password")];
            lines.extend(made.map(|password| shown_once("password", &password)));
            lines
        }
        Change::RotateApiKey(name) => {
            let key = rotate_api_key(store, name).await?;
            vec![
                format!("`{name}` has a new API key; the old one no longer works"),
                shown_once("API key", &key),
            ]
        }
        Change::RevokeApiKey(name) => {
            revoke_api_key(store, name).await?;
            vec![format!(
                "`{name}` has no API key any more; --rotate-api-key makes a new one"
            )]
        }
        Change::RotateSealingKey => {
            let n = store.rotate_sealing_key().await?;
            vec![format!(
                "{n} secrets are encrypted with a new key file; bearer tokens no longer work. Make a new backup"
            )]
        }
    };
    store.note_act(change.act()).await?;
    store.close().await;
    console::print(&lines.join("\n"))
}

fn shown_once(what: &str, secret: &str) -> String {
    format!("{what:<9} {secret}   (shown only now)")
}
