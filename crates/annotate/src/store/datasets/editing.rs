//! Making, changing, publishing and deleting datasets and their parts.

use super::{
    head::{self, DatasetHead, DatasetStatus},
    parts::{self, DatasetPart, Part},
    schema::{self, Schema},
};
use crate::{
    AnnotateError, Refusal,
    store::{
        Store,
        database::{Transaction, failed, query},
        events::{self, Event, LastSeen},
    },
};
use jiff::Timestamp;
use uuid::Uuid;

impl Store {
    /// Makes a draft without parts.
    pub async fn insert_dataset(&self, head: &DatasetHead) -> Result<(), AnnotateError> {
        const DOING: &str = "making a dataset";
        let mut transaction = self.write(DOING).await?;
        head::insert(&mut transaction, head).await?;
        events::note(
            &mut transaction,
            Event::DatasetCreated,
            &[head.id],
            head.inserted_at,
        )
        .await?;
        self.tell(&mut transaction, "dataset.created", &head.name)
            .await?;
        transaction.commit().await.map_err(failed(DOING))
    }

    /// Changes a dataset: `change` gets it as it is. Where another number of responses completes a record now, the
    /// records' statuses follow.
    pub async fn update_dataset(
        &self,
        id: Uuid,
        change: impl FnOnce(&mut DatasetHead) + Send,
    ) -> Result<DatasetHead, AnnotateError> {
        const DOING: &str = "changing a dataset";
        let mut transaction = self.write(DOING).await?;
        let head = head::find(&mut transaction, id).await?;
        let mut head = head.ok_or(Refusal::NotFound {
            what: "Dataset",
            id,
        })?;
        self.tell(&mut transaction, "dataset.changed", &head.name)
            .await?;
        let min_submitted = head.min_submitted;
        change(&mut head);
        head::update(&mut transaction, &head).await?;
        if head.min_submitted != min_submitted {
            settle_all(&mut transaction, &head).await?;
        }
        events::note(
            &mut transaction,
            Event::DatasetUpdated,
            &[id],
            head.updated_at,
        )
        .await?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(head)
    }

    /// Makes a draft take records.
    pub async fn publish_dataset(
        &self,
        id: Uuid,
        now: Timestamp,
    ) -> Result<DatasetHead, AnnotateError> {
        const DOING: &str = "publishing a dataset";
        let mut transaction = self.write(DOING).await?;
        let schema = schema::read(&mut transaction, id)
            .await?
            .ok_or(Refusal::NotFound {
                what: "Dataset",
                id,
            })?;
        if schema.dataset.status == DatasetStatus::Ready {
            return Err(Refusal::Published.into());
        }
        if schema.fields.is_empty() {
            return Err(Refusal::NoFields.into());
        }
        if !schema
            .questions
            .iter()
            .any(|question| question.value.required)
        {
            return Err(Refusal::NoRequiredQuestions.into());
        }
        let head = DatasetHead {
            status: DatasetStatus::Ready,
            updated_at: now,
            last_activity_at: now,
            ..schema.dataset
        };
        head::update(&mut transaction, &head).await?;
        events::note(&mut transaction, Event::DatasetPublished, &[id], now).await?;
        self.tell(&mut transaction, "dataset.published", &head.name)
            .await?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(head)
    }

    /// Deletes a dataset with everything in it. Webhooks are told what was last seen of it.
    pub async fn delete_dataset(
        &self,
        id: Uuid,
        seen: &[LastSeen],
        now: Timestamp,
    ) -> Result<(), AnnotateError> {
        const DOING: &str = "deleting a dataset";
        let mut transaction = self.write(DOING).await?;
        events::note_gone(&mut transaction, Event::DatasetDeleted, seen, now).await?;
        let subject = head::with_contents(&mut transaction, id).await?;
        self.tell(&mut transaction, "dataset.deleted", subject)
            .await?;
        let deleted = query("DELETE FROM datasets WHERE id = $1")
            .large()
            .bind(id)
            .execute(&mut transaction)
            .await;
        deleted.map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))
    }
}

