//! Records with everything the store knows about them, as far as it is asked for.

use crate::store::database::from_row;
use crate::{
    AnnotateError,
    store::{
        Store,
        database::{Transaction, failed, query},
        responses::{self, StoredResponse},
        values,
    },
};
use examen_core::annotation::RecordStatus;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::HashMap;
use uuid::Uuid;

/// Parts to read with a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Include {
    /// Responses.
    pub responses: bool,
    /// Suggestions.
    pub suggestions: bool,
    /// Vectors.
    pub vectors: Vectors,
}

impl Include {
    /// Everything.
    pub fn all() -> Self {
        Self {
            responses: true,
            suggestions: true,
            vectors: Vectors::All,
        }
    }
}

/// Vectors to read with a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Vectors {
    /// None.
    #[default]
    None,
    /// All.
    All,
    /// Those with these names.
    Named(Vec<String>),
}

/// A record.
#[derive(Debug, Clone, PartialEq)]
pub struct FullRecord {
    /// The store's id.
    pub id: Uuid,
    /// The dataset it belongs to.
    pub dataset_id: Uuid,
    /// The caller's id.
    pub external_id: Option<String>,
    /// Completed where it has the responses that it needs.
    pub status: RecordStatus,
    /// Field name → value.
    pub fields: Map<String, Value>,
    /// Its metadata.
    pub metadata: Option<Map<String, Value>>,
    /// Time of creation.
    pub inserted_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
    /// Responses, oldest first, where asked for.
    pub responses: Option<Vec<StoredResponse>>,
    /// Suggestions, in the order of the questions, where asked for.
    pub suggestions: Option<Vec<StoredSuggestion>>,
    /// Vector name → numbers, where asked for.
    pub vectors: Option<Vec<(String, Vec<f64>)>>,
}

/// A suggestion.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSuggestion {
    /// Its id.
    pub id: Uuid,
    /// The record it is for.
    pub record_id: Uuid,
    /// The question it answers.
    pub question_id: Uuid,
    /// The answer.
    pub value: Value,
    /// Name of the model or person that proposes it.
    pub agent: Option<String>,
    /// Confidence: a number, or one for each item of the answer.
    pub score: Option<Value>,
    /// `model` or `human`.
    pub kind: Option<String>,
    /// Time of creation.
    pub inserted_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
}

struct RecordRow {
    id: Uuid,
    dataset_id: Uuid,
    external_id: Option<String>,
    status: String,
    fields: String,
    metadata: Option<String>,
    inserted_at: i64,
    updated_at: i64,
}

from_row!(RecordRow {
    id,
    dataset_id,
    external_id,
    status,
    fields,
    metadata,
    inserted_at,
    updated_at
});

pub(in crate::store) struct SuggestionRow {
    id: Uuid,
    record_id: Uuid,
    question_id: Uuid,
    value: String,
    agent: Option<String>,
    score: Option<String>,
    kind: Option<String>,
    inserted_at: i64,
    updated_at: i64,
}

from_row!(SuggestionRow { id, record_id, question_id, value, agent, score, kind = "type", inserted_at, updated_at });

impl SuggestionRow {
    pub(in crate::store) fn suggestion(self) -> Result<StoredSuggestion, AnnotateError> {
        Ok(StoredSuggestion {
            id: self.id,
            record_id: self.record_id,
            question_id: self.question_id,
            value: values::from_json("suggestion", &self.value)?,
            agent: self.agent,
            score: self
                .score
                .as_deref()
                .map(|text| values::from_json("score", text))
                .transpose()?,
            kind: self.kind,
            inserted_at: values::time(self.inserted_at)?,
            updated_at: values::time(self.updated_at)?,
        })
    }
}

impl RecordRow {
    fn record(self) -> Result<FullRecord, AnnotateError> {
        Ok(FullRecord {
            id: self.id,
            dataset_id: self.dataset_id,
            external_id: self.external_id,
            status: values::read_record_status(&self.status)?,
            fields: values::from_json("record fields", &self.fields)?,
            metadata: self
                .metadata
                .as_deref()
                .map(|text| values::from_json("record metadata", text))
                .transpose()?,
            inserted_at: values::time(self.inserted_at)?,
            updated_at: values::time(self.updated_at)?,
            responses: None,
            suggestions: None,
            vectors: None,
        })
    }
}

impl Store {
    /// `limit` records of a dataset from `offset` on, in the order of their insertion, and how many there are in all.
    pub async fn record_page(
        &self,
        dataset: Uuid,
        offset: u64,
        limit: u32,
        include: &Include,
    ) -> Result<(Vec<FullRecord>, u64), AnnotateError> {
        let mut transaction = self.read("listing records").await?;
        let (ids, total) = in_order(&mut transaction, dataset, offset, limit).await?;
        Ok((read(&mut transaction, &ids, include, None).await?, total))
    }

    /// The ids of `limit` records of a dataset from `offset` on, in the order of their insertion, and how many there are
    /// in all.
    pub async fn record_ids(
        &self,
        dataset: Uuid,
        offset: u64,
        limit: u32,
    ) -> Result<(Vec<Uuid>, u64), AnnotateError> {
        let mut transaction = self.read("listing records").await?;
        in_order(&mut transaction, dataset, offset, limit).await
    }

    /// The records with these ids, in this order; with everybody's responses, or only those of one user. Ids that name
    /// nothing are skipped.
    pub async fn full_records(
        &self,
        ids: &[Uuid],
        include: &Include,
        only_user: Option<Uuid>,
    ) -> Result<Vec<FullRecord>, AnnotateError> {
        let mut transaction = self.read("reading records").await?;
        read(&mut transaction, ids, include, only_user).await
    }
}

