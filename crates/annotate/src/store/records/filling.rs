//! Making a dataset with its records: all of it or nothing.

use super::{
    checking::{Checked, check},
    item::{NewSuggestion, RecordItem},
    rows::ROWS,
    writing::write,
};
use crate::{
    AnnotateError, RecordError, Refusal,
    store::{
        Store,
        database::{Transaction, failed, query},
        datasets::{DatasetHead, DatasetStatus, Schema, head, parts, schema},
        events::{self, Event},
        values,
    },
};
use examen_core::annotation::{DatasetSettings, Suggestion};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::HashSet;
use uuid::Uuid;

/// A dataset to make.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDataset {
    /// Its id.
    pub id: Uuid,
    /// The workspace it belongs to.
    pub workspace_id: Uuid,
    /// Its name.
    pub name: String,
    /// Its fields, questions and guidelines.
    pub settings: DatasetSettings,
    /// Its metadata.
    pub metadata: Map<String, Value>,
}

/// Treatment of a dataset of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Leave it and fail.
    Refuse,
    /// Delete it, with its records and responses.
    Replace,
}

/// A record to insert.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRecord {
    /// Its id.
    pub id: Uuid,
    /// The caller's id; unique in the dataset.
    pub external_id: String,
    /// Field name → value.
    pub fields: Map<String, Value>,
    /// Its metadata.
    pub metadata: Map<String, Value>,
    /// At most one a question.
    pub suggestions: Vec<Suggestion>,
}

impl Store {
    /// Makes a dataset with its records: all of it or nothing. Returns how many records and responses the dataset had that
    /// was deleted to make room, if there was one.
    pub async fn create_dataset(
        &self,
        new: &NewDataset,
        records: &[NewRecord],
        existing: Existing,
        now: Timestamp,
    ) -> Result<Option<(u64, u64)>, AnnotateError> {
        const DOING: &str = "making a dataset";
        check_name(&new.name)?;
        let mut transaction = self.write(DOING).await?;
        let replaced = self.make_room(&mut transaction, new, existing).await?;
        let head = DatasetHead {
            id: new.id,
            workspace_id: new.workspace_id,
            name: new.name.clone(),
            guidelines: new.settings.guidelines.clone(),
            status: DatasetStatus::Ready,
            min_submitted: new.settings.min_submitted.max(1),
            allow_extra_metadata: true,
            metadata: Some(new.metadata.clone()),
            inserted_at: now,
            updated_at: now,
            last_activity_at: now,
        };
        head::insert(&mut transaction, &head).await?;
        for field in &new.settings.fields {
            parts::insert(&mut transaction, new.id, field.clone(), now).await?;
        }
        for question in &new.settings.questions {
            parts::insert(&mut transaction, new.id, question.clone(), now).await?;
        }
        events::note(&mut transaction, Event::DatasetCreated, &[new.id], now).await?;
        events::note(&mut transaction, Event::DatasetPublished, &[new.id], now).await?;
        insert_new(&mut transaction, new.id, records, now).await?;
        self.tell(&mut transaction, "dataset.created", &new.name)
            .await?;
        let n_records = records.len() as u64;
        self.tell_of_records(&mut transaction, new.id, "records.created", n_records)
            .await?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(replaced)
    }

    /// Deals with a dataset that has the name already; says how much was deleted.
    async fn make_room(
        &self,
        connection: &mut Transaction,
        new: &NewDataset,
        existing: Existing,
    ) -> Result<Option<(u64, u64)>, AnnotateError> {
        let found: Option<(Uuid, i64, i64)> = query(
        "SELECT d.id, (SELECT COUNT(*) FROM records r WHERE r.dataset_id = d.id),
                (SELECT COUNT(*) FROM responses p JOIN records r ON r.id = p.record_id WHERE r.dataset_id = d.id)
         FROM datasets d WHERE d.workspace_id = $1 AND d.name = $2",
    )
    .bind(new.workspace_id)
    .bind(&new.name)
    .fetch_optional(&mut *connection)
    .await
    .map_err(failed("looking for a dataset of the same name"))?;
        let Some((id, records, responses)) = found else {
            return Ok(None);
        };
        let (records, responses) = (values::count(records), values::count(responses));
        if existing == Existing::Refuse {
            return Err(AnnotateError::DatasetExists {
                name: new.name.clone(),
                records,
                responses,
            });
        }
        let subject = head::with_contents(connection, id).await?;
        self.tell(connection, "dataset.deleted", subject).await?;
        let deleted = query("DELETE FROM datasets WHERE id = $1")
            .large()
            .bind(id)
            .execute(connection)
            .await;
        deleted.map_err(failed("deleting a dataset"))?;
        Ok(Some((records, responses)))
    }
}

/// Inserts the records of a new dataset; the error names the first that is wrong.
pub(in crate::store) async fn insert_new(
    connection: &mut Transaction,
    dataset: Uuid,
    records: &[NewRecord],
    now: Timestamp,
) -> Result<(), AnnotateError> {
    let schema = schema::read(connection, dataset)
        .await?
        .ok_or(Refusal::NotFound {
            what: "Dataset",
            id: dataset,
        })?;
    let mut seen = HashSet::new();
    for (start, chunk) in records
        .chunks(ROWS)
        .enumerate()
        .map(|(number, chunk)| (number * ROWS, chunk))
    {
        let mut checked = Vec::with_capacity(chunk.len());
        for (index, record) in chunk.iter().enumerate() {
            let (position, external_id) = (start + index, record.external_id.clone());
            let wrong = |reason| AnnotateError::Record {
                position,
                external_id: external_id.clone(),
                reason,
            };
            let item = item(&schema, record)
                .and_then(|item| check(&schema, item, None, None, &HashSet::new()));
            if !seen.insert(record.external_id.as_str()) {
                return Err(wrong(RecordError::SameExternalId));
            }
            checked.push(Checked {
                id: record.id,
                ..item.map_err(wrong)?
            });
        }
        write(connection, &schema, &checked, now).await?;
    }
    Ok(())
}

fn item(schema: &Schema, record: &NewRecord) -> Result<RecordItem, RecordError> {
    let suggestion = |suggestion: &Suggestion| {
        let Some(question) = schema.question_named(&suggestion.question) else {
            return Err(RecordError::UnknownQuestionName {
                name: suggestion.question.clone(),
            });
        };
        let (value, agent) = (suggestion.value.clone(), suggestion.agent.clone());
        Ok(NewSuggestion {
            question_id: question.id,
            value,
            agent,
            score: None,
            kind: None,
        })
    };
    let suggestions = record
        .suggestions
        .iter()
        .map(suggestion)
        .collect::<Result<Vec<_>, _>>()?;
    let mut questions = HashSet::new();
    if !suggestions
        .iter()
        .all(|suggestion| questions.insert(suggestion.question_id))
    {
        return Err(RecordError::SameQuestion);
    }
    Ok(RecordItem {
        id: None,
        external_id: Some(record.external_id.clone()),
        fields: Some(record.fields.clone()),
        metadata: Some(Some(record.metadata.clone())),
        suggestions,
        responses: Vec::new(),
        vectors: Vec::new(),
    })
}

/// Refuses names that cannot be typed or shown.
fn check_name(name: &str) -> Result<(), AnnotateError> {
    let length = name.chars().count();
    if (1..=200).contains(&length) && !name.chars().any(char::is_control) && !name.trim().is_empty()
    {
        return Ok(());
    }
    Err(AnnotateError::DatasetName {
        name: name.to_owned(),
    })
}
