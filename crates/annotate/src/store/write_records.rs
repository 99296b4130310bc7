//! Writing records: many at once, all or none, in as few statements as it takes.

use super::{
    NewRecord, Refusal, Schema, Store,
    database::{Transaction, query, row},
    events::{self, LastSeen},
    failed,
    known_records::{self, Known},
    responses, schema, texts, values,
};
use crate::{AnnotateError, validate};
use examen_argilla::bodies::{BulkItem, Event, NewSuggestion, RecordChange};
use examen_core::annotation::{ResponseStatus, Suggestion};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::HashSet;
use uuid::Uuid;

/// Rows of one statement.
const ROWS: usize = 256;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenRecords {
    /// The records' ids, in the order of the items.
    pub ids: Vec<Uuid>,
    /// Those that were there before.
    pub updated: Vec<Uuid>,
}

/// An item that was found valid.
struct Checked {
    id: Uuid,
    known: Option<Known>,
    external_id: Option<String>,
    fields: Option<Map<String, Value>>,
    metadata: Option<Option<Map<String, Value>>>,
    suggestions: Vec<NewSuggestion>,
    responses: Vec<(Uuid, ResponseStatus, Map<String, Value>)>,
    vectors: Vec<(Uuid, Vec<f64>)>,
}

impl Store {
    /// Writes new records; ids of the caller that are there are refused.
    pub async fn create_records(
        &self,
        dataset: Uuid,
        items: Vec<BulkItem>,
        now: Timestamp,
    ) -> Result<WrittenRecords, AnnotateError> {
        self.write_records(dataset, items, false, now).await
    }

    /// Writes records; those that are there by the store's id or the caller's are changed: fields and metadata are
    /// replaced where they are given, suggestions a question, responses a user and vectors a name.
    pub async fn upsert_records(
        &self,
        dataset: Uuid,
        items: Vec<BulkItem>,
        now: Timestamp,
    ) -> Result<WrittenRecords, AnnotateError> {
        self.write_records(dataset, items, true, now).await
    }

    async fn write_records(
        &self,
        dataset: Uuid,
        items: Vec<BulkItem>,
        may_change: bool,
        now: Timestamp,
    ) -> Result<WrittenRecords, AnnotateError> {
        const DOING: &str = "writing records";
        let mut transaction = self.write(DOING).await?;
        let written = write_all(&mut transaction, dataset, items, may_change, now).await?;
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
        let item = BulkItem {
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
        let checked = checked.map_err(|reason| Refusal::Value { reason })?;
        if change.suggestions.is_some() {
            let deleted = query("DELETE FROM suggestions WHERE record_id = $1")
                .bind(id)
                .execute(&mut transaction);
            deleted.await.map_err(failed(DOING))?;
        }
        write(&mut transaction, &schema, &[checked], now).await?;
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
        let mut query = query("DELETE FROM records WHERE dataset_id = ");
        query.push_bind(dataset).push(" AND id IN ");
        query.push_list(ids.iter().copied());
        query
            .execute(&mut transaction)
            .await
            .map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))
    }
}

/// Checks and writes records: all of them, or an error that names the first that is wrong.
pub(super) async fn write_all(
    transaction: &mut Transaction,
    dataset: Uuid,
    items: Vec<BulkItem>,
    may_change: bool,
    now: Timestamp,
) -> Result<WrittenRecords, AnnotateError> {
    let schema = schema::read(transaction, dataset).await?;
    let schema = schema.ok_or(Refusal::NotFound {
        what: "Dataset",
        id: dataset,
    })?;
    if schema.dataset.status != super::DatasetStatus::Ready {
        return Err(Refusal::NotPublished.into());
    }
    let known = known_records::find(transaction, dataset, &items).await?;
    if !may_change {
        known_records::refuse(&items, &known)?;
    }
    let stored = known_records::fields(transaction, &items, &known).await?;
    let users = users(transaction, &items).await?;
    let mut checked = Vec::with_capacity(items.len());
    for (position, (item, known)) in items.into_iter().zip(known).enumerate() {
        let fields = known.as_ref().and_then(|known| stored.get(&known.id));
        let item = check(&schema, item, known, fields, &users);
        checked.push(item.map_err(|reason| Refusal::Record { position, reason })?);
    }
    write(transaction, &schema, &checked, now).await?;
    let updated = checked
        .iter()
        .filter(|item| item.known.is_some())
        .map(|item| item.id)
        .collect();
    Ok(WrittenRecords {
        ids: checked.iter().map(|item| item.id).collect(),
        updated,
    })
}

