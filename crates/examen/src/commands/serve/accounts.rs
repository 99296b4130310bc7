//! Changes to accounts from the command line: whoever can read the store's files may make them.

use crate::{console, failure::Failure};
use examen_annotate::{NewAccount, Role, Store, create_user, reset_password, rotate_api_key};

/// What is done, to the user of which name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change<'a> {
    Add(&'a str),
    ResetPassword(&'a str),
    RotateApiKey(&'a str),
}

/// Makes a change, closes the store, and prints what is shown only now.
pub(super) async fn apply(store: &Store, change: Change<'_>, password: Option<&str>) -> Result<(), Failure> {
    let lines = match change {
        Change::Add(name) => {
            let NewAccount { user, generated_password, api_key } =
                create_user(store, name, password, Role::Annotator).await?;
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
            vec![format!("`{name}` has a new API key; the old one has ended"), shown_once("API key", &key)]
        }
    };
    store.close().await;
    console::print(&lines.join("\n"))
}

fn shown_once(what: &str, secret: &str) -> String {
    format!("{what:<9} {secret}   (shown only now)")
}
