//! Responses as they are stored.

use crate::store::database::from_row;
use crate::{
    AnnotateError,
    store::{
        database::{Transaction, failed, query},
        values,
    },
};
use examen_core::annotation::ResponseStatus;
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

/// A response.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredResponse {
    /// Its id.
    pub id: Uuid,
    /// The record it answers.
    pub record_id: Uuid,
    /// The user who answered.
    pub user_id: Uuid,
    /// Draft, submitted or discarded.
    pub status: ResponseStatus,
    /// Question name → value.
    pub values: Map<String, Value>,
    /// Time of creation.
    pub inserted_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
}

pub(super) struct ResponseRow {
    id: Uuid,
    record_id: Uuid,
    user_id: Uuid,
    status: String,
    answers: String,
    inserted_at: i64,
    updated_at: i64,
}

from_row!(ResponseRow {
    id,
    record_id,
    user_id,
    status,
    answers,
    inserted_at,
    updated_at
});

impl ResponseRow {
    pub(super) fn response(self) -> Result<StoredResponse, AnnotateError> {
        Ok(StoredResponse {
            id: self.id,
            record_id: self.record_id,
            user_id: self.user_id,
            status: values::read_response_status(&self.status)?,
            values: values::from_json("response", &self.answers)?,
            inserted_at: values::time(self.inserted_at)?,
            updated_at: values::time(self.updated_at)?,
        })
    }
}

/// The responses to these records, oldest first: everybody's, or those of one user.
pub(in crate::store) async fn read(
    connection: &mut Transaction,
    ids: &[Uuid],
    only_user: Option<Uuid>,
) -> Result<Vec<StoredResponse>, AnnotateError> {
    let mut query = query(
        "SELECT id, record_id, user_id, status, answers, inserted_at, updated_at FROM responses WHERE record_id IN ",
    );
    query.push_list(ids.iter().copied());
    if let Some(user) = only_user {
        query.push(" AND user_id = ").push_bind(user);
    }
    query.push(" ORDER BY inserted_at, rowid");
    let rows: Vec<ResponseRow> = query
        .fetch_all(connection)
        .await
        .map_err(failed("reading responses"))?;
    rows.into_iter().map(ResponseRow::response).collect()
}
