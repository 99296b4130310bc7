//! A new key file, and every secret sealed with it.

use crate::{
    AnnotateError,
    secrets::Keyring,
    store::{
        Store,
        database::{Transaction, failed, query},
        facts,
    },
};
use uuid::Uuid;

/// Columns that hold sealed secrets.
const SEALED: [(&str, &str); 3] = [
    ("users", "api_key_sealed"),
    ("webhooks", "secret_sealed"),
    ("second_factors", "secret_sealed"),
];

impl Store {
    /// Makes a new key file, seals every secret with it in one transaction, and puts it in the place of the old one. Returns
    /// how many secrets there were. Bearer tokens end. If the process ends in the middle, the next start finishes it. No
    /// other process may have the store open: it would go on with the old key.
    pub async fn rotate_sealing_key(&self) -> Result<usize, AnnotateError> {
        const DOING: &str = "resealing the secrets";
        let new = Keyring::make_next(&self.folder)?;
        let mut transaction = self.write(DOING).await?;
        let mut n_sealed = 0;
        for (table, column) in SEALED {
            n_sealed += self.reseal(&mut transaction, table, column, &new).await?;
        }
        self.tell(&mut transaction, "sealing_key.rotated", "")
            .await?;
        facts::set_key(&mut transaction, &new)
            .await
            .map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))?;
        Keyring::take_next(&self.folder)?;
        Ok(n_sealed)
    }

    async fn reseal(
        &self,
        transaction: &mut Transaction,
        table: &str,
        column: &str,
        new: &Keyring,
    ) -> Result<usize, AnnotateError> {
        const DOING: &str = "resealing the secrets";
        let sql = format!("SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL");
        let rows: Vec<(Uuid, Vec<u8>)> = query(sql)
            .fetch_all(&mut *transaction)
            .await
            .map_err(failed(DOING))?;
        for (id, sealed) in &rows {
            let sealed = new.seal(&self.keyring.open_sealed(sealed)?);
            let sql = format!("UPDATE {table} SET {column} = $1 WHERE id = $2");
            query(sql)
                .bind(sealed)
                .bind(*id)
                .execute(&mut *transaction)
                .await
                .map_err(failed(DOING))?;
        }
        Ok(rows.len())
    }
}
