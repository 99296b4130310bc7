//! A reviewer's queues: what they have still to answer, and what they have answered.

use super::order;
use crate::{
    AnnotateError,
    store::{
        Store,
        counts::progress::{self, DatasetProgress},
        database::{Transaction, failed, query},
        records::{reading, sizes},
    },
};
use examen_core::annotation::Record;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Most bytes of the records of a page, as they are stored; a page has one record at least.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Records by what one user has done with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Queue {
    /// Not answered by this user, and either not completed by others or not decided by them: no more than half agree.
    Pending,
    /// Begun.
    Draft,
    /// Answered.
    Submitted,
    /// Found bad.
    Discarded,
}

/// A part of a queue.
#[derive(Debug, Clone, PartialEq)]
pub struct QueuePage {
    /// Number of records in the queue.
    pub total: u64,
    /// Those asked for. Their `responses` hold the user's own alone.
    pub items: Vec<Record>,
    /// Progress of the dataset, at the same moment.
    pub progress: DatasetProgress,
}

impl Store {
    /// `limit` records of a user's queue from `offset` on. Pending records come in an order that is the user's own and
    /// stays; answered ones by the time of the answer, latest first. Of records that are large together, fewer come.
    pub async fn queue_page(
        &self,
        dataset: Uuid,
        user: Uuid,
        queue: Queue,
        offset: u32,
        limit: u32,
    ) -> Result<QueuePage, AnnotateError> {
        let mut transaction = self.read("reading a queue").await?;
        let ids = match queue {
            Queue::Pending => {
                order::waiting(
                    &mut transaction,
                    dataset,
                    user,
                    order::For::Decision,
                    offset.into(),
                    limit,
                )
                .await?
            }
            Queue::Draft => {
                answered(&mut transaction, dataset, user, "draft", offset, limit).await?
            }
            Queue::Submitted => {
                answered(&mut transaction, dataset, user, "submitted", offset, limit).await?
            }
            Queue::Discarded => {
                answered(&mut transaction, dataset, user, "discarded", offset, limit).await?
            }
        };
        let ids = sizes::fitting(&mut transaction, ids, user, MAX_BYTES).await?;
        let mut queries = progress::queries(dataset, user);
        queries.extend(reading::queries(&ids, Some(user)));
        let results = transaction.together(queries).await;
        let mut results = results.map_err(failed("reading a queue"))?;
        let progress = progress::of(&mut results)?;
        let items = reading::of(&ids, &mut results)?;
        let total = match queue {
            Queue::Pending => progress.mine.pending,
            Queue::Draft => progress.mine.draft,
            Queue::Submitted => progress.mine.submitted,
            Queue::Discarded => progress.mine.discarded,
        };
        Ok(QueuePage {
            total,
            items,
            progress,
        })
    }
}

async fn answered(
    connection: &mut Transaction,
    dataset: Uuid,
    user: Uuid,
    status: &'static str,
    offset: u32,
    limit: u32,
) -> Result<Vec<Uuid>, AnnotateError> {
    query(
        "SELECT p.record_id FROM responses p JOIN records r ON r.id = p.record_id
         WHERE p.user_id = $2 AND p.status = $3 AND r.dataset_id = $1
         ORDER BY p.updated_at DESC, p.id
         LIMIT $4 OFFSET $5",
    )
    .bind(dataset)
    .bind(user)
    .bind(status)
    .bind(limit)
    .bind(offset)
    .scalars(connection)
    .await
    .map_err(failed("reading a queue"))
}
