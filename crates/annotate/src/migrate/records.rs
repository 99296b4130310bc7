//! Records with all that belongs to them, page by page.

use super::{CarriedDataset, people::People};
use crate::{
    AnnotateError,
    store::{
        CarriedRecord, Include, ItemResponse, NewSuggestion, RecordItem, Refusal, Schema, Store,
        SuggestionKind, Times,
    },
};
use examen_argilla::{
    Client, Time,
    answers::{self, Record},
    client::{self, WholeDataset},
};
use examen_core::Progress;
use jiff::Timestamp;
use std::collections::HashMap;
use uuid::Uuid;

/// Records of a page of the store.
const PAGE: u32 = 1000;

/// Times of the responses here: external id → user → time.
type Answered = HashMap<String, HashMap<Uuid, Timestamp>>;

/// Carries the records over and counts them in `carried`.
pub(super) async fn carry(
    client: &Client,
    store: &Store,
    people: &mut People<'_>,
    whole: &WholeDataset,
    schema: &Schema,
    carried: &mut CarriedDataset,
    progress: &dyn Progress,
) -> Result<(), AnnotateError> {
    let answered = answered(store, schema.dataset.id).await?;
    let mut pages = client.pages(whole.dataset.id, client::Include::ALL);
    let mut page = pages.next().await?;
    progress.begin(
        &format!("carrying `{}`", carried.name),
        pages.total().unwrap_or_default(),
    );
    let carrying = async {
        while let Some(records) = page {
            let n_records = records.len() as u64;
            let mut batch = Vec::with_capacity(records.len());
            for record in records {
                batch.push(item(record, whole, schema, people, &answered, carried).await?);
            }
            write(store, schema.dataset.id, batch, carried).await?;
            progress.advance(n_records);
            page = pages.next().await?;
        }
        Ok(())
    };
    let carrying = carrying.await;
    progress.end();
    carrying
}

/// The responses that are here already.
async fn answered(store: &Store, dataset: Uuid) -> Result<Answered, AnnotateError> {
    let include = Include {
        responses: true,
        ..Include::default()
    };
    let mut answered = Answered::new();
    let mut offset = 0;
    loop {
        let (page, _) = store.record_page(dataset, offset, PAGE, &include).await?;
        if page.is_empty() {
            return Ok(answered);
        }
        offset += page.len() as u64;
        for record in page {
            let responses = record.responses.unwrap_or_default().into_iter();
            let times = responses
                .map(|response| (response.user_id, response.updated_at))
                .collect();
            answered.insert(
                record.external_id.unwrap_or_else(|| record.id.to_string()),
                times,
            );
        }
    }
}

/// A record as it is to be here. One without an external id gets its id there as one, by which it is known again.
async fn item(
    record: Record,
    whole: &WholeDataset,
    schema: &Schema,
    people: &mut People<'_>,
    answered: &Answered,
    carried: &mut CarriedDataset,
) -> Result<CarriedRecord, AnnotateError> {
    let external_id = record
        .external_id
        .clone()
        .unwrap_or_else(|| record.id.to_string());
    let (mut responses, mut response_times) = (Vec::new(), Vec::new());
    for response in record.responses.unwrap_or_default() {
        let Some(user) = people.author(response.user_id).await? else {
            continue;
        };
        let here = answered
            .get(&external_id)
            .and_then(|times| times.get(&user));
        if here.is_some_and(|here| *here > response.updated_at.0) {
            carried.kept += 1;
            continue;
        }
        response_times.push(times(response.inserted_at, response.updated_at));
        let values = Some(response.unwrapped()).filter(|values| !values.is_empty());
        responses.push(ItemResponse {
            user_id: user,
            status: response.status,
            values,
        });
    }
    let mut suggestions = Vec::new();
    for suggestion in record.suggestions.unwrap_or_default() {
        match question(suggestion.question_id, whole, schema) {
            Some(question) => suggestions.push(new_suggestion(suggestion, question)),
            None => carried.left_behind.push(format!(
                "record {external_id}: a suggestion for a question that is gone"
            )),
        }
    }
    let vectors = record
        .vectors
        .unwrap_or_default()
        .into_iter()
        .filter(|(_, value)| !value.is_null());
    let numbers =
        |value: serde_json::Value| serde_json::from_value::<Vec<f64>>(value).unwrap_or_default();
    let item = RecordItem {
        id: None,
        external_id: Some(external_id),
        fields: Some(record.fields),
        metadata: Some(record.metadata),
        suggestions,
        responses,
        vectors: vectors
            .map(|(name, value)| (name, numbers(value)))
            .collect(),
    };
    Ok(CarriedRecord {
        item,
        times: times(record.inserted_at, record.updated_at),
        response_times,
    })
}

fn times(inserted_at: Time, updated_at: Time) -> Times {
    Times {
        inserted_at: inserted_at.0,
        updated_at: updated_at.0,
    }
}

/// The question here that has the name which this one has there.
fn question(id: Uuid, whole: &WholeDataset, schema: &Schema) -> Option<Uuid> {
    let there = whole.questions.iter().find(|question| question.id == id)?;
    schema
        .question_named(&there.name)
        .map(|question| question.id)
}

fn new_suggestion(suggestion: answers::Suggestion, question_id: Uuid) -> NewSuggestion {
    let kind = match suggestion.kind.as_deref() {
        Some("model") => Some(SuggestionKind::Model),
        Some("human") => Some(SuggestionKind::Human),
        _ => None,
    };
    NewSuggestion {
        question_id,
        value: suggestion.value,
        agent: suggestion.agent,
        score: suggestion.score,
        kind,
    }
}

/// Writes records; one that is not valid here is left behind, and the others are written without it.
async fn write(
    store: &Store,
    dataset: Uuid,
    mut records: Vec<CarriedRecord>,
    carried: &mut CarriedDataset,
) -> Result<(), AnnotateError> {
    while !records.is_empty() {
        match store
            .carry_records(dataset, &records, Timestamp::now())
            .await
        {
            Err(AnnotateError::Refused(Refusal::Record { position, reason })) => {
                let id = records
                    .remove(position)
                    .item
                    .external_id
                    .unwrap_or_default();
                carried.left_behind.push(format!("record {id}: {reason}"));
            }
            written => {
                written?;
                break;
            }
        }
    }
    carried.records += records.len() as u64;
    carried.responses += records
        .iter()
        .map(|record| record.item.responses.len() as u64)
        .sum::<u64>();
    Ok(())
}
