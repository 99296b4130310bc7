//! The statuses of records after their responses changed.

use crate::{
    AnnotateError,
    store::{
        database::{Dialect, Query, Transaction, failed, query},
        events::{self, Event},
    },
};
use examen_core::annotation::names;
use jiff::Timestamp;
use uuid::Uuid;

/// Counts the records' submitted responses and sets their statuses; notes whether they are decided, which is when more
/// than half of the votes agree: on an option, or that the question is bad.
pub(in crate::store) async fn settle(
    connection: &mut Transaction,
    records: &[Uuid],
    now: Timestamp,
) -> Result<(), AnnotateError> {
    if !events::is_wanted(connection, Event::RecordCompleted).await? {
        return update_statuses(connection, records).await;
    }
    let before = completed(connection, records).await?;
    update_statuses(connection, records).await?;
    let mut after = completed(connection, records).await?;
    after.retain(|id| !before.contains(id));
    events::note(connection, Event::RecordCompleted, &after, now).await
}

async fn completed(
    connection: &mut Transaction,
    records: &[Uuid],
) -> Result<Vec<Uuid>, AnnotateError> {
    let mut query = query("SELECT id FROM records WHERE status = 'completed' AND id IN ");
    query.push_list(records.iter().copied());
    query
        .scalars(connection)
        .await
        .map_err(failed("looking records up"))
}

async fn update_statuses(
    connection: &mut Transaction,
    records: &[Uuid],
) -> Result<(), AnnotateError> {
    statuses_query(connection.dialect(), records)
        .execute(connection)
        .await
        .map(drop)
        .map_err(failed("settling a record's status"))
}

/// The statement that settles statuses.
pub(super) fn statuses_query(dialect: Dialect, records: &[Uuid]) -> Query {
    let mut query = query(
        "UPDATE records SET status = CASE WHEN
             (SELECT COUNT(*) FROM responses p WHERE p.record_id = records.id AND p.status = 'submitted')
             >= (SELECT d.min_submitted FROM datasets d WHERE d.id = records.dataset_id)
         THEN 'completed' ELSE 'pending' END,
         is_decided = (SELECT COALESCE(2 * MAX(n) > SUM(n), TRUE) FROM
             (SELECT COUNT(*) AS n FROM
                  (SELECT p.status, ",
    )
    .large();
    dialect.push_json_text(&mut query, "p.answers", names::CORRECT_ANSWER);
    query.push(
        " AS answer FROM responses p WHERE p.record_id = records.id) answers
              WHERE status = 'discarded' OR status = 'submitted' AND answer IS NOT NULL
              GROUP BY CASE status WHEN 'submitted' THEN answer END) votes)
         WHERE id IN ",
    );
    query.push_list(records.iter().copied());
    query
}

/// Notes that a dataset is being worked on.
pub(in crate::store) async fn note_activity(
    connection: &mut Transaction,
    dataset: Uuid,
    now: Timestamp,
) -> Result<(), AnnotateError> {
    activity_query(dataset, now)
        .execute(connection)
        .await
        .map(drop)
        .map_err(failed("noting a dataset's activity"))
}

/// The statement that does.
pub(super) fn activity_query(dataset: Uuid, now: Timestamp) -> Query {
    query("UPDATE datasets SET last_activity_at = $2 WHERE id = $1")
        .bind(dataset)
        .bind(now.as_microsecond())
}
