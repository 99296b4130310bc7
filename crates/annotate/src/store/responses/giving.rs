//! Responses given, changed and taken back.

use super::{
    settling::{activity_query, note_activity, settle, statuses_query},
    stored::{ResponseRow, StoredResponse},
};
use crate::{
    AnnotateError, Refusal,
    store::{
        Actor, Store,
        counts::progress::{self, DatasetProgress},
        database::{Query, Transaction, failed, is_duplicate, query},
        datasets::head,
        events::{self, Event, LastSeen},
        people, values,
    },
};
use examen_core::annotation::ResponseStatus;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::sync::Arc;
use uuid::Uuid;

/// A response to store; it takes the place of an earlier one of the same user to the same record.
#[derive(Debug, Clone, PartialEq)]
pub struct NewResponse {
    /// Its id; an earlier response keeps its own.
    pub id: Uuid,
    /// The record it answers.
    pub record_id: Uuid,
    /// The user who answers.
    pub user_id: Uuid,
    /// Draft, submitted or discarded.
    pub status: ResponseStatus,
    /// Question name → value, checked by the caller (see [`crate::store::rules::response`]).
    pub values: Map<String, Value>,
}

/// A response and where it is.
#[derive(Debug, Clone, PartialEq)]
pub struct ResponsePlace {
    /// The response.
    pub response: StoredResponse,
    /// The dataset it belongs to.
    pub dataset_id: Uuid,
    /// The workspace of that dataset.
    pub workspace_id: Uuid,
}

impl Store {
    /// Stores a response and returns the dataset's progress after it; `None` when there is no such record. The response
    /// is on the disk when this returns.
    pub async fn put_response(
        &self,
        new: &NewResponse,
        now: Timestamp,
    ) -> Result<Option<DatasetProgress>, AnnotateError> {
        match self.record_place(new.record_id).await? {
            Some(place) => self.put_response_in(place.dataset_id, new, now).await,
            None => Ok(None),
        }
    }

