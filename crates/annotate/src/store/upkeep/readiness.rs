//! Readiness of the store for writes.

use crate::{
    AnnotateError,
    store::{
        Store,
        database::{failed, query},
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};

/// The fact that is written to see whether the database takes a write.
const WRITTEN: &str = "written";

impl Store {
    /// Makes a write of so many bytes, down to the disk, and reads: an error where the database does not do both now.
    pub async fn check_writable(&self, size: usize) -> Result<(), AnnotateError> {
        const DOING: &str = "writing to see whether it can";
        // Random, so that no database makes it smaller; and another each time: SQLite writes nothing where nothing changes.
        let bytes: Vec<u8> = rand::random_iter().take(size.max(8)).collect();
        let value = STANDARD.encode(bytes);
        let mut transaction = self.write(DOING).await?;
        let written = query(
            "INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        );
        let written = written
            .bind(WRITTEN)
            .bind(value)
            .execute(&mut transaction)
            .await;
        written.map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))?;
        let read: Result<String, _> = query("SELECT name FROM facts WHERE name = $1")
            .bind(WRITTEN)
            .scalar(&self.database)
            .await;
        read.map(drop).map_err(failed(DOING))
    }
}