impl Store {
    /// Adds a part at the end, if `check` allows it, which sees the dataset as it is.
    pub async fn insert_part<T: DatasetPart>(
        &self,
        dataset: Uuid,
        value: T,
        now: Timestamp,
        check: impl FnOnce(&Schema) -> Result<(), Refusal> + Send,
    ) -> Result<Part<T>, AnnotateError> {
        const DOING: &str = "adding a part of a dataset";
        let mut transaction = self.write(DOING).await?;
        let schema = schema::read(&mut transaction, dataset).await?;
        check(&schema.ok_or(Refusal::NotFound {
            what: "Dataset",
            id: dataset,
        })?)?;
        let part = parts::insert(&mut transaction, dataset, value, now).await?;
        self.tell_part(&mut transaction, &part, "created").await?;
        events::note(&mut transaction, Event::DatasetUpdated, &[dataset], now).await?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(part)
    }

    /// Replaces a part's value; its name stays.
    pub async fn update_part<T: DatasetPart>(
        &self,
        part: &Part<T>,
        now: Timestamp,
    ) -> Result<(), AnnotateError> {
        const DOING: &str = "changing a part of a dataset";
        let assignments: Vec<String> = T::COLUMNS
            .iter()
            .zip(3..)
            .map(|(column, number)| format!("{column} = ${number}"))
            .collect();
        let sql = format!(
            "UPDATE {} SET updated_at = $2, {} WHERE id = $1",
            T::TABLE,
            assignments.join(", ")
        );
        let mut transaction = self.write(DOING).await?;
        let query = query(sql)
            .bind(part.id)
            .bind(now.as_microsecond())
            .bind_all(part.value.values());
        query
            .execute(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        self.tell_part(&mut transaction, part, "changed").await?;
        events::note(
            &mut transaction,
            Event::DatasetUpdated,
            &[part.dataset_id],
            now,
        )
        .await?;
        transaction.commit().await.map_err(failed(DOING))
    }

    /// Notes what was done to a part, such as `fields.changed`.
    async fn tell_part<T: DatasetPart>(
        &self,
        transaction: &mut Transaction,
        part: &Part<T>,
        done: &str,
    ) -> Result<(), AnnotateError> {
        let dataset = head::name(transaction, part.dataset_id).await?;
        let subject = format!("{} in {dataset}", part.value.name());
        self.tell(transaction, &format!("{}.{done}", T::TABLE), subject)
            .await
    }

    /// Deletes a part, and what records hold for it, if `check` allows it.
    pub async fn delete_part<T: DatasetPart>(
        &self,
        part: &Part<T>,
        now: Timestamp,
        check: impl FnOnce(&Schema) -> Result<(), Refusal> + Send,
    ) -> Result<(), AnnotateError> {
        const DOING: &str = "deleting a part of a dataset";
        let mut transaction = self.write(DOING).await?;
        let schema = schema::read(&mut transaction, part.dataset_id).await?;
        check(&schema.ok_or(Refusal::NotFound {
            what: T::NOUN,
            id: part.id,
        })?)?;
        let sql = format!("DELETE FROM {} WHERE id = $1", T::TABLE);
        let deleted = query(sql)
            .large()
            .bind(part.id)
            .execute(&mut transaction)
            .await;
        deleted.map_err(failed(DOING))?;
        self.tell_part(&mut transaction, part, "deleted").await?;
        events::note(
            &mut transaction,
            Event::DatasetUpdated,
            &[part.dataset_id],
            now,
        )
        .await?;
        transaction.commit().await.map_err(failed(DOING))
    }
}

/// Recomputes the status of every record.
async fn settle_all(connection: &mut Transaction, head: &DatasetHead) -> Result<(), AnnotateError> {
    query(
        "UPDATE records SET status = CASE WHEN
             (SELECT COUNT(*) FROM responses p WHERE p.record_id = records.id AND p.status = 'submitted') >= $2
         THEN 'completed' ELSE 'pending' END
         WHERE dataset_id = $1",
    )
    .large()
    .bind(head.id)
    .bind(head.min_submitted)
    .execute(connection)
    .await
    .map(drop)
    .map_err(failed("settling the records' status"))
}
