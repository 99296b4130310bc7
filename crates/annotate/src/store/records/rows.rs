//! The rows of records, suggestions, responses and vectors, in as few statements as it takes.

use super::{checking::Checked, item::NewSuggestion, known::Known};
use crate::{
    AnnotateError,
    store::{
        database::{Transaction, failed, query, row, words_index},
        datasets::Schema,
        values,
    },
};
use jiff::Timestamp;
use uuid::Uuid;

/// Rows of one statement.
pub(super) const ROWS: usize = 256;

/// Inserts the new records among the items; returns their rows.
pub(in crate::store) async fn insert_records<'a>(
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
    let new: Vec<(i64, &Checked)> = new.zip(0..).map(|(item, index)| (index, item)).collect();
    for chunk in new.chunks(ROWS) {
        let mut query = query(
            "INSERT INTO records (row, id, dataset_id, position, external_id, status, shuffle_key, inserted_at,
                                  updated_at, metadata, fields) ",
        );
        query.push_rows(chunk.iter().map(|(index, item)| {
            let metadata = item
                .metadata
                .as_ref()
                .and_then(Option::as_ref)
                .map(values::json);
            // A microsecond apart, so that sorting by it gives the order in which they were sent.
            let inserted_at = now.as_microsecond() + index;
            row![
                row + index,
                item.id,
                dataset,
                position + index,
                item.external_id.as_deref(),
                "pending",
                values::shuffle_key(item.id),
                inserted_at,
                inserted_at,
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
        .map(|(index, item)| (row + index, item))
        .collect())
}

pub(in crate::store) async fn update_record(
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
        words_index::delete(connection, known.row).await?;
    }
    Ok(())
}

/// Puts the words of the fields that were given into the text index.
pub(in crate::store) async fn insert_texts(
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
            Some((row * words_index::FIELDS + field.position, words))
        });
        words.collect::<Vec<_>>()
    };
    let words: Vec<(i64, String)> = rows.iter().flat_map(words).collect();
    words_index::insert(connection, &words).await
}

pub(in crate::store) async fn insert_suggestions(
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

/// Inserts suggestions, or replaces those for the same questions.
pub(in crate::store) async fn put_suggestions(
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

pub(in crate::store) async fn insert_vectors(
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

pub(in crate::store) async fn insert_responses(
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
