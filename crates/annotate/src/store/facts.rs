//! What is known of the store itself.

use super::{Store, Transaction, database::query, failed};
use crate::{AnnotateError, secrets::Keyring};

/// The fact that tells which key file seals the store's secrets.
const KEY: &str = "key";
/// The fact that is written to see whether the database takes a write.
const WRITTEN: &str = "written";

impl Store {
    /// The keys which sealed the secrets in the store; the first ones are noted, and others are refused. A change of keys
    /// that was broken off is finished.
    pub(super) async fn checked_keyring(&self) -> Result<Keyring, AnnotateError> {
        let known = match self.fact(KEY).await? {
            Some(known) => known,
            None => self.note_fact(KEY, &self.keyring.fingerprint()).await?,
        };
        if known == self.keyring.fingerprint() {
            return Ok(self.keyring.clone());
        }
        let next = Keyring::next(&self.folder).filter(|next| next.fingerprint() == known);
        let next = next.ok_or(AnnotateError::Sealed)?;
        Keyring::take_next(&self.folder)?;
        Ok(next)
    }

    /// Whether the database takes a write now: makes one, down to the disk.
    pub async fn check_writable(&self) -> Result<(), AnnotateError> {
        const DOING: &str = "writing to see whether it can";
        let mut transaction = self.write(DOING).await?;
        let written = query(
            // Another value each time: SQLite writes nothing where nothing changes.
            "INSERT INTO facts (name, value) VALUES ($1, $2)
             ON CONFLICT (name) DO UPDATE SET value = CASE facts.value WHEN $2 THEN $3 ELSE $2 END",
        );
        let written = written
            .bind(WRITTEN)
            .bind("yes")
            .bind("again")
            .execute(&mut transaction)
            .await;
        written.map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))
    }

    async fn fact(&self, name: &str) -> Result<Option<String>, AnnotateError> {
        let found = query("SELECT value FROM facts WHERE name = $1")
            .bind(name)
            .optional_scalar(&self.database)
            .await;
        found.map_err(failed("reading the store's facts"))
    }

    /// Notes a fact unless there is one of the name; returns what is known then.
    async fn note_fact(&self, name: &str, value: &str) -> Result<String, AnnotateError> {
        const DOING: &str = "noting a fact of the store";
        let mut transaction = self.write(DOING).await?;
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
}

/// Notes with which keys the secrets are sealed from now on.
pub(super) async fn set_key(
    transaction: &mut Transaction,
    keyring: &Keyring,
) -> Result<(), sqlx::Error> {
    let set = query("UPDATE facts SET value = $1 WHERE name = $2")
        .bind(keyring.fingerprint())
        .bind(KEY);
    set.execute(transaction).await.map(drop)
}
