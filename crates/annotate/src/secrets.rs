//! Passwords, API keys and tokens: made from the system's random numbers, stored as hashes, or sealed with a key that lies
//! outside the database.

use crate::AnnotateError;
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce, aead::Aead};
use examen_files::atomic::NewFile;
use hmac::{Hmac, Mac};
use rand::RngExt;
use serde_json::{Value, json};
use sha2::Sha256;
use std::{
    fmt,
    io::{ErrorKind, Write},
    ops::RangeInclusive,
    path::Path,
    sync::LazyLock,
};
use uuid::Uuid;

/// The name of the file with a store's keys, in the store's folder.
pub const KEY_FILE_NAME: &str = "examen.key";

/// The name of the file with the keys that are to follow.
const NEXT_KEY_FILE_NAME: &str = "examen.key.next";

const NONCE_BYTES: usize = 24;

/// The keys of a store: one seals secrets that must be readable again, one signs tokens.
#[derive(Clone)]
pub struct Keyring {
    master: [u8; 32],
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(…)")
    }
}

impl Keyring {
    /// The keys in `folder`; made, for its owner's eyes only, where there are none.
    pub fn open(folder: &Path) -> Result<Self, AnnotateError> {
        let path = folder.join(KEY_FILE_NAME);
        let failed = |source| AnnotateError::KeyFile {
            path: path.clone(),
            source,
        };
        if !path.exists() {
            match new_key_file(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                made => made.map_err(failed)?,
            }
        }
        Self::read(&path)
    }

    fn read(path: &Path) -> Result<Self, AnnotateError> {
        let failed = |source| AnnotateError::KeyFile {
            path: path.to_owned(),
            source,
        };
        let text = std::fs::read_to_string(path).map_err(failed)?;
        let hash = blake3::Hash::from_hex(text.trim());
        let hash =
            hash.map_err(|error| failed(std::io::Error::new(ErrorKind::InvalidData, error)))?;
        Ok(Self {
            master: *hash.as_bytes(),
        })
    }

    /// The keys in `folder`; an error where there are none.
    pub fn open_existing(folder: &Path) -> Result<Self, AnnotateError> {
        let path = folder.join(KEY_FILE_NAME);
        match path.is_file() {
            true => Self::open(folder),
            false => Err(AnnotateError::KeyFile {
                path,
                source: ErrorKind::NotFound.into(),
            }),
        }
    }

    /// Makes the keys that are to follow those in `folder`, in a file beside them.
    pub(crate) fn make_next(folder: &Path) -> Result<Self, AnnotateError> {
        let path = folder.join(NEXT_KEY_FILE_NAME);
        let failed = |source| AnnotateError::KeyFile {
            path: path.clone(),
            source,
        };
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        new_key_file(&path).map_err(failed)?;
        Self::read(&path)
    }

    /// The keys that were made to follow those in `folder`, if there are any.
    pub(crate) fn next(folder: &Path) -> Option<Self> {
        Self::read(&folder.join(NEXT_KEY_FILE_NAME)).ok()
    }

    /// Puts the keys that were to follow in the place of those that there were.
    pub(crate) fn take_next(folder: &Path) -> Result<(), AnnotateError> {
        let path = folder.join(KEY_FILE_NAME);
        let taken = std::fs::rename(folder.join(NEXT_KEY_FILE_NAME), &path)
            .and_then(|()| std::fs::File::open(folder)?.sync_all());
        taken.map_err(|source| AnnotateError::KeyFile { path, source })
    }

    /// A fingerprint that tells this keyring from others, and nothing else about it.
    pub fn fingerprint(&self) -> String {
        let key = blake3::derive_key("examen annotate: fingerprint of a key file", &self.master);
        blake3::Hash::from_bytes(key).to_hex()[..16].to_owned()
    }

    /// A secret as it is stored: a nonce and the XChaCha20-Poly1305 of its text.
    pub fn seal(&self, secret: &str) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = rand::rng().random();
        let sealed = self
            .cipher()
            .encrypt(&XNonce::from(nonce), secret.as_bytes());
        [
            nonce.as_slice(),
            &sealed.expect("a short text can be sealed"),
        ]
        .concat()
    }

    /// A stored secret, readable again.
    pub fn open_sealed(&self, sealed: &[u8]) -> Result<String, AnnotateError> {
        let (nonce, text) = sealed
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(AnnotateError::Sealed)?;
        let opened = self
            .cipher()
            .decrypt(&XNonce::from(*nonce), text)
            .map_err(|_| AnnotateError::Sealed)?;
        String::from_utf8(opened).map_err(|_| AnnotateError::Sealed)
    }

    /// A JSON Web Token (HS256) with these claims. `password_hash` is part of the key, so that a new password ends the
    /// tokens that the old one opened.
    pub fn sign_token(&self, claims: &Value, password_hash: &str) -> String {
        let header = json!({"alg": "HS256", "typ": "JWT"});
        let [header, claims] =
            [&header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = format!("{header}.{claims}");
        let signature = URL_SAFE_NO_PAD.encode(
            self.token_mac(&signed, password_hash)
                .finalize()
                .into_bytes(),
        );
        format!("{signed}.{signature}")
    }

    /// True where this keyring signed a token for a user with this password's hash.
    pub fn has_signed(&self, token: &str, password_hash: &str) -> bool {
        let Some((signed, signature)) = token.rsplit_once('.') else {
            return false;
        };
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else {
            return false;
        };
        self.token_mac(signed, password_hash)
            .verify_slice(&signature)
            .is_ok()
    }

    /// A code for a text, which these keys alone make. Codes for other purposes are others.
    pub(crate) fn code(&self, purpose: &'static str, text: &str) -> String {
        let key = blake3::derive_key(purpose, &self.master);
        blake3::keyed_hash(&key, text.as_bytes())
            .to_hex()
            .to_string()
    }

    /// True where [`Keyring::code`] made this code for a text; takes as long where it did not.
    pub(crate) fn has_made(&self, code: &str, purpose: &'static str, text: &str) -> bool {
        let key = blake3::derive_key(purpose, &self.master);
        blake3::Hash::from_hex(code)
            .is_ok_and(|code| code == blake3::keyed_hash(&key, text.as_bytes()))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(
            &blake3::derive_key("examen annotate: sealed secrets", &self.master).into(),
        )
    }

    fn token_mac(&self, signed: &str, password_hash: &str) -> Hmac<Sha256> {
        let secret = [self.master.as_slice(), password_hash.as_bytes()].concat();
        let key = blake3::derive_key("examen annotate: bearer tokens", &secret);
        let mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&key);
        mac.expect("HMAC takes keys of any length")
            .chain_update(signed)
    }
}