/// `limit` records of a dataset from `offset` on, in the order of their insertion, and how many there are in all.
pub(in crate::store) async fn in_order(
    connection: &mut Transaction,
    dataset: Uuid,
    offset: u64,
    limit: u32,
) -> Result<(Vec<Uuid>, u64), AnnotateError> {
    const DOING: &str = "listing records";
    let offset = i64::try_from(offset).unwrap_or(i64::MAX);
    let bounds: Option<(i64, Option<i64>, Option<i64>)> = query(
        "SELECT total, (SELECT MIN(position) FROM records WHERE dataset_id = $1),
                (SELECT MAX(position) FROM records WHERE dataset_id = $1)
         FROM dataset_counts WHERE dataset_id = $1",
    )
    .bind(dataset)
    .fetch_optional(&mut *connection)
    .await
    .map_err(failed(DOING))?;
    let Some((total, Some(first), Some(last))) = bounds else {
        return Ok((Vec::new(), 0));
    };
    if offset >= total {
        return Ok((Vec::new(), values::count(total)));
    }
    // Nobody steps over those before where no record was deleted.
    let (from, skipped) = match last - first + 1 == total {
        true => (first + offset, 0),
        false => (first, offset),
    };
    let ids = query(
        "SELECT id FROM records WHERE dataset_id = $1 AND position >=
             (SELECT position FROM records WHERE dataset_id = $1 AND position >= $2 ORDER BY position LIMIT 1 OFFSET $3)
         ORDER BY position LIMIT $4",
    );
    let ids = ids.bind(dataset).bind(from).bind(skipped).bind(limit);
    let ids: Result<Vec<Uuid>, _> = ids.scalars(connection).await;
    Ok((ids.map_err(failed(DOING))?, values::count(total)))
}

/// The records with these ids, in this order, as this transaction sees them.
pub(in crate::store) async fn read(
    connection: &mut Transaction,
    ids: &[Uuid],
    include: &Include,
    only_user: Option<Uuid>,
) -> Result<Vec<FullRecord>, AnnotateError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut records = read_rows(connection, ids).await?;
    if include.responses {
        records
            .values_mut()
            .for_each(|record| record.responses = Some(Vec::new()));
        for response in responses::read(connection, ids, only_user).await? {
            let record = records.get_mut(&response.record_id);
            if let Some(list) = record.and_then(|record| record.responses.as_mut()) {
                list.push(response);
            }
        }
    }
    if include.suggestions {
        records
            .values_mut()
            .for_each(|record| record.suggestions = Some(Vec::new()));
        for suggestion in read_suggestions(connection, ids).await? {
            let record = records.get_mut(&suggestion.record_id);
            if let Some(list) = record.and_then(|record| record.suggestions.as_mut()) {
                list.push(suggestion);
            }
        }
    }
    if include.vectors != Vectors::None {
        records
            .values_mut()
            .for_each(|record| record.vectors = Some(Vec::new()));
        read_vectors(connection, ids, &include.vectors, &mut records).await?;
    }
    Ok(ids.iter().filter_map(|id| records.remove(id)).collect())
}

async fn read_rows(
    connection: &mut Transaction,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, FullRecord>, AnnotateError> {
    let mut query = query(
        "SELECT id, dataset_id, external_id, status, fields, metadata, inserted_at, updated_at FROM records WHERE id IN ",
    );
    query.push_list(ids.iter().copied());
    let rows: Vec<RecordRow> = query
        .fetch_all(connection)
        .await
        .map_err(failed("reading records"))?;
    rows.into_iter()
        .map(|row| Ok((row.id, row.record()?)))
        .collect()
}

pub(in crate::store) async fn read_suggestions(
    connection: &mut Transaction,
    ids: &[Uuid],
) -> Result<Vec<StoredSuggestion>, AnnotateError> {
    let mut query = query(
        "SELECT s.id, s.record_id, s.question_id, s.value, s.agent, s.score, s.type, s.inserted_at, s.updated_at
         FROM suggestions s JOIN questions q ON q.id = s.question_id WHERE s.record_id IN ",
    );
    query.push_list(ids.iter().copied());
    query.push(" ORDER BY q.position");
    let rows: Vec<SuggestionRow> = query
        .fetch_all(connection)
        .await
        .map_err(failed("reading suggestions"))?;
    rows.into_iter().map(SuggestionRow::suggestion).collect()
}

async fn read_vectors(
    connection: &mut Transaction,
    ids: &[Uuid],
    which: &Vectors,
    records: &mut HashMap<Uuid, FullRecord>,
) -> Result<(), AnnotateError> {
    let mut query = query(
        "SELECT v.record_id, s.name, v.value FROM vectors v JOIN vectors_settings s ON s.id = v.vector_settings_id
         WHERE v.record_id IN ",
    );
    query.push_list(ids.iter().copied());
    query.push(" ORDER BY s.position");
    let rows: Vec<(Uuid, String, Vec<u8>)> = query
        .fetch_all(connection)
        .await
        .map_err(failed("reading vectors"))?;
    for (id, name, bytes) in rows {
        let wanted = match which {
            Vectors::Named(names) => names.contains(&name),
            Vectors::All | Vectors::None => true,
        };
        if let Some(list) = records
            .get_mut(&id)
            .and_then(|record| record.vectors.as_mut())
            && wanted
        {
            list.push((name, values::numbers(&bytes)));
        }
    }
    Ok(())
}
