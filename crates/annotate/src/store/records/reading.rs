//! Records as reviewers and publishing see them, with suggestions and responses.

use crate::store::database::from_row;
use crate::{
    AnnotateError,
    store::{
        Store,
        database::{Query, Results, Transaction, failed, query},
        people::{Role, User},
        values,
    },
};
use examen_core::annotation::{Record, Response, Suggestion};
use serde_json::{Map, Value};
use std::collections::HashMap;
use uuid::Uuid;

/// Records read at once, so that a large dataset needs no large query.
const PAGE: i64 = 1000;

/// Location of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordPlace {
    /// The dataset it belongs to.
    pub dataset_id: Uuid,
    /// The workspace of that dataset.
    pub workspace_id: Uuid,
}

from_row!(RecordPlace {
    dataset_id,
    workspace_id
});

/// A record that somebody wants to answer.
#[derive(Debug, Clone, PartialEq)]
pub struct AskedRecord {
    /// Its location.
    pub place: RecordPlace,
    /// True where the user sees it.
    pub is_visible: bool,
    /// Field name → value.
    pub fields: Map<String, Value>,
}

struct AskedRow {
    fields: String,
    is_member: bool,
    place: RecordPlace,
}

from_row!(AskedRow { fields, is_member; place });

struct RecordRow {
    id: Uuid,
    external_id: Option<String>,
    fields: String,
    metadata: Option<String>,
    status: String,
}

from_row!(RecordRow {
    id,
    external_id,
    fields,
    metadata,
    status
});

struct SuggestionRow {
    record_id: Uuid,
    question: String,
    value: String,
    agent: Option<String>,
}

from_row!(SuggestionRow {
    record_id,
    question,
    value,
    agent
});

struct ResponseRow {
    record_id: Uuid,
    user_id: Uuid,
    username: String,
    status: String,
    answers: String,
}

from_row!(ResponseRow {
    record_id,
    user_id,
    username,
    status,
    answers
});

impl Store {
    /// All records of a dataset, in the order of their insertion, as of one moment; with suggestions, and with responses in
    /// the order in which they were given or last changed.
    pub async fn records(&self, dataset: Uuid) -> Result<Vec<Record>, AnnotateError> {
        const DOING: &str = "reading records";
        let mut transaction = self.read(DOING).await?;
        let mut all = Vec::new();
        let mut last: i64 = -1;
        loop {
            let page: Vec<(Uuid, i64)> = query(
                "SELECT id, position FROM records WHERE dataset_id = $1 AND position > $2 ORDER BY position LIMIT $3",
            )
            .bind(dataset)
            .bind(last)
            .bind(PAGE)
            .fetch_all(&mut transaction)
            .await
            .map_err(failed(DOING))?;
            let Some(&(_, end)) = page.last() else {
                return Ok(all);
            };
            last = end;
            let ids: Vec<Uuid> = page.into_iter().map(|(id, _)| id).collect();
            all.extend(read(&mut transaction, &ids, None).await?);
        }
    }

    /// The location of the record with this id.
    pub async fn record_place(&self, record: Uuid) -> Result<Option<RecordPlace>, AnnotateError> {
        query(
            "SELECT r.dataset_id, d.workspace_id FROM records r JOIN datasets d ON d.id = r.dataset_id WHERE r.id = $1",
        )
        .bind(record)
        .fetch_optional(&self.database)
        .await
        .map_err(failed("looking a record up"))
    }
}

impl Store {
    /// The record that a user wants to answer.
    pub async fn asked_record(
        &self,
        record: Uuid,
        user: &User,
    ) -> Result<Option<AskedRecord>, AnnotateError> {
        let row: Result<Option<AskedRow>, _> = query(
            "SELECT r.dataset_id, d.workspace_id, r.fields,
                    EXISTS (SELECT 1 FROM workspace_users w WHERE w.workspace_id = d.workspace_id AND w.user_id = $2)
                        AS is_member
             FROM records r JOIN datasets d ON d.id = r.dataset_id WHERE r.id = $1",
        )
        .bind(record)
        .bind(user.id)
        .fetch_optional(&self.database)
        .await;
        let Some(row) = row.map_err(failed("looking a record up"))? else {
            return Ok(None);
        };
        Ok(Some(AskedRecord {
            place: row.place,
            is_visible: user.role == Role::Owner || row.is_member,
            fields: values::from_json("record fields", &row.fields)?,
        }))
    }
}

