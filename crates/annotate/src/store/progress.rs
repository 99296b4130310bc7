//! How far a dataset is, and how far one reviewer.

use super::{
    Store,
    database::{Transaction, query},
    failed, values,
};
use crate::AnnotateError;
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
    /// How far a dataset is, seen by `user`.
    pub async fn progress(&self, dataset: Uuid, user: Uuid) -> Result<DatasetProgress, AnnotateError> {
        let mut transaction = self.read("counting records").await?;
        read(&mut transaction, dataset, user).await
    }
}

/// The progress as this transaction sees it.
pub(super) async fn read(
    connection: &mut Transaction,
    dataset: Uuid,
    user: Uuid,
) -> Result<DatasetProgress, AnnotateError> {
    let (total, completed, open): (i64, i64, i64) = query(
        "SELECT COUNT(*), COUNT(*) FILTER (WHERE status = 'completed'), COUNT(*) FILTER (WHERE is_open)
         FROM records WHERE dataset_id = $1",
    )
    .bind(dataset)
    .fetch_one(&mut *connection)
    .await
    .map_err(failed("counting records"))?;
    // CROSS JOIN keeps SQLite from walking all records of the dataset for each count.
    let (draft, submitted, discarded, on_open): (i64, i64, i64, i64) = query(
        "SELECT COUNT(*) FILTER (WHERE p.status = 'draft'), COUNT(*) FILTER (WHERE p.status = 'submitted'),
                COUNT(*) FILTER (WHERE p.status = 'discarded'), COUNT(*) FILTER (WHERE r.is_open)
         FROM responses p CROSS JOIN records r
         WHERE p.user_id = $1 AND r.id = p.record_id AND r.dataset_id = $2",
    )
    .bind(user)
    .bind(dataset)
    .fetch_one(connection)
    .await
    .map_err(failed("counting responses"))?;
    let mine = MyProgress {
        pending: values::count(open - on_open),
        draft: values::count(draft),
        submitted: values::count(submitted),
        discarded: values::count(discarded),
    };
    Ok(DatasetProgress { total: values::count(total), completed: values::count(completed), mine })
}
