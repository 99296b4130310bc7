//! Records checked against their dataset before they are written.

use super::{
    item::{NewSuggestion, RecordItem},
    known::Known,
    rules,
};
use crate::{
    AnnotateError, RecordError,
    store::{
        database::{Transaction, failed, query},
        datasets::Schema,
    },
};
use examen_core::annotation::ResponseStatus;
use serde_json::{Map, Value};
use std::collections::HashSet;
use uuid::Uuid;

/// An item that was found valid.
pub(in crate::store) struct Checked {
    pub(super) id: Uuid,
    pub(super) known: Option<Known>,
    pub(super) external_id: Option<String>,
    pub(super) fields: Option<Map<String, Value>>,
    pub(super) metadata: Option<Option<Map<String, Value>>>,
    pub(super) suggestions: Vec<NewSuggestion>,
    pub(super) responses: Vec<(Uuid, ResponseStatus, Map<String, Value>)>,
    pub(super) vectors: Vec<(Uuid, Vec<f64>)>,
}

/// Those users of the responses who exist.
pub(in crate::store) async fn users(
    connection: &mut Transaction,
    items: &[RecordItem],
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
pub(in crate::store) fn check(
    schema: &Schema,
    item: RecordItem,
    known: Option<Known>,
    stored: Option<&Map<String, Value>>,
    users: &HashSet<Uuid>,
) -> Result<Checked, RecordError> {
    let fields = match (&item.fields, stored) {
        (Some(fields), _) => {
            rules::fields(schema, fields)?;
            fields
        }
        (None, Some(stored)) => stored,
        (None, None) => return Err(RecordError::NoFields),
    };
    if let Some(Some(metadata)) = &item.metadata {
        rules::metadata(schema, metadata)?;
    }
    let mut suggestions = item.suggestions;
    for suggestion in &mut suggestions {
        let checked = match schema.question(suggestion.question_id) {
            Some(question) => rules::suggestion(question, fields, suggestion),
            None => Err(RecordError::UnknownQuestion {
                id: suggestion.question_id,
            }),
        };
        checked.map_err(RecordError::of("suggestions"))?;
    }
    let mut responses = Vec::with_capacity(item.responses.len());
    for response in item.responses {
        let (user, status) = (response.user_id, response.status);
        let checked = match users.contains(&user) {
            true => rules::response(schema, fields, status, response.values),
            false => Err(RecordError::UnknownUser { id: user }),
        };
        let values = checked.map_err(RecordError::of("responses"))?;
        responses.push((user, status, values));
    }
    let mut vectors = Vec::with_capacity(item.vectors.len());
    for (name, numbers) in item.vectors {
        let settings =
            rules::vector(schema, &name, &numbers).map_err(RecordError::of("vectors"))?;
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
