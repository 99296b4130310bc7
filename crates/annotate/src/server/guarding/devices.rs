//! Devices that an account has logged in from: a cookie says so, which only this store can make. Its holder is counted
//! apart from strangers, who therefore cannot lock the account out
//! (<https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies>).

use super::auth;
use crate::{
    secrets::{self, Keyring},
    server::listening::Peer,
};
use axum::http::{HeaderMap, HeaderValue};

/// The name of the cookie.
const COOKIE: &str = "examen_device";
/// Lifetime of the cookie after the last login.
const DAYS: i64 = 180;
/// The purpose of the code in it.
const PURPOSE: &str = "examen annotate: devices that log in";

/// The number of the device that these headers come from, if this account has logged in from it.
pub(in crate::server) fn known(
    keyring: &Keyring,
    headers: &HeaderMap,
    username: &str,
) -> Option<String> {
    let (device, code) = auth::cookie_named(headers, COOKIE)?.split_once('.')?;
    let is_ours = keyring.has_made(code, PURPOSE, &text(device, username));
    is_ours.then(|| device.to_owned())
}

/// The cookie for a device that this account has just logged in from.
pub(in crate::server) fn cookie(
    keyring: &Keyring,
    known: Option<String>,
    username: &str,
    peer: &Peer,
) -> HeaderValue {
    let device = known.unwrap_or_else(secrets::new_token);
    let code = keyring.code(PURPOSE, &text(&device, username));
    auth::cookie(
        COOKIE,
        &format!("{device}.{code}"),
        DAYS * 24 * 60 * 60,
        peer,
    )
}

fn text(device: &str, username: &str) -> String {
    format!("{device} {username}")
}
