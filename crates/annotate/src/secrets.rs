//! Passwords, API keys and session tokens: made from the system's random numbers, stored as hashes only.

use crate::AnnotateError;
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use rand::RngExt;
use std::{ops::RangeInclusive, sync::LazyLock};

/// How many characters a password may have.
pub const PASSWORD_LENGTH: RangeInclusive<usize> = 8..=100;
/// How many characters an API key may have.
pub const API_KEY_LENGTH: RangeInclusive<usize> = 8..=200;

/// A random 256-bit token in hexadecimal: a session's token or an API key.
pub fn new_token() -> String {
    blake3::Hash::from_bytes(rand::rng().random()).to_hex().to_string()
}

/// A random password of 20 characters that cannot be confused with one another (100 bits).
pub fn new_password() -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut rng = rand::rng();
    (0..20).map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())])).collect()
}

/// The form in which tokens and API keys are stored and looked up. A fast hash is enough for 256 random bits; a key that
/// somebody chose is as safe as it is hard to guess.
pub fn hash_token(token: &str) -> String {
    blake3::derive_key("examen annotate: stored token", token.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// An argon2id hash of a password, in the PHC format, with argon2's recommended parameters. Takes tens of milliseconds:
/// call it where blocking is allowed.
pub fn hash_password(password: &str) -> Result<String, AnnotateError> {
    let hash: PasswordHash = Argon2::default().hash_password(password.as_bytes()).map_err(AnnotateError::Hash)?;
    Ok(hash.to_string())
}

/// Whether a password has this hash. Without a hash (no such user) it takes as long and says no, so that the time tells
/// nothing about who exists.
pub fn verify_password(password: &str, hash: Option<&str>) -> bool {
    static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash_password("the password of nobody").ok());
    let Some(stored) = hash.or(NOBODY.as_deref()) else { return false };
    let Ok(parsed) = PasswordHash::new(stored) else { return false };
    let matches = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
    matches && hash.is_some()
}

/// Refuses a secret that is too short or too long.
pub(crate) fn check_length(
    what: &'static str,
    secret: &str,
    allowed: &RangeInclusive<usize>,
) -> Result<(), AnnotateError> {
    if allowed.contains(&secret.chars().count()) {
        return Ok(());
    }
    Err(AnnotateError::SecretLength { what, min: *allowed.start(), max: *allowed.end() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_verified_by_its_hash() {
        let hash = hash_password("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(verify_password("correct horse", Some(&hash)));
        assert!(!verify_password("correct horsf", Some(&hash)));
        assert!(!verify_password("the password of nobody", None));
    }

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let (one, other) = (new_token(), new_token());
        assert_eq!(one.len(), 64);
        assert_ne!(one, other);
        assert_ne!(hash_token(&one), one);
        assert_eq!(new_password().len(), 20);
    }
}
