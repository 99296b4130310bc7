//! Readiness of the store for writes.

use crate::{
    AnnotateError,
    store::{
        Store,
        database::{failed, query},
    },
};

/// The fact that is written to see whether the database takes a write.
const WRITTEN: &str = "written";

impl Store {
    /// Makes a write, down to the disk: an error where the database takes none now.
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
}
