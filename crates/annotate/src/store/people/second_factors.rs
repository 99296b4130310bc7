//! Second factors: the secret that a user's authenticator shares, sealed, and the last step that was used.

use super::leaving::name_of;
use crate::{
    AnnotateError,
    store::{
        Store,
        database::{failed, query},
        values,
    },
};
use jiff::Timestamp;
use std::fmt;
use uuid::Uuid;

/// A user's second factor.
#[derive(Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// The secret, in base 32.
    pub secret: String,
    /// True once a code proved that the authenticator has it: codes are asked for from then on.
    pub is_confirmed: bool,
    /// The last step whose code was used; none is used twice.
    pub last_step: u64,
}

// The secret is in no debug output.
impl fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecondFactor")
            .field("is_confirmed", &self.is_confirmed)
            .field("last_step", &self.last_step)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// The second factor of a user, if they have one or have begun to set one up.
    pub async fn second_factor(&self, user: Uuid) -> Result<Option<SecondFactor>, AnnotateError> {
        let row: Option<(Vec<u8>, Option<i64>, i64)> = query(
            "SELECT secret_sealed, confirmed_at, last_step FROM second_factors WHERE id = $1",
        )
        .bind(user)
        .fetch_optional(&self.database)
        .await
        .map_err(failed("looking a second factor up"))?;
        let factor = |(sealed, confirmed_at, last_step): (Vec<u8>, Option<i64>, i64)| {
            Ok(SecondFactor {
                secret: self.keyring.open_sealed(&sealed)?,
                is_confirmed: confirmed_at.is_some(),
                last_step: values::count(last_step),
            })
        };
        row.map(factor).transpose()
    }

    /// Begins to set a second factor up, in the place of one that was not confirmed; says whether it did. One that counts
    /// stays.
    pub async fn begin_second_factor(
        &self,
        user: Uuid,
        secret: &str,
    ) -> Result<bool, AnnotateError> {
        const DOING: &str = "setting a second factor up";
        let mut transaction = self.write(DOING).await?;
        let begun = query(
            "INSERT INTO second_factors (id, secret_sealed, last_step) VALUES ($1, $2, 0)
             ON CONFLICT (id) DO UPDATE SET secret_sealed = excluded.secret_sealed
             WHERE second_factors.confirmed_at IS NULL",
        )
        .bind(user)
        .bind(self.keyring.seal(secret))
        .execute(&mut transaction)
        .await
        .map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(begun > 0)
    }

    /// Uses the code of a step, which counts once and confirms a factor that is being set up; says whether it did.
    pub async fn use_step(
        &self,
        user: Uuid,
        step: u64,
        now: Timestamp,
    ) -> Result<bool, AnnotateError> {
        const DOING: &str = "using a second factor";
        let mut transaction = self.write(DOING).await?;
        let confirmed: Option<bool> =
            query("SELECT confirmed_at IS NOT NULL FROM second_factors WHERE id = $1")
                .bind(user)
                .optional_scalar(&mut transaction)
                .await
                .map_err(failed(DOING))?;
        let used = query(
            "UPDATE second_factors SET last_step = $2, confirmed_at = COALESCE(confirmed_at, $3)
             WHERE id = $1 AND last_step < $2",
        )
        .bind(user)
        .bind(i64::try_from(step).unwrap_or(i64::MAX))
        .bind(now.as_microsecond())
        .execute(&mut transaction)
        .await
        .map_err(failed(DOING))?;
        if used > 0 && confirmed == Some(false) {
            let name = name_of(&mut transaction, user)
                .await
                .map_err(failed(DOING))?;
            self.tell(&mut transaction, "second_factor.enabled", name)
                .await?;
        }
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(used > 0)
    }

    /// Takes a user's second factor away; says whether there was one.
    pub async fn delete_second_factor(&self, user: Uuid) -> Result<bool, AnnotateError> {
        const DOING: &str = "taking a second factor away";
        let mut transaction = self.write(DOING).await?;
        let deleted = query("DELETE FROM second_factors WHERE id = $1")
            .bind(user)
            .execute(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        if deleted > 0 {
            let name = name_of(&mut transaction, user)
                .await
                .map_err(failed(DOING))?;
            self.tell(&mut transaction, "second_factor.disabled", name)
                .await?;
        }
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(deleted > 0)
    }
}
