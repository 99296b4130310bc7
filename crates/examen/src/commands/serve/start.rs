//! Starting the server: the owner, what must not be open to others, the listener, and the signals that stop it.

use super::{ApiKeys, Arguments, NetworkArguments};
use crate::{
    console,
    failure::Failure,
    interrupt::{listen, stop_signals},
    listener,
    next::Next,
    paths,
};
use examen_annotate::{
    AnnotateError, Bootstrap, Role, Store, bootstrap, known_secrets,
    server::{self, AppState, Certificate, Settings},
};
use jiff::SignedDuration;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind};

/// Serves until the process is asked to stop.
pub(super) async fn serve(store: Store, arguments: &Arguments) -> Result<(), Failure> {
    let certificate = certificate(arguments)?;
    let username = owner(&store, arguments.owner.username.as_deref()).await?;
    // The variables are the owner's: --add-user must not hand them to a reviewer.
    let password = arguments
        .owner
        .password
        .clone()
        .or_else(|| paths::variable("EXAMEN_PASSWORD"));
    let api_key = arguments
        .owner
        .api_key
        .clone()
        .or_else(|| paths::variable("EXAMEN_API_KEY"));
    let (password, api_key) = (password.as_deref(), api_key.as_deref());
    let opened_by = opened_by(arguments);
    if let Some(flag) = opened_by {
        check_given(&store, flag, &username, password, api_key).await?;
    }
    let done = bootstrap(&store.by_command_line(), &username, password, api_key).await?;
    introduce(&done);
    if opened_by.is_some() {
        known_secrets::refuse_stored(&store).await?;
        warn_of_plain_http(arguments);
    }
    if store.datasets().await?.is_empty() {
        console::say(&format!(
            "note: there is nothing to review yet; load questions with `{}`",
            Next::command("annotate").flags(&arguments.store.flags())
        ));
    }
    let (stopped, hangups) = (stop_signals()?, listen(SignalKind::hangup())?);
    let hint =
        "another program has the port, perhaps another `examen serve`; choose one with --port";
    let (host, port) = (arguments.network.host, arguments.network.port);
    let listener = listener::listen(host, port, hint).await?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::new(error.to_string()))?;
    let scheme = if certificate.is_some() {
        "https"
    } else {
        "http"
    };
    console::insist(&format!(
        "review at {scheme}://{address}{} as `{username}` (Ctrl-C stops)",
        arguments.network.base_path
    ));
    tokio::spawn(reload_on_hangup(hangups, certificate.clone()));
    let state = AppState::new(store).with_settings(settings(arguments, certificate));
    Ok(server::serve(listener, state, stopped).await?)
}

fn certificate(arguments: &Arguments) -> Result<Option<Certificate>, Failure> {
    match (&arguments.network.tls_cert, &arguments.network.tls_key) {
        (Some(chain), Some(key)) => {
            let certificate = Certificate::from_files(chain, key);
            Ok(Some(certificate.map_err(AnnotateError::from)?))
        }
        _ => Ok(None),
    }
}

fn settings(arguments: &Arguments, certificate: Option<Certificate>) -> Settings {
    Settings {
        certificate,
        trusted_proxies: arguments.network.trusted_proxy.clone(),
        base_path: arguments.network.base_path.clone(),
        frame_ancestors: arguments.network.frame_ancestors.clone(),
        is_public: opened_by(arguments).is_some(),
        api_keys: match arguments.network.api_keys {
            ApiKeys::Readable => server::ApiKeys::Readable,
            ApiKeys::ShowOnce => server::ApiKeys::ShowOnce,
        },
        keep_audit: arguments
            .limits
            .keep_audit
            .map(|days| SignedDuration::from_hours(24 * i64::from(days))),
        session_limit: SignedDuration::from_hours(arguments.limits.session_limit.into()),
        allow_private_webhooks: arguments.network.allow_private_webhooks,
        max_bulk_bytes: arguments.limits.max_body as usize * 1024 * 1024,
        max_requests: arguments.limits.max_requests as usize,
        request_timeout: Duration::from_secs(arguments.limits.request_timeout.into()),
        ..Settings::default()
    }
}

/// The flag that opens the server to others: by its own address, or through a proxy.
fn opened_by(arguments: &Arguments) -> Option<&'static str> {
    let NetworkArguments {
        host,
        trusted_proxy,
        ..
    } = &arguments.network;
    match (host.is_loopback(), trusted_proxy.is_empty()) {
        (false, _) => Some("--host"),
        (true, false) => Some("--trusted-proxy"),
        (true, true) => None,
    }
}

/// Whom to start as when nobody is named.
async fn owner(store: &Store, named: Option<&str>) -> Result<String, Failure> {
    if let Some(name) = named {
        return Ok(name.to_owned());
    }
    let owners = store
        .users()
        .await?
        .into_iter()
        .filter(|user| user.role == Role::Owner);
    Ok(owners
        .map(|user| user.username)
        .next()
        .unwrap_or_else(|| "owner".to_owned()))
}

/// A server that others can reach starts only with a password that somebody chose, and not with one that everybody knows.
async fn check_given(
    store: &Store,
    flag: &str,
    username: &str,
    password: Option<&str>,
    api_key: Option<&str>,
) -> Result<(), Failure> {
    if password.is_none() && store.credentials(username).await?.is_none() {
        let hint = format!(
            "give one with --password or EXAMEN_PASSWORD (8 to 100 characters), or start once without {flag} to have \
             one made and shown"
        );
        let why = format!(
            "`{username}` has no password yet, and {flag} opens the server to others: not started"
        );
        return Err(Failure::usage(why).hint(hint));
    }
    let refused = known_secrets::refuse_given(username, password, api_key);
    let hint = "choose a password and an API key that nobody guesses: --password, --api-key, or leave them out to have \
                them made";
    refused.map_err(|error| Failure::usage(format!("{error}: not started")).hint(hint))
}

fn warn_of_plain_http(arguments: &Arguments) {
    if arguments.network.tls_cert.is_none() && arguments.network.trusted_proxy.is_empty() {
        console::warn(
            "others can reach this server, and passwords, API keys and answers travel UNENCRYPTED.\n         \
             Give it a certificate (--tls-cert, --tls-key), or put it behind a proxy with TLS (--trusted-proxy).",
        );
    }
}

/// Secrets that were made are shown once; the store keeps only their hashes.
fn introduce(owner: &Bootstrap) {
    if let Some(password) = &owner.generated_password {
        console::insist(&format!(
            "password of `{}`: {password}   (shown only now)",
            owner.user.username
        ));
    }
    if let Some(key) = &owner.generated_api_key {
        console::insist(&format!(
            "API key of `{}`: {key}   (shown only now)",
            owner.user.username
        ));
    }
    if owner.password_changed {
        console::say(&format!(
            "the password of `{}` was changed; their sessions have ended",
            owner.user.username
        ));
    }
    if owner.api_key_changed {
        console::say(&format!(
            "the API key of `{}` was changed",
            owner.user.username
        ));
    }
}

/// Reads a renewed certificate each time SIGHUP comes; one that cannot be used leaves the old one in place. Without a
/// certificate the signal, which also tells that a terminal was closed, changes nothing.
async fn reload_on_hangup(mut hangups: Signal, certificate: Option<Certificate>) {
    while hangups.recv().await.is_some() {
        match certificate.as_ref().map(Certificate::reload) {
            None => console::say("note: SIGHUP reloads a certificate; there is none"),
            Some(Ok(())) => console::say("the certificate was reloaded"),
            Some(Err(error)) => {
                console::warn(&format!("the old certificate stays in use: {error}"));
            }
        }
    }
}
