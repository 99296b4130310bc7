//! Writing records: many at once, all or none, in as few statements as it takes.

use super::{
    checking::{Checked, check, users},
    item::{RecordChange, RecordItem},
    known::{self, Known},
    rows,
    telling::Answers,
};
use crate::{
    AnnotateError, Refusal,
    store::{
        Store,
        database::{Transaction, failed, query},
        datasets::{DatasetStatus, Schema, head, schema},
        events::{self, Event, LastSeen},
        responses, values,
    },
};
use jiff::Timestamp;
use std::collections::HashSet;
use uuid::Uuid;

/// Result of writing records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenRecords {
    /// The records' ids, in the order of the items.
    pub ids: Vec<Uuid>,
    /// Those that were there before.
    pub updated: Vec<Uuid>,
}

impl Store {
    /// Writes new records; ids of the caller that are there are refused.
    pub async fn create_records(
        &self,
        dataset: Uuid,
        items: Vec<RecordItem>,
        now: Timestamp,
    ) -> Result<WrittenRecords, AnnotateError> {
        self.write_records(dataset, items, false, now).await
    }

    /// Writes records; those that are there by the store's id or the caller's are changed: fields and metadata are
    /// replaced where they are given, suggestions a question, responses a user and vectors a name.
    pub async fn upsert_records(
        &self,
        dataset: Uuid,
        items: Vec<RecordItem>,
        now: Timestamp,
    ) -> Result<WrittenRecords, AnnotateError> {
        self.write_records(dataset, items, true, now).await
    }

    async fn write_records(
        &self,
        dataset: Uuid,
        items: Vec<RecordItem>,
        may_change: bool,
        now: Timestamp,
    ) -> Result<WrittenRecords, AnnotateError> {
        const DOING: &str = "writing records";
        let mut transaction = self.write(DOING).await?;
        let (written, answers) =
            write_all(&mut transaction, dataset, items, may_change, now).await?;
        self.tell_written(&mut transaction, dataset, &written, &answers)
            .await?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(written)
    }

    /// Changes one record: what is given replaces what is there, all suggestions together, vectors by name.
    pub async fn change_record(
        &self,
        id: Uuid,
        change: RecordChange,
        now: Timestamp,
    ) -> Result<(), AnnotateError> {
        const DOING: &str = "changing a record";
        let mut transaction = self.write(DOING).await?;
        let found: Option<(i64, Uuid, String)> =
            query("SELECT row, dataset_id, fields FROM records WHERE id = $1")
                .bind(id)
                .fetch_optional(&mut transaction)
                .await
                .map_err(failed(DOING))?;
        let missing = Refusal::NotFound { what: "Record", id };
        let (row, dataset, fields) = found.ok_or_else(|| missing.clone())?;
        let schema = schema::read(&mut transaction, dataset)
            .await?
            .ok_or(missing)?;
        let fields = values::from_json("record fields", &fields)?;
        let item = RecordItem {
            id: Some(id),
            external_id: None,
            fields: change.fields,
            metadata: change.metadata,
            suggestions: change.suggestions.clone().unwrap_or_default(),
            responses: Vec::new(),
            vectors: change.vectors,
        };
        let checked = check(
            &schema,
            item,
            Some(Known { row, id }),
            Some(&fields),
            &HashSet::new(),
        );
        let checked = checked.map_err(Refusal::Invalid)?;
        if change.suggestions.is_some() {
            let deleted = query("DELETE FROM suggestions WHERE record_id = $1")
                .bind(id)
                .execute(&mut transaction);
            deleted.await.map_err(failed(DOING))?;
        }
        write(&mut transaction, &schema, &[checked], now).await?;
        self.tell_of_records(&mut transaction, dataset, "records.changed", 1)
            .await?;
        transaction.commit().await.map_err(failed(DOING))
    }