    /// The same, to a record of a dataset that is known: on a database far away, in one round trip.
    pub async fn put_response_in(
        &self,
        dataset: Uuid,
        new: &NewResponse,
        now: Timestamp,
    ) -> Result<Option<DatasetProgress>, AnnotateError> {
        const DOING: &str = "storing a response";
        if self.is_own(new.user_id)
            && let Some(progress) = self.put_at_once(dataset, new, now).await?
        {
            return Ok(progress);
        }
        let mut transaction = self.write(DOING).await?;
        let put = put_query(new, now)
            .optional_scalar(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        let Some(id) = put else {
            return Ok(None);
        };
        let (event, act) = if id == new.id {
            (Event::ResponseCreated, "responses.created")
        } else {
            (Event::ResponseUpdated, "responses.rewritten")
        };
        self.tell_of_others(&mut transaction, new.record_id, new.user_id, act)
            .await?;
        events::note(&mut transaction, event, &[id], now).await?;
        settle(&mut transaction, &[new.record_id], now).await?;
        note_activity(&mut transaction, dataset, now).await?;
        let progress = progress::read(&mut transaction, dataset, new.user_id).await?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(Some(progress))
    }

    /// Stores a response; one of the same user to the same record is refused.
    pub async fn insert_response(
        &self,
        new: &NewResponse,
        now: Timestamp,
    ) -> Result<StoredResponse, AnnotateError> {
        const DOING: &str = "storing a response";
        let mut transaction = self.write(DOING).await?;
        let missing = Refusal::NotFound {
            what: "Record",
            id: new.record_id,
        };
        let dataset = dataset_of(&mut transaction, new.record_id)
            .await?
            .ok_or(missing)?;
        let inserted = query(
            "INSERT INTO responses (id, record_id, user_id, status, answers, inserted_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $6)",
        )
        .bind(new.id)
        .bind(new.record_id)
        .bind(new.user_id)
        .bind(values::response_status(new.status))
        .bind(values::json(&new.values))
        .bind(now.as_microsecond())
        .execute(&mut transaction)
        .await;
        match inserted {
            Ok(_) => {}
            Err(source) if is_duplicate(&source, "responses.record_id") => {
                return Err(Refusal::ResponseExists {
                    record: new.record_id,
                    user: new.user_id,
                }
                .into());
            }
            Err(source) => return Err(failed(DOING)(source)),
        }
        events::note(&mut transaction, Event::ResponseCreated, &[new.id], now).await?;
        settle(&mut transaction, &[new.record_id], now).await?;
        note_activity(&mut transaction, dataset, now).await?;
        let stored = of_user(&mut transaction, new.record_id, new.user_id).await?;
        transaction.commit().await.map_err(failed(DOING))?;
        stored.ok_or(
            Refusal::NotFound {
                what: "Response",
                id: new.id,
            }
            .into(),
        )
    }

    /// The response of a user to a record.
    pub async fn response_of(
        &self,
        record: Uuid,
        user: Uuid,
    ) -> Result<Option<StoredResponse>, AnnotateError> {
        let row = of_user_query(record, user)
            .fetch_optional(&self.database)
            .await;
        let row: Option<ResponseRow> = row.map_err(failed("looking a response up"))?;
        row.map(ResponseRow::response).transpose()
    }

    /// The response with this id, and where it is.
    pub async fn response(&self, id: Uuid) -> Result<Option<ResponsePlace>, AnnotateError> {
        const DOING: &str = "looking a response up";
        let mut transaction = self.read(DOING).await?;
        let row: Option<ResponseRow> = query(
            "SELECT id, record_id, user_id, status, answers, inserted_at, updated_at FROM responses WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(&mut transaction)
        .await
        .map_err(failed(DOING))?;
        let Some(response) = row.map(ResponseRow::response).transpose()? else {
            return Ok(None);
        };
        let place: Option<(Uuid, Uuid)> = query(
            "SELECT r.dataset_id, d.workspace_id FROM records r JOIN datasets d ON d.id = r.dataset_id WHERE r.id = $1",
        )
        .bind(response.record_id)
        .fetch_optional(&mut transaction)
        .await
        .map_err(failed(DOING))?;
        Ok(place.map(|(dataset_id, workspace_id)| ResponsePlace {
            response,
            dataset_id,
            workspace_id,
        }))
    }

    /// Takes a user's response back, if there is one, and returns the dataset's progress after it; `None` when there is
    /// no such record. Webhooks are told what was last seen of it.
    pub async fn delete_response(
        &self,
        record: Uuid,
        user: Uuid,
        seen: &[LastSeen],
        now: Timestamp,
    ) -> Result<Option<DatasetProgress>, AnnotateError> {
        const DOING: &str = "taking a response back";
        let mut transaction = self.write(DOING).await?;
        let Some(dataset) = dataset_of(&mut transaction, record).await? else {
            return Ok(None);
        };
        let deleted = query("DELETE FROM responses WHERE record_id = $1 AND user_id = $2")
            .bind(record)
            .bind(user)
            .execute(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        if deleted > 0 {
            self.tell_of_others(&mut transaction, record, user, "responses.deleted")
                .await?;
        }
        events::note_gone(&mut transaction, Event::ResponseDeleted, seen, now).await?;
        settle(&mut transaction, &[record], now).await?;
        note_activity(&mut transaction, dataset, now).await?;
        let progress = progress::read(&mut transaction, dataset, user).await?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(Some(progress))
    }

    /// Stores a response in one round trip, with nothing noted beside it; `None` where it takes a transaction.
    async fn put_at_once(
        &self,
        dataset: Uuid,
        new: &NewResponse,
        now: Timestamp,
    ) -> Result<Option<Option<DatasetProgress>>, AnnotateError> {
        const DOING: &str = "storing a response";
        let mut queries = vec![
            put_query(new, now),
            statuses_query(self.database.dialect(), &[new.record_id]),
            activity_query(dataset, now),
        ];
        queries.extend(progress::queries(dataset, new.user_id));
        let Some(mut results) = self.write_at_once(DOING, queries).await? else {
            return Ok(None);
        };
        let put: Option<(Uuid,)> = results.optional().map_err(failed(DOING))?;
        results.skip(2);
        let progress = progress::of(&mut results)?;
        Ok(Some(put.map(|_| progress)))
    }

    /// True where nobody but the user acts, as far as is known.
    fn is_own(&self, user: Uuid) -> bool {
        let is_own = |actor: &Arc<Actor>| actor.user == Some(user);
        self.actor.as_ref().is_none_or(is_own)
    }

    /// Notes what was done to a response of somebody else; what people do with their own is their work.
    async fn tell_of_others(
        &self,
        transaction: &mut Transaction,
        record: Uuid,
        user: Uuid,
        act: &str,
    ) -> Result<(), AnnotateError> {
        const DOING: &str = "looking a response up";
        if self.is_own(user) {
            return Ok(());
        }
        let name = people::name_of(transaction, user)
            .await
            .map_err(failed(DOING))?;
        let dataset = dataset_of(transaction, record).await?.unwrap_or_default();
        let dataset = head::name(transaction, dataset).await?;
        let subject = format!("1 of {name} in {dataset}, to the record {record}");
        self.tell(transaction, act, subject).await
    }
}

/// The statement that stores a response, if its record is there, and tells its id: that of an earlier one where there
/// was one.
fn put_query(new: &NewResponse, now: Timestamp) -> Query {
    query(
        "INSERT INTO responses (id, record_id, user_id, status, answers, inserted_at, updated_at)
         SELECT $1, r.id, $3, $4, $5, $6, $6 FROM records r WHERE r.id = $2
         ON CONFLICT (record_id, user_id)
         DO UPDATE SET status = excluded.status, answers = excluded.answers, updated_at = excluded.updated_at
         RETURNING id",
    )
    .bind(new.id)
    .bind(new.record_id)
    .bind(new.user_id)
    .bind(values::response_status(new.status))
    .bind(values::json(&new.values))
    .bind(now.as_microsecond())
}

async fn of_user(
    connection: &mut Transaction,
    record: Uuid,
    user: Uuid,
) -> Result<Option<StoredResponse>, AnnotateError> {
    let row = of_user_query(record, user).fetch_optional(connection).await;
    let row: Option<ResponseRow> = row.map_err(failed("looking a response up"))?;
    row.map(ResponseRow::response).transpose()
}

fn of_user_query(record: Uuid, user: Uuid) -> Query {
    query(
        "SELECT id, record_id, user_id, status, answers, inserted_at, updated_at FROM responses
         WHERE record_id = $1 AND user_id = $2",
    )
    .bind(record)
    .bind(user)
}

/// The dataset of a record.
pub(in crate::store) async fn dataset_of(
    connection: &mut Transaction,
    record: Uuid,
) -> Result<Option<Uuid>, AnnotateError> {
    query("SELECT dataset_id FROM records WHERE id = $1")
        .bind(record)
        .optional_scalar(connection)
        .await
        .map_err(failed("looking a record up"))
}