/// Claims of an unverified token: its user, and its end (seconds since 1970).
pub fn token_claims(token: &str) -> Option<(Uuid, i64)> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    Some((
        claims["identity"].as_str()?.parse().ok()?,
        claims["exp"].as_i64()?,
    ))
}

/// A webhook's secret: 64 random bytes in base 64.
pub fn new_webhook_secret() -> String {
    let bytes: [u8; 64] = rand::rng().random();
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn new_key_file(path: &Path) -> std::io::Result<()> {
    let mut file = NewFile::create(path)?;
    file.write_all(format!("{}\n", new_token()).as_bytes())?;
    file.commit_new()
}

/// Allowed lengths of a password, in characters.
pub const PASSWORD_LENGTH: RangeInclusive<usize> = 8..=100;
/// Allowed lengths of an API key, in characters.
pub const API_KEY_LENGTH: RangeInclusive<usize> = 8..=200;

/// A random 256-bit token in hexadecimal: a session's token or an API key.
pub fn new_token() -> String {
    blake3::Hash::from_bytes(rand::rng().random())
        .to_hex()
        .to_string()
}

/// A random password of 20 characters that cannot be confused with one another (100 bits).
pub fn new_password() -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut rng = rand::rng();
    (0..20)
        .map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]))
        .collect()
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
    let hash: PasswordHash = Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(AnnotateError::Hash)?;
    Ok(hash.to_string())
}

/// Compares a password with a hash. Without a hash (no such user) it takes as long and says no, so that the time tells
/// nothing about who exists.
pub fn verify_password(password: &str, hash: Option<&str>) -> bool {
    static NOBODY: LazyLock<Option<String>> =
        LazyLock::new(|| hash_password("the password of nobody").ok());
    let Some(stored) = hash.or(NOBODY.as_deref()) else {
        return false;
    };
    let Ok(parsed) = PasswordHash::new(stored) else {
        return false;
    };
    let matches = Argon2::default()
        .verify_password(password.as_bytes(), &parsed)
        .is_ok();
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
    Err(AnnotateError::SecretLength {
        what,
        min: *allowed.start(),
        max: *allowed.end(),
    })
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
    fn sealed_secrets_open_with_the_same_keys_only() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let keyring = Keyring::open(folder.path()).unwrap();
        let sealed = keyring.seal("a key");
        assert_ne!(sealed, keyring.seal("a key"));
        assert_eq!(
            Keyring::open(folder.path())
                .unwrap()
                .open_sealed(&sealed)
                .unwrap(),
            "a key"
        );
        Keyring::open(other.path())
            .unwrap()
            .open_sealed(&sealed)
            .unwrap_err();
        keyring.open_sealed(&sealed[..10]).unwrap_err();
    }

    #[test]
    fn a_token_ends_with_the_password() {
        let folder = tempfile::tempdir().unwrap();
        let keyring = Keyring::open(folder.path()).unwrap();
        let id = Uuid::new_v4();
        let token = keyring.sign_token(&json!({"identity": id, "exp": 7}), "hash");
        assert_eq!(token_claims(&token), Some((id, 7)));
        assert!(keyring.has_signed(&token, "hash"));
        assert!(!keyring.has_signed(&token, "another"));
        let (signed, _) = token.rsplit_once('.').unwrap();
        assert!(
            !keyring.has_signed(signed, "hash")
                && !keyring.has_signed(&format!("{signed}."), "hash")
        );
    }

    #[test]
    fn a_code_is_for_one_text_and_one_purpose() {
        let folder = tempfile::tempdir().unwrap();
        let keyring = Keyring::open(folder.path()).unwrap();
        let code = keyring.code("one purpose", "a text");
        assert!(keyring.has_made(&code, "one purpose", "a text"));
        assert!(!keyring.has_made(&code, "one purpose", "another text"));
        assert!(!keyring.has_made(&code, "another purpose", "a text"));
        assert!(!keyring.has_made("no code", "one purpose", "a text"));
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
