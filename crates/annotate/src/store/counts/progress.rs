//! Progress of a dataset and of one reviewer.

use crate::{
    AnnotateError,
    store::{
        Store,
        database::{Query, Results, Transaction, failed, query},
        values,
    },
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How far a dataset is, seen by one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct DatasetProgress {
    /// All records.
    pub total: u64,
    /// Records with enough submitted responses, whoever gave them.
    pub completed: u64,
    /// The user's own share.
    pub mine: MyProgress,
}

/// Records by what one user has done with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct MyProgress {
    /// Without a response of this user, and either not completed by others or not decided by them.
    pub pending: u64,
    /// Begun.
    pub draft: u64,
    /// Answered.
    pub submitted: u64,
    /// Found bad.
    pub discarded: u64,
}

impl Store {
    /// Numbers of all records and of all responses.
    pub async fn totals(&self) -> Result<(u64, u64), AnnotateError> {
        let counts =
            query("SELECT (SELECT COUNT(*) FROM records), (SELECT COUNT(*) FROM responses)");
        let (records, responses): (i64, i64) = counts
            .fetch_one(&self.database)
            .await
            .map_err(failed("counting records and responses"))?;
        Ok((records.unsigned_abs(), responses.unsigned_abs()))
    }

    /// Progress of a dataset, seen by `user`.
    pub async fn progress(
        &self,
        dataset: Uuid,
        user: Uuid,
    ) -> Result<DatasetProgress, AnnotateError> {
        let results = self.database.read_together(queries(dataset, user)).await;
        of(&mut results.map_err(failed(DOING))?)
    }

    /// Records without a response of this user that others have not completed.
    pub async fn pending_for(&self, dataset: Uuid, user: Uuid) -> Result<u64, AnnotateError> {
        let mut transaction = self.read("counting records").await?;
        pending_for(&mut transaction, dataset, user).await
    }
}

/// The progress as this transaction sees it.
pub(in crate::store) async fn read(
    connection: &mut Transaction,
    dataset: Uuid,
    user: Uuid,
) -> Result<DatasetProgress, AnnotateError> {
    let results = connection.together(queries(dataset, user)).await;
    of(&mut results.map_err(failed(DOING))?)
}

const DOING: &str = "counting records and responses";

/// The statements that count.
pub(in crate::store) fn queries(dataset: Uuid, user: Uuid) -> Vec<Query> {
    // CROSS JOIN keeps SQLite from walking all records of the dataset for each count.
    let mine = query(
        "SELECT COUNT(*) FILTER (WHERE p.status = 'draft'), COUNT(*) FILTER (WHERE p.status = 'submitted'),
                COUNT(*) FILTER (WHERE p.status = 'discarded'), COUNT(*) FILTER (WHERE r.is_open)
         FROM responses p CROSS JOIN records r
         WHERE p.user_id = $1 AND r.id = p.record_id AND r.dataset_id = $2",
    )
    .bind(user)
    .bind(dataset);
    vec![counts_query(dataset), mine]
}

/// The progress that they found.
pub(in crate::store) fn of(results: &mut Results) -> Result<DatasetProgress, AnnotateError> {
    let all: Option<(i64, i64, i64)> = results.optional().map_err(failed(DOING))?;
    let (total, completed, open) = all.unwrap_or_default();
    let mine: Option<(i64, i64, i64, i64)> = results.optional().map_err(failed(DOING))?;
    let (draft, submitted, discarded, on_open) = mine.unwrap_or_default();
    let mine = MyProgress {
        pending: values::count(open - on_open),
        draft: values::count(draft),
        submitted: values::count(submitted),
        discarded: values::count(discarded),
    };
    Ok(DatasetProgress {
        total: values::count(total),
        completed: values::count(completed),
        mine,
    })
}

fn counts_query(dataset: Uuid) -> Query {
    query("SELECT total, completed, open FROM dataset_counts WHERE dataset_id = $1").bind(dataset)
}

/// All records of a dataset, those completed, and those open to reviewers who have not answered them. Triggers keep count.
pub(in crate::store) async fn counts(
    connection: &mut Transaction,
    dataset: Uuid,
) -> Result<(i64, i64, i64), AnnotateError> {
    counts_query(dataset)
        .fetch_optional(connection)
        .await
        .map(Option::unwrap_or_default)
        .map_err(failed("counting records"))
}

/// Records without a response of this user that others have not completed.
pub(in crate::store) async fn pending_for(
    connection: &mut Transaction,
    dataset: Uuid,
    user: Uuid,
) -> Result<u64, AnnotateError> {
    let (total, completed, _) = counts(connection, dataset).await?;
    let answered: i64 = query(
        "SELECT COUNT(*) FROM responses p CROSS JOIN records r
         WHERE p.user_id = $1 AND r.id = p.record_id AND r.dataset_id = $2 AND r.status = 'pending'",
    )
    .bind(user)
    .bind(dataset)
    .scalar(connection)
    .await
    .map_err(failed("counting responses"))?;
    Ok(values::count(total - completed - answered))
}