/// The records with these ids, in this order, with suggestions and responses: everybody's, or only those of one user.
pub(in crate::store) async fn read(
    connection: &mut Transaction,
    ids: &[Uuid],
    only_user: Option<Uuid>,
) -> Result<Vec<Record>, AnnotateError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let results = connection.together(queries(ids, only_user)).await;
    of(ids, &mut results.map_err(failed(DOING))?)
}

const DOING: &str = "reading records";

/// The statements that read records with suggestions and responses.
pub(in crate::store) fn queries(ids: &[Uuid], only_user: Option<Uuid>) -> Vec<Query> {
    let mut rows =
        query("SELECT id, external_id, fields, metadata, status FROM records WHERE id IN ");
    rows.push_list(ids.iter().copied());
    let mut suggestions = query(
        "SELECT s.record_id, q.name AS question, s.value, s.agent
         FROM suggestions s JOIN questions q ON q.id = s.question_id WHERE s.record_id IN ",
    );
    suggestions.push_list(ids.iter().copied());
    suggestions.push(" ORDER BY q.position");
    let mut responses = query(
        "SELECT p.record_id, p.user_id, u.username, p.status, p.answers
         FROM responses p JOIN users u ON u.id = p.user_id WHERE p.record_id IN ",
    );
    responses.push_list(ids.iter().copied());
    if let Some(user) = only_user {
        responses.push(" AND p.user_id = ").push_bind(user);
    }
    responses.push(" ORDER BY p.updated_at, p.id");
    vec![rows, suggestions, responses]
}

/// The records that they found, in this order.
pub(in crate::store) fn of(
    ids: &[Uuid],
    results: &mut Results,
) -> Result<Vec<Record>, AnnotateError> {
    let rows: Vec<RecordRow> = results.all().map_err(failed(DOING))?;
    let mut rows: HashMap<Uuid, RecordRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    let mut suggestions = grouped_suggestions(results.all().map_err(failed(DOING))?)?;
    let mut responses = grouped_responses(results.all().map_err(failed(DOING))?)?;
    // An id whose row is gone is skipped; within one transaction none is.
    ids.iter()
        .filter_map(|id| rows.remove(id))
        .map(|row| {
            let suggestions = suggestions.remove(&row.id).unwrap_or_default();
            let responses = responses.remove(&row.id).unwrap_or_default();
            row.record(suggestions, responses)
        })
        .collect()
}

impl RecordRow {
    fn record(
        self,
        suggestions: Vec<Suggestion>,
        responses: Vec<Response>,
    ) -> Result<Record, AnnotateError> {
        let metadata = self
            .metadata
            .as_deref()
            .map(|text| values::from_json("record metadata", text));
        Ok(Record {
            id: self.id,
            external_id: self.external_id.unwrap_or_else(|| self.id.to_string()),
            fields: values::from_json("record fields", &self.fields)?,
            metadata: metadata.transpose()?.unwrap_or_default(),
            suggestions,
            responses,
            status: values::read_record_status(&self.status)?,
        })
    }
}

fn grouped_suggestions(
    rows: Vec<SuggestionRow>,
) -> Result<HashMap<Uuid, Vec<Suggestion>>, AnnotateError> {
    let mut grouped: HashMap<Uuid, Vec<Suggestion>> = HashMap::new();
    for SuggestionRow {
        record_id,
        question,
        value,
        agent,
    } in rows
    {
        let value = values::from_json("suggestion", &value)?;
        grouped.entry(record_id).or_default().push(Suggestion {
            question,
            value,
            agent,
        });
    }
    Ok(grouped)
}

fn grouped_responses(
    rows: Vec<ResponseRow>,
) -> Result<HashMap<Uuid, Vec<Response>>, AnnotateError> {
    let mut grouped: HashMap<Uuid, Vec<Response>> = HashMap::new();
    for ResponseRow {
        record_id,
        user_id,
        username,
        status,
        answers,
    } in rows
    {
        let status = values::read_response_status(&status)?;
        let values = values::from_json("response", &answers)?;
        grouped.entry(record_id).or_default().push(Response {
            user_id,
            username,
            status,
            values,
        });
    }
    Ok(grouped)
}
