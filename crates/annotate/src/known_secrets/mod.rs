//! Passwords and API keys that everybody knows: nobody is given one, and a server that others can reach lets nobody in with
//! one.

use crate::{
    AnnotateError, Role, Store,
    secrets::{self, PASSWORD_LENGTH},
};
use std::sync::LazyLock;

/// The passwords of this product's and Argilla's own tutorials, which lists of leaked ones do not have.
const TUTORIALS: [&str; 4] = ["argilla1", "argilla123", "examen123", "argilla.password"];

/// Passwords that a store is searched for: each costs a hash, so only those that are tried first.
const FIRST: [&str; 9] = [
    "12345678",
    "123456789",
    "1234567890",
    "password",
    "password1",
    "passw0rd",
    "qwertyui",
    "11111111",
    "changeme",
];

/// The commonest passwords that are long enough to be taken, in lower case, sorted by their bytes. README.md beside the file
/// says where they are from.
static COMMON: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// The API keys that Argilla's deployments begin with.
const API_KEYS: [&str; 4] = [
    "argilla.apikey",
    "owner.apikey",
    "admin.apikey",
    "annotator.apikey",
];

/// Refuses a password or an API key, about to be given to `username`, that everybody knows.
pub fn refuse_given(
    username: &str,
    password: Option<&str>,
    api_key: Option<&str>,
) -> Result<(), AnnotateError> {
    if password.is_some_and(|password| is_known(username, password)) {
        return Err(AnnotateError::KnownPassword {
            username: username.to_owned(),
        });
    }
    if api_key.is_some_and(|key| API_KEYS.contains(&key)) {
        return Err(AnnotateError::KnownApiKey {
            username: username.to_owned(),
        });
    }
    Ok(())
}

/// Refuses a store in which an owner or an admin has a password, or anybody an API key, that everybody knows. Takes some
/// tenths of a second for each owner and admin: every candidate is hashed.
pub async fn refuse_stored(store: &Store) -> Result<(), AnnotateError> {
    for key in API_KEYS {
        if let Some(user) = store.user_by_api_key(&secrets::hash_token(key)).await? {
            return Err(AnnotateError::KnownApiKey {
                username: user.username,
            });
        }
    }
    for user in store
        .users()
        .await?
        .into_iter()
        .filter(|user| user.role != Role::Annotator)
    {
        let Some((user, hash)) = store.credentials_by_id(user.id).await? else {
            continue;
        };
        if has_known_password(user.username.clone(), hash).await {
            return Err(AnnotateError::KnownPassword {
                username: user.username,
            });
        }
    }
    Ok(())
}

/// True for a password that everybody knows, or that the username tells. Its case does not matter.
pub fn is_known(username: &str, password: &str) -> bool {
    let password = password.to_lowercase();
    COMMON.binary_search(&password.as_str()).is_ok()
        || TUTORIALS.contains(&password.as_str())
        || of_name(username).contains(&password)
}

/// Passwords that come to mind for a username.
fn of_name(username: &str) -> [String; 4] {
    let name = username.to_lowercase();
    [
        format!("{name}1"),
        format!("{name}123"),
        format!("{name}{name}"),
        name,
    ]
}

/// Passwords that are tried first for `username`.
fn candidates(username: &str) -> impl Iterator<Item = String> {
    let known = FIRST.into_iter().chain(TUTORIALS).map(str::to_owned);
    known
        .chain(of_name(username))
        .chain([username.to_owned()])
        .filter(|password| PASSWORD_LENGTH.contains(&password.chars().count()))
}

async fn has_known_password(username: String, hash: String) -> bool {
    let trying = tokio::task::spawn_blocking(move || {
        candidates(&username).any(|password| secrets::verify_password(&password, Some(&hash)))
    });
    trying.await.expect("verifying does not panic")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_knows_is_refused() {
        for (username, password) in [
            ("ana", "12345678"),
            ("ana", "Password"),
            ("ana_maria", "ana_maria"),
            ("owner", "owner123"),
            ("Marie", "marieMARIE"),
            ("ana", "iloveyou!"),
            ("ana", "1Q2W3E4R5T"),
            ("ana", "Argilla.Password"),
        ] {
            refuse_given(username, Some(password), None).unwrap_err();
        }
        refuse_given("ana", None, Some("argilla.apikey")).unwrap_err();
        refuse_given("ana", Some("a fine password"), Some("a fine key")).unwrap();
        refuse_given("ana", None, None).unwrap();
    }

    #[test]
    fn the_list_is_sorted_and_holds_what_could_be_taken() {
        assert!(COMMON.is_sorted() && COMMON.len() > 9_000);
        for password in COMMON.iter() {
            assert!(
                PASSWORD_LENGTH.contains(&password.chars().count()),
                "{password}"
            );
            assert_eq!(*password, password.to_lowercase());
        }
        // Length is what counts: no class of characters is asked for.
        refuse_given("ana", Some("four quiet words here"), None).unwrap();
    }
}
