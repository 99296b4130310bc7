//! Passwords and API keys that everybody knows: what a server that others can reach must not start with.

use crate::{
    AnnotateError, Role, Store,
    secrets::{self, PASSWORD_LENGTH},
};

/// Passwords of tutorials and of the top of every list of leaked ones, long enough to be taken at all.
const PASSWORDS: [&str; 12] = [
    "12345678",
    "123456789",
    "1234567890",
    "password",
    "password1",
    "passw0rd",
    "qwertyui",
    "11111111",
    "changeme",
    "argilla1",
    "argilla123",
    "examen123",
];

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
    if password.is_some_and(|password| {
        candidates(username).any(|known| known.eq_ignore_ascii_case(password))
    }) {
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
        if is_known(user.username.clone(), hash).await {
            return Err(AnnotateError::KnownPassword {
                username: user.username,
            });
        }
    }
    Ok(())
}

/// Passwords that are tried first for `username`.
fn candidates(username: &str) -> impl Iterator<Item = String> {
    let own = [
        username.to_owned(),
        format!("{username}1"),
        format!("{username}123"),
    ];
    let known = PASSWORDS.into_iter().map(str::to_owned).chain(own);
    known.filter(|password| PASSWORD_LENGTH.contains(&password.chars().count()))
}

async fn is_known(username: String, hash: String) -> bool {
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
        ] {
            refuse_given(username, Some(password), None).unwrap_err();
        }
        refuse_given("ana", None, Some("argilla.apikey")).unwrap_err();
        refuse_given("ana", Some("a fine password"), Some("a fine key")).unwrap();
        refuse_given("ana", None, None).unwrap();
    }
}