    /// Deletes records of a dataset; ids that name none of them are ignored. Webhooks are told what was last seen of them.
    pub async fn delete_records(
        &self,
        dataset: Uuid,
        ids: &[Uuid],
        seen: &[LastSeen],
        now: Timestamp,
    ) -> Result<(), AnnotateError> {
        const DOING: &str = "deleting records";
        let mut transaction = self.write(DOING).await?;
        events::note_gone(&mut transaction, Event::RecordDeleted, seen, now).await?;
        let of_dataset = |sql: &'static str| {
            let mut query = query(sql);
            query.push_bind(dataset).push(" AND r.id IN ");
            query.push_list(ids.iter().copied());
            query
        };
        let responses = "SELECT COUNT(*) FROM responses p JOIN records r ON r.id = p.record_id WHERE r.dataset_id = ";
        let n_responses: i64 = of_dataset(responses)
            .scalar(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        let n = of_dataset("DELETE FROM records AS r WHERE r.dataset_id = ")
            .execute(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        if n > 0 {
            let dataset = head::name(&mut transaction, dataset).await?;
            let subject = format!("{n} of {dataset}, with {n_responses} responses");
            self.tell(&mut transaction, "records.deleted", subject)
                .await?;
        }
        transaction.commit().await.map_err(failed(DOING))
    }
}

/// Checks and writes records: all of them, or an error that names the first that is wrong.
pub(in crate::store) async fn write_all(
    transaction: &mut Transaction,
    dataset: Uuid,
    items: Vec<RecordItem>,
    may_change: bool,
    now: Timestamp,
) -> Result<(WrittenRecords, Answers), AnnotateError> {
    let schema = schema::read(transaction, dataset).await?;
    let schema = schema.ok_or(Refusal::NotFound {
        what: "Dataset",
        id: dataset,
    })?;
    if schema.dataset.status != DatasetStatus::Ready {
        return Err(Refusal::NotPublished.into());
    }
    let known = known::find(transaction, dataset, &items).await?;
    if !may_change {
        known::refuse(&items, &known)?;
    }
    let stored = known::fields(transaction, &items, &known).await?;
    let users = users(transaction, &items).await?;
    let mut checked = Vec::with_capacity(items.len());
    for (position, (item, known)) in items.into_iter().zip(known).enumerate() {
        let fields = known.as_ref().and_then(|known| stored.get(&known.id));
        let item = check(&schema, item, known, fields, &users);
        checked.push(item.map_err(|reason| Refusal::Record { position, reason })?);
    }
    let answers = Answers::of(transaction, &checked).await?;
    write(transaction, &schema, &checked, now).await?;
    let updated = checked
        .iter()
        .filter(|item| item.known.is_some())
        .map(|item| item.id)
        .collect();
    let written = WrittenRecords {
        ids: checked.iter().map(|item| item.id).collect(),
        updated,
    };
    Ok((written, answers))
}

/// Writes records that were checked, and notes that it happened.
pub(super) async fn write(
    connection: &mut Transaction,
    schema: &Schema,
    items: &[Checked],
    now: Timestamp,
) -> Result<(), AnnotateError> {
    let mut written = rows::insert_records(connection, schema.dataset.id, items, now).await?;
    for item in items {
        if let Some(known) = &item.known {
            rows::update_record(connection, item, known, now).await?;
            written.push((known.row, item));
        }
    }
    rows::insert_texts(connection, schema, &written).await?;
    rows::insert_suggestions(connection, items, now).await?;
    rows::insert_vectors(connection, items).await?;
    let (updated, created): (Vec<&Checked>, Vec<&Checked>) =
        items.iter().partition(|item| item.known.is_some());
    for (event, items) in [
        (Event::RecordCreated, created),
        (Event::RecordUpdated, updated),
    ] {
        let ids: Vec<Uuid> = items.iter().map(|item| item.id).collect();
        events::note(connection, event, &ids, now).await?;
    }
    let answered: Vec<Uuid> = items
        .iter()
        .filter(|item| !item.responses.is_empty())
        .map(|item| item.id)
        .collect();
    if !answered.is_empty() {
        rows::insert_responses(connection, items, now).await?;
        responses::settle(connection, &answered, now).await?;
        responses::note_activity(connection, schema.dataset.id, now).await?;
    }
    Ok(())
}
