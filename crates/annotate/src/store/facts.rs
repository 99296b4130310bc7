//! Facts about the store itself.

use super::database::{Database, Transaction, failed, query};
use crate::{AnnotateError, secrets::Keyring};
use std::path::Path;

/// The fact that tells which key file seals the store's secrets.
const KEY: &str = "key";

/// The keys that sealed the secrets in the database: those of `folder`. The first ones are noted, and others are refused. A
/// change of keys that was broken off is finished.
pub(in crate::store) async fn checked_keyring(
    database: &Database,
    folder: &Path,
    keyring: Keyring,
) -> Result<Keyring, AnnotateError> {
    let known = match fact(database, KEY).await? {
        Some(known) => known,
        None => note(database, KEY, &keyring.fingerprint()).await?,
    };
    if known == keyring.fingerprint() {
        return Ok(keyring);
    }
    let next = Keyring::next(folder).filter(|next| next.fingerprint() == known);
    let next = next.ok_or(AnnotateError::Sealed)?;
    Keyring::take_next(folder)?;
    Ok(next)
}

async fn fact(database: &Database, name: &str) -> Result<Option<String>, AnnotateError> {
    let found = query("SELECT value FROM facts WHERE name = $1")
        .bind(name)
        .optional_scalar(database)
        .await;
    found.map_err(failed("reading the store's facts"))
}

/// Notes a fact unless there is one of the name; returns the fact that is known then.
async fn note(database: &Database, name: &str, value: &str) -> Result<String, AnnotateError> {
    const DOING: &str = "noting a fact of the store";
    let mut transaction = database.write(None).await.map_err(failed(DOING))?;
    let noted =
        query("INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING")
            .bind(name)
            .bind(value)
            .execute(&mut transaction)
            .await;
    noted.map_err(failed(DOING))?;
    let known = query("SELECT value FROM facts WHERE name = $1")
        .bind(name)
        .scalar(&mut transaction)
        .await;
    let known = known.map_err(failed(DOING))?;
    transaction.commit().await.map_err(failed(DOING))?;
    Ok(known)
}

/// Notes with which keys the secrets are sealed from now on.
pub(in crate::store) async fn set_key(
    transaction: &mut Transaction,
    keyring: &Keyring,
) -> Result<(), sqlx::Error> {
    let set = query("UPDATE facts SET value = $1 WHERE name = $2")
        .bind(keyring.fingerprint())
        .bind(KEY);
    set.execute(transaction).await.map(drop)
}