/// Inserts the records of a new dataset; the error names the first that is wrong.
pub(super) async fn insert_new(
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
        for (place, record) in chunk.iter().enumerate() {
            let (position, external_id) = (start + place, record.external_id.clone());
            let wrong = |reason| AnnotateError::Record {
                position,
                external_id: external_id.clone(),
                reason,
            };
            let item = item(&schema, record)
                .and_then(|item| check(&schema, item, None, None, &HashSet::new()));
            if !seen.insert(record.external_id.as_str()) {
                return Err(wrong(
                    "another record of the dataset has this external id".to_owned(),
                ));
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

fn item(schema: &Schema, record: &NewRecord) -> Result<BulkItem, String> {
    let suggestion = |suggestion: &Suggestion| {
        let Some(question) = schema.question_named(&suggestion.question) else {
            return Err(format!(
                "a suggestion is for `{}`, which is no question",
                suggestion.question
            ));
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
        return Err("two suggestions are for the same question".to_owned());
    }
    Ok(BulkItem {
        id: None,
        external_id: Some(record.external_id.clone()),
        fields: Some(record.fields.clone()),
        metadata: Some(Some(record.metadata.clone())),
        suggestions,
        responses: Vec::new(),
        vectors: Vec::new(),
    })
}

/// Those users of the responses who exist.
async fn users(
    connection: &mut Transaction,
    items: &[BulkItem],
) -> Result<HashSet<Uuid>, AnnotateError> {
    let ids: HashSet<Uuid> = items
        .iter()
        .flat_map(|item| &item.responses)
        .map(|response| response.user_id)
        .collect();
    if ids.is_empty() {
        return Ok(ids);
    }
    let mut query = query("SELECT id FROM users WHERE id IN ");
    query.push_list(ids);
    let found: Vec<Uuid> = query
        .scalars(connection)
        .await
        .map_err(failed("looking users up"))?;
    Ok(found.into_iter().collect())
}

/// Checks an item against its dataset. `stored` are the fields of a record that is there, where the item gives none.
fn check(
    schema: &Schema,
    item: BulkItem,
    known: Option<Known>,
    stored: Option<&Map<String, Value>>,
    users: &HashSet<Uuid>,
) -> Result<Checked, String> {
    let fields = match (&item.fields, stored) {
        (Some(fields), _) => {
            validate::fields(schema, fields)?;
            fields
        }
        (None, Some(stored)) => stored,
        (None, None) => return Err("fields cannot be empty".to_owned()),
    };
    if let Some(Some(metadata)) = &item.metadata {
        validate::metadata(schema, metadata)?;
    }
    let mut suggestions = item.suggestions;
    for suggestion in &mut suggestions {
        let checked = match schema.question(suggestion.question_id) {
            Some(question) => validate::suggestion(question, fields, suggestion),
            None => Err(format!(
                "question with question_id={} does not exist",
                suggestion.question_id
            )),
        };
        checked.map_err(|reason| format!("record does not have valid suggestions: {reason}"))?;
    }
    let mut responses = Vec::with_capacity(item.responses.len());
    for response in item.responses {
        let (user, status) = (response.user_id, response.response.status);
        let checked = match users.contains(&user) {
            true => validate::response(schema, fields, status, response.response.values),
            false => Err(format!("user with id {user} not found")),
        };
        let values =
            checked.map_err(|reason| format!("record does not have valid responses: {reason}"))?;
        responses.push((user, status, values));
    }
    let mut vectors = Vec::with_capacity(item.vectors.len());
    for (name, numbers) in item.vectors {
        let settings = validate::vector(schema, &name, &numbers);
        let settings =
            settings.map_err(|reason| format!("record does not have valid vectors: {reason}"))?;
        vectors.push((settings, numbers));
    }
    let id = known.as_ref().map_or_else(Uuid::new_v4, |known| known.id);
    let (external_id, metadata) = (item.external_id, item.metadata);
    Ok(Checked {
        id,
        known,
        external_id,
        fields: item.fields,
        metadata,
        suggestions,
        responses,
        vectors,
    })
}

async fn write(
    connection: &mut Transaction,
    schema: &Schema,
    items: &[Checked],
    now: Timestamp,
) -> Result<(), AnnotateError> {
    let mut rows = insert_records(connection, schema.dataset.id, items, now).await?;
    for item in items {
        if let Some(known) = &item.known {
            update_record(connection, item, known, now).await?;
            rows.push((known.row, item));
        }
    }
    insert_texts(connection, schema, &rows).await?;
    insert_suggestions(connection, items, now).await?;
    insert_vectors(connection, items).await?;
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
        insert_responses(connection, items, now).await?;
        responses::settle(connection, &answered, now).await?;
        responses::note_activity(connection, schema.dataset.id, now).await?;
    }
    Ok(())
}

/// Inserts the new records among the items; returns their rows.
async fn insert_records<'a>(
    connection: &mut Transaction,
    dataset: Uuid,
    items: &'a [Checked],
    now: Timestamp,
) -> Result<Vec<(i64, &'a Checked)>, AnnotateError> {
    const DOING: &str = "inserting records";
    let next = query(
        "SELECT (SELECT COALESCE(MAX(row), 0) + 1 FROM records),
                (SELECT COALESCE(MAX(position), -1) + 1 FROM records WHERE dataset_id = $1)",
    );
    let (row, position): (i64, i64) = next
        .bind(dataset)
        .fetch_one(&mut *connection)
        .await
        .map_err(failed(DOING))?;
    let new = items.iter().filter(|item| item.known.is_none());
    let new: Vec<(i64, &Checked)> = new.zip(0..).map(|(item, place)| (place, item)).collect();
    for chunk in new.chunks(ROWS) {
        let mut query = query(
            "INSERT INTO records (row, id, dataset_id, position, external_id, status, shuffle_key, inserted_at,
                                  updated_at, metadata, fields) ",
        );
        query.push_rows(chunk.iter().map(|(place, item)| {
            let metadata = item
                .metadata
                .as_ref()
                .and_then(Option::as_ref)
                .map(values::json);
            row![
                row + place,
                item.id,
                dataset,
                position + place,
                item.external_id.as_deref(),
                "pending",
                values::shuffle_key(item.id),
                now.as_microsecond(),
                now.as_microsecond(),
                metadata,
                item.fields.as_ref().map(values::json),
            ]
        }));
        query
            .execute(&mut *connection)
            .await
            .map_err(failed(DOING))?;
    }
    Ok(new
        .into_iter()
        .map(|(place, item)| (row + place, item))
        .collect())
}

async fn update_record(
    connection: &mut Transaction,
    item: &Checked,
    known: &Known,
    now: Timestamp,
) -> Result<(), AnnotateError> {
    let metadata = item
        .metadata
        .as_ref()
        .map(|metadata| metadata.as_ref().map(values::json));
    query(
        "UPDATE records SET fields = COALESCE($2, fields), metadata = CASE WHEN $3 THEN $4 ELSE metadata END,
                            updated_at = $5
         WHERE row = $1",
    )
    .bind(known.row)
    .bind(item.fields.as_ref().map(values::json))
    .bind(metadata.is_some())
    .bind(metadata.flatten())
    .bind(now.as_microsecond())
    .execute(&mut *connection)
    .await
    .map_err(failed("changing a record"))?;
    if item.fields.is_some() {
        texts::delete(connection, known.row).await?;
    }
    Ok(())
}

/// Puts the words of the fields that were given into the text index.
async fn insert_texts(
    connection: &mut Transaction,
    schema: &Schema,
    rows: &[(i64, &Checked)],
) -> Result<(), AnnotateError> {
    let words = |(row, item): &(i64, &Checked)| {
        let (row, fields) = (*row, item.fields.as_ref());
        let words = schema.fields.iter().filter_map(move |field| {
            let words = field
                .value
                .settings
                .words(fields?.get(&field.value.name)?)?;
            Some((row * texts::FIELDS + field.position, words))
        });
        words.collect::<Vec<_>>()
    };
    let words: Vec<(i64, String)> = rows.iter().flat_map(words).collect();
    texts::insert(connection, &words).await
}

async fn insert_suggestions(
    connection: &mut Transaction,
    items: &[Checked],
    now: Timestamp,
) -> Result<(), AnnotateError> {
    let all: Vec<(Uuid, &NewSuggestion)> = items
        .iter()
        .flat_map(|item| {
            item.suggestions
                .iter()
                .map(|suggestion| (item.id, suggestion))
        })
        .collect();
    for chunk in all.chunks(ROWS) {
        put_suggestions(connection, chunk, now).await?;
    }
    Ok(())
}

/// Inserts suggestions, or puts them in the place of those for the same questions.
pub(super) async fn put_suggestions(
    connection: &mut Transaction,
    suggestions: &[(Uuid, &NewSuggestion)],
    now: Timestamp,
) -> Result<(), AnnotateError> {
    let mut query = query(
        "INSERT INTO suggestions (id, record_id, question_id, value, agent, score, type, inserted_at, updated_at) ",
    );
    query.push_rows(suggestions.iter().map(|(record, suggestion)| {
        row![
            values::derived_id(*record, "suggestion", &suggestion.question_id.to_string()),
            *record,
            suggestion.question_id,
            values::json(&suggestion.value),
            suggestion.agent.as_deref(),
            suggestion.score.as_ref().map(values::json),
            suggestion.kind.map(|kind| kind.name()),
            now.as_microsecond(),
            now.as_microsecond(),
        ]
    }));
    query.push(
        " ON CONFLICT (record_id, question_id) DO UPDATE SET value = excluded.value, agent = excluded.agent,
          score = excluded.score, type = excluded.type, updated_at = excluded.updated_at",
    );
    query
        .execute(connection)
        .await
        .map(drop)
        .map_err(failed("storing suggestions"))
}

async fn insert_vectors(
    connection: &mut Transaction,
    items: &[Checked],
) -> Result<(), AnnotateError> {
    let all: Vec<_> = items
        .iter()
        .flat_map(|item| item.vectors.iter().map(|vector| (item.id, vector)))
        .collect();
    for chunk in all.chunks(ROWS) {
        let mut query = query("INSERT INTO vectors (record_id, vector_settings_id, value) ");
        let row = |(record, (settings, numbers)): &(Uuid, &(Uuid, Vec<f64>))| {
            row![*record, *settings, values::bytes(numbers)]
        };
        query.push_rows(chunk.iter().map(row));
        query.push(
            " ON CONFLICT (record_id, vector_settings_id) DO UPDATE SET value = excluded.value",
        );
        query
            .execute(&mut *connection)
            .await
            .map_err(failed("storing vectors"))?;
    }
    Ok(())
}

async fn insert_responses(
    connection: &mut Transaction,
    items: &[Checked],
    now: Timestamp,
) -> Result<(), AnnotateError> {
    let all: Vec<_> = items
        .iter()
        .flat_map(|item| item.responses.iter().map(|response| (item.id, response)))
        .collect();
    for chunk in all.chunks(ROWS) {
        let mut query = query(
            "INSERT INTO responses (id, record_id, user_id, status, answers, inserted_at, updated_at) ",
        );
        query.push_rows(chunk.iter().map(|(record, (user, status, answers))| {
            row![
                Uuid::new_v4(),
                *record,
                *user,
                values::response_status(*status),
                values::json(answers),
                now.as_microsecond(),
                now.as_microsecond(),
            ]
        }));
        query.push(
            " ON CONFLICT (record_id, user_id)
              DO UPDATE SET status = excluded.status, answers = excluded.answers, updated_at = excluded.updated_at",
        );
        query
            .execute(&mut *connection)
            .await
            .map_err(failed("storing responses"))?;
    }
    Ok(())
}
