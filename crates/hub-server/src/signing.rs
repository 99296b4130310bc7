//! Signed words: tokens that Xet's clients get for a while, and addresses that need no token.

use crate::refusal::{Answer, Refusal};
use axum::http::StatusCode;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// Seconds that a signature holds.
pub(crate) const LIFETIME: i64 = 60 * 60;

/// What a signature allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Grant {
    /// All files of Xet may be read: of a token's holder.
    ReadAll,
    /// The files of one commit may be read: of who brought no token.
    ReadCommit {
        kind: crate::names::Kind,
        namespace: String,
        name: String,
        commit: String,
    },
    /// Xorbs and shards may be sent, and all files read.
    Write,
    /// Bytes of a xorb.
    Xorb { hash: String, start: u64, end: u64 },
    /// A large file may be sent as it is.
    Send { sha256: String, size: u64 },
    /// A large file may be fetched.
    Fetch { sha256: String },
}

#[derive(Serialize, Deserialize)]
struct Claim {
    grant: Grant,
    until: i64,
}

/// Signs a grant, which holds for [`LIFETIME`].
pub(crate) fn sign(key: &[u8; 32], grant: Grant, now: Timestamp) -> String {
    let claim = Claim {
        grant,
        until: now.as_second() + LIFETIME,
    };
    let body = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claim).unwrap_or_default());
    let signature = URL_SAFE_NO_PAD.encode(mac(key, &body).finalize().into_bytes());
    format!("{body}.{signature}")
}

/// The grant that was signed, if it was here and not too long ago.
pub(crate) fn check(key: &[u8; 32], signed: &str, now: Timestamp) -> Answer<Grant> {
    let claim = signed.split_once('.').and_then(|(body, signature)| {
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        mac(key, body).verify_slice(&signature).ok()?;
        serde_json::from_slice::<Claim>(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()
    });
    match claim {
        Some(claim) if claim.until > now.as_second() => Ok(claim.grant),
        Some(_) => Err(Refusal::of(
            StatusCode::FORBIDDEN,
            "this address or token is too old; ask for a new one",
        )),
        None => Err(Refusal::of(
            StatusCode::UNAUTHORIZED,
            "this address or token was not made here",
        )),
    }
}

fn mac(key: &[u8; 32], body: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(body.as_bytes());
    mac
}
