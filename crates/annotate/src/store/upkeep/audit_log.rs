//! The audit log: administrative acts, each written in the transaction of what it tells of.

use crate::store::database::from_row;
use crate::{
    AnnotateError,
    store::{
        Act, Store, act,
        database::{failed, query},
        values,
    },
};
use jiff::Timestamp;

struct ActRow {
    at: i64,
    actor: String,
    address: Option<String>,
    act: String,
    subject: Option<String>,
}

from_row!(ActRow {
    at,
    actor,
    address,
    act,
    subject
});

impl Store {
    /// Notes an act that changes nothing else.
    pub async fn note_act(&self, act: Act) -> Result<(), AnnotateError> {
        const DOING: &str = "noting an act";
        let mut transaction = self.write(DOING).await?;
        act::note(&mut transaction, &act)
            .await
            .map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))
    }

    /// Forgets the acts before a time, and returns how many they were. That it happened is noted.
    pub async fn forget_acts(&self, before: Timestamp) -> Result<u64, AnnotateError> {
        const DOING: &str = "shortening the audit log";
        let mut transaction = self.write(DOING).await?;
        let forgotten = query("DELETE FROM audit_log WHERE at < $1")
            .bind(before.as_microsecond())
            .execute(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        if forgotten > 0 {
            let day = before.strftime("%Y-%m-%dT%H:%M:%SZ");
            let subject = format!("{forgotten} entries before {day}");
            self.tell(&mut transaction, "audit.shortened", subject)
                .await?;
        }
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(forgotten)
    }

    /// Number of acts, and those after the first `offset`, the newest first.
    pub async fn acts(&self, offset: u64, limit: u32) -> Result<(u64, Vec<Act>), AnnotateError> {
        const DOING: &str = "reading the audit log";
        let mut transaction = self.read(DOING).await?;
        let total: i64 = query("SELECT COUNT(*) FROM audit_log")
            .scalar(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        let rows: Result<Vec<ActRow>, _> =
            query("SELECT at, actor, address, act, subject FROM audit_log ORDER BY number DESC LIMIT $1 OFFSET $2")
                .bind(limit)
                .bind(i64::try_from(offset).unwrap_or(i64::MAX))
                .fetch_all(&mut transaction)
                .await;
        let acts: Result<Vec<Act>, _> = rows
            .map_err(failed(DOING))?
            .into_iter()
            .map(ActRow::act)
            .collect();
        Ok((total.unsigned_abs(), acts?))
    }
}

impl ActRow {
    fn act(self) -> Result<Act, AnnotateError> {
        let Self {
            at,
            actor,
            address,
            act,
            subject,
        } = self;
        Ok(Act {
            at: values::time(at)?,
            actor,
            address,
            act,
            subject,
        })
    }
}
