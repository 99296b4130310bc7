//! Responses: one a user and record. Each change settles whether the record is completed, and whether it is decided.

use super::{DatasetProgress, Store, failed, progress, values};
use crate::AnnotateError;
use examen_core::annotation::{ResponseStatus, names};
use jiff::Timestamp;
use serde_json::{Map, Value};
use sqlx::SqliteConnection;
use uuid::Uuid;

/// A response to store; it takes the place of an earlier one of the same user to the same record.
#[derive(Debug, Clone, PartialEq)]
pub struct NewResponse {
    /// Its id; an earlier response keeps its own.
    pub id: Uuid,
    /// The record it answers.
    pub record_id: Uuid,
    /// Who answers.
    pub user_id: Uuid,
    /// Whether it counts.
    pub status: ResponseStatus,
    /// Question name → value, checked by the caller (see [`crate::validate::response`]).
    pub values: Map<String, Value>,
}

impl Store {
    /// Stores a response and returns the dataset's progress after it; `None` when there is no such record. The response
    /// is on the disk when this returns.
    pub async fn put_response(
        &self,
        new: &NewResponse,
        now: Timestamp,
    ) -> Result<Option<DatasetProgress>, AnnotateError> {
        const DOING: &str = "storing a response";
        let mut transaction = self.write(DOING).await?;
        let Some(dataset) = dataset_of(&mut transaction, new.record_id).await? else { return Ok(None) };
        sqlx::query(
            "INSERT INTO responses (id, record_id, user_id, status, answers, inserted_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
             ON CONFLICT (record_id, user_id)
             DO UPDATE SET status = excluded.status, answers = excluded.answers, updated_at = excluded.updated_at",
        )
        .bind(new.id)
        .bind(new.record_id)
        .bind(new.user_id)
        .bind(values::response_status(new.status))
        .bind(values::json(&new.values))
        .bind(now.as_microsecond())
        .execute(&mut *transaction)
        .await
        .map_err(failed(DOING))?;
        settle(&mut transaction, dataset, new.record_id, now).await?;
        let progress = progress::read(&mut transaction, dataset, new.user_id).await?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(Some(progress))
    }

    /// Takes a user's response back, if there is one, and returns the dataset's progress after it; `None` when there is
    /// no such record.
    pub async fn delete_response(
        &self,
        record: Uuid,
        user: Uuid,
        now: Timestamp,
    ) -> Result<Option<DatasetProgress>, AnnotateError> {
        const DOING: &str = "taking a response back";
        let mut transaction = self.write(DOING).await?;
        let Some(dataset) = dataset_of(&mut transaction, record).await? else { return Ok(None) };
        sqlx::query("DELETE FROM responses WHERE record_id = ?1 AND user_id = ?2")
            .bind(record)
            .bind(user)
            .execute(&mut *transaction)
            .await
            .map_err(failed(DOING))?;
        settle(&mut transaction, dataset, record, now).await?;
        let progress = progress::read(&mut transaction, dataset, user).await?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(Some(progress))
    }
}

async fn dataset_of(connection: &mut SqliteConnection, record: Uuid) -> Result<Option<Uuid>, AnnotateError> {
    sqlx::query_scalar("SELECT dataset_id FROM records WHERE id = ?1")
        .bind(record)
        .fetch_optional(connection)
        .await
        .map_err(failed("looking a record up"))
}

/// Counts a record's submitted responses and sets its status; notes whether it is decided, which is when more than half
/// of the votes agree: on an option, or that the question is bad. Notes that the dataset is being worked on.
async fn settle(
    connection: &mut SqliteConnection,
    dataset: Uuid,
    record: Uuid,
    now: Timestamp,
) -> Result<(), AnnotateError> {
    sqlx::query(
        "UPDATE records SET status = CASE WHEN
             (SELECT COUNT(*) FROM responses WHERE record_id = ?1 AND status = 'submitted')
             >= (SELECT min_submitted FROM datasets WHERE id = ?2)
         THEN 'completed' ELSE 'pending' END,
         is_decided = (SELECT COALESCE(2 * MAX(n) > SUM(n), 1) FROM
             (SELECT COUNT(*) AS n FROM responses
              WHERE record_id = ?1 AND (status = 'discarded' OR status = 'submitted' AND answers ->> ?3 IS NOT NULL)
              GROUP BY CASE status WHEN 'submitted' THEN answers ->> ?3 END))
         WHERE id = ?1",
    )
    .bind(record)
    .bind(dataset)
    .bind(names::CORRECT_ANSWER)
    .execute(&mut *connection)
    .await
    .map_err(failed("settling a record's status"))?;
    sqlx::query("UPDATE datasets SET last_activity_at = ?2 WHERE id = ?1")
        .bind(dataset)
        .bind(now.as_microsecond())
        .execute(connection)
        .await
        .map(drop)
        .map_err(failed("noting a dataset's activity"))
}
