//! `examen serve`: the review page.

use crate::{
    console,
    failure::{Ending, Failure},
    interrupt, paths,
};
use clap::Args;
use examen_annotate::{
    Bootstrap, NewAccount, Role, Store, bootstrap, create_user, reset_password,
    server::{self, AppState},
};
use std::{net::IpAddr, path::PathBuf};
use tokio::net::TcpListener;

/// Open the review page.
///
/// Keys in the page: 1–4 choose, Enter submits, Backspace discards, u takes the last answer back, arrows move, e edits,
/// ? shows all. Several people can review at once.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Folder of the review store
    #[arg(long, value_name = "DIR", env = "EXAMEN_DATA", default_value = "examen-data")]
    data: PathBuf,
    /// Port of the page
    #[arg(long, value_name = "N", default_value_t = 6900)]
    port: u16,
    /// Address to listen on
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    host: IpAddr,
    /// Name of the owner, who is made at the first start (default: the owner who is there, else `owner`)
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Their password, at least 8 characters (default: EXAMEN_PASSWORD, else one is made at the first start and shown once)
    #[arg(long, value_name = "PASSWORD")]
    password: Option<String>,
    /// Their API key (default: EXAMEN_API_KEY, else one is made at the first start and shown once)
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
    /// Add a reviewer of this name (with --password, or one is made and shown), and stop
    #[arg(long, value_name = "NAME", conflicts_with = "api_key")]
    add_user: Option<String>,
    /// Give this reviewer a new password (--password, or one is made and shown), end their sessions, and stop
    #[arg(long, value_name = "NAME", conflicts_with_all = ["api_key", "add_user"])]
    reset_password: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  examen serve --username ana --password 'a long one'             then open http://127.0.0.1:6900
  examen serve --add-user luis                                    a second reviewer; prints their password
  examen serve --data /srv/examen --port 8080";

pub(crate) fn run(arguments: Arguments) -> Result<Ending, Failure> {
    interrupt::runtime()?.block_on(async {
        let store = Store::open(&arguments.data).await?;
        let password = arguments.password.as_deref();
        match (&arguments.add_user, &arguments.reset_password) {
            (Some(name), _) => add_user(&store, name, password).await?,
            (None, Some(name)) => renew_password(&store, name, password).await?,
            (None, None) => serve(store, &arguments).await?,
        }
        Ok(Ending::Complete)
    })
}

async fn add_user(store: &Store, name: &str, password: Option<&str>) -> Result<(), Failure> {
    let NewAccount { user, generated_password, api_key } = create_user(store, name, password, Role::Annotator).await?;
    store.close().await;
    let mut lines = vec![format!("added the reviewer `{}`", user.username)];
    lines.extend(generated_password.map(|password| shown_once("password", &password)));
    lines.push(shown_once("API key", &api_key));
    console::print(&lines.join("\n"))
}

async fn renew_password(store: &Store, name: &str, password: Option<&str>) -> Result<(), Failure> {
    let made = reset_password(store, name, password).await?;
    store.close().await;
    let mut lines = vec![format!("`{name}` has a new password")];
    lines.extend(made.map(|password| shown_once("password", &password)));
    console::print(&lines.join("\n"))
}

fn shown_once(what: &str, secret: &str) -> String {
    format!("{what:<9} {secret}   (shown only now)")
}

async fn serve(store: Store, arguments: &Arguments) -> Result<(), Failure> {
    let username = owner(&store, arguments.username.as_deref()).await?;
    // The variables are the owner's: --add-user must not hand them to a reviewer.
    let password = arguments.password.clone().or_else(|| paths::variable("EXAMEN_PASSWORD"));
    let api_key = arguments.api_key.clone().or_else(|| paths::variable("EXAMEN_API_KEY"));
    introduce(&bootstrap(&store, &username, password.as_deref(), api_key.as_deref()).await?);
    if store.datasets().await?.is_empty() {
        console::say("note: there is nothing to review yet; load questions with `examen annotate`");
    }
    let address = (arguments.host, arguments.port);
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Failure::new(format!("could not listen on {} port {}: {error}", arguments.host, arguments.port))
            .hint("another program has the port, perhaps another `examen serve`; choose one with --port")
    })?;
    let address = listener.local_addr().map_err(|error| Failure::new(error.to_string()))?;
    console::say(&format!("review at http://{address} as `{username}` (Ctrl-C stops)"));
    Ok(server::serve(listener, AppState::new(store), stopped()).await?)
}

/// Whom to start as when nobody is named.
async fn owner(store: &Store, named: Option<&str>) -> Result<String, Failure> {
    if let Some(name) = named {
        return Ok(name.to_owned());
    }
    let owners = store.users().await?.into_iter().filter(|user| user.role == Role::Owner);
    Ok(owners.map(|user| user.username).next().unwrap_or_else(|| "owner".to_owned()))
}

/// Secrets that were made are shown once; the store keeps only their hashes.
fn introduce(owner: &Bootstrap) {
    if let Some(password) = &owner.generated_password {
        console::say(&format!("password of `{}`: {password}   (shown only now)", owner.user.username));
    }
    if let Some(key) = &owner.generated_api_key {
        console::say(&format!("API key of `{}`: {key}   (shown only now)", owner.user.username));
    }
    if owner.password_changed {
        console::say(&format!("the password of `{}` was changed; their sessions have ended", owner.user.username));
    }
    if owner.api_key_changed {
        console::say(&format!("the API key of `{}` was changed", owner.user.username));
    }
}

/// Ready when the process is asked to stop.
async fn stopped() {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(_) => return std::future::pending().await,
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
