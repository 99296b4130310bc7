//! Records carried over from elsewhere: they keep the times that they had there.

use super::item::RecordItem;
use super::writing::{self, WrittenRecords};
use crate::{
    AnnotateError,
    store::{
        Store,
        database::{Transaction, failed, query, row},
    },
};
use jiff::Timestamp;
use uuid::Uuid;

/// Rows of one statement.
const ROWS: usize = 256;

/// Times of creation and of the last change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Time of creation.
    pub inserted_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
}

/// A record to carry over. Its responses are in the item.
#[derive(Debug, Clone, PartialEq)]
pub struct CarriedRecord {
    /// The record.
    pub item: RecordItem,
    /// The record's times.
    pub times: Times,
    /// The times of the item's responses, in their order.
    pub response_times: Vec<Times>,
}

impl Store {
    /// As [`Store::upsert_records`]; records and responses then have the times that are given.
    pub async fn carry_records(
        &self,
        dataset: Uuid,
        records: &[CarriedRecord],
        now: Timestamp,
    ) -> Result<WrittenRecords, AnnotateError> {
        const DOING: &str = "writing records";
        let mut transaction = self.write(DOING).await?;
        let items = records.iter().map(|record| record.item.clone()).collect();
        let (written, answers) =
            writing::write_all(&mut transaction, dataset, items, true, now).await?;
        self.tell_written(&mut transaction, dataset, &written, &answers)
            .await?;
        keep_times(&mut transaction, &written.ids, records)
            .await
            .map_err(failed("keeping the times of records"))?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(written)
    }
}

async fn keep_times(
    transaction: &mut Transaction,
    ids: &[Uuid],
    records: &[CarriedRecord],
) -> Result<(), sqlx::Error> {
    let (mut of_records, mut of_responses) = (Vec::new(), Vec::new());
    for (id, record) in ids.iter().zip(records) {
        let Times {
            inserted_at,
            updated_at,
        } = record.times;
        of_records.push(row![
            *id,
            inserted_at.as_microsecond(),
            updated_at.as_microsecond()
        ]);
        for (
            response,
            Times {
                inserted_at,
                updated_at,
            },
        ) in record.item.responses.iter().zip(&record.response_times)
        {
            let (inserted_at, updated_at) =
                (inserted_at.as_microsecond(), updated_at.as_microsecond());
            of_responses.push(row![*id, response.user_id, inserted_at, updated_at]);
        }
    }
    // Both databases name the columns of VALUES column1, column2, …
    for rows in of_records.chunks(ROWS) {
        let mut update =
            query("UPDATE records SET inserted_at = v.column2, updated_at = v.column3 FROM (");
        update
            .push_rows(rows.iter().cloned())
            .push(") AS v WHERE records.id = v.column1");
        update.execute(&mut *transaction).await?;
    }
    for rows in of_responses.chunks(ROWS) {
        let mut update =
            query("UPDATE responses SET inserted_at = v.column3, updated_at = v.column4 FROM (");
        let is_it =
            ") AS v WHERE responses.record_id = v.column1 AND responses.user_id = v.column2";
        update.push_rows(rows.iter().cloned()).push(is_it);
        update.execute(&mut *transaction).await?;
    }
    Ok(())
}
