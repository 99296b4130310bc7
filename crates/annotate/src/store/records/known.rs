//! Records that are there already, looked up by the ids that items of a request give.

use super::item::RecordItem;
use crate::{
    AnnotateError, Refusal,
    store::{
        database::{Dialect, Query, Transaction, Value, failed, query},
        values,
    },
};
use serde_json::Map;
use std::collections::HashMap;
use uuid::Uuid;

/// A record that is there.
#[derive(Clone)]
pub(in crate::store) struct Known {
    /// Its row.
    pub(in crate::store) row: i64,
    /// The store's id.
    pub(in crate::store) id: Uuid,
}

/// For each item the record that is there for it: by the store's id, else by the caller's.
pub(in crate::store) async fn find(
    connection: &mut Transaction,
    dataset: Uuid,
    items: &[RecordItem],
) -> Result<Vec<Option<Known>>, AnnotateError> {
    let ids = items.iter().filter_map(|item| item.id);
    let by_id = find_by(connection, dataset, "id", ids.map(Value::from).collect()).await?;
    let external_ids = items.iter().filter_map(|item| item.external_id.as_deref());
    let by_external_id = find_by(
        connection,
        dataset,
        "external_id",
        external_ids.map(Value::from).collect(),
    )
    .await?;
    let by_id: HashMap<_, _> = by_id
        .into_iter()
        .map(|(row, id, _)| (id, Known { row, id }))
        .collect();
    let by_external_id: HashMap<_, _> = by_external_id
        .into_iter()
        .filter_map(|(row, id, external_id)| Some((external_id?, Known { row, id })))
        .collect();
    let find = |item: &RecordItem| {
        let found = item.id.and_then(|id| by_id.get(&id));
        found
            .or_else(|| {
                item.external_id
                    .as_ref()
                    .and_then(|id| by_external_id.get(id))
            })
            .cloned()
    };
    Ok(items.iter().map(find).collect())
}

/// Row, id and the caller's id of those records of a dataset whose `column`, which is unique there, has one of `wanted`.
async fn find_by(
    connection: &mut Transaction,
    dataset: Uuid,
    column: &str,
    wanted: Vec<Value>,
) -> Result<Vec<(i64, Uuid, Option<String>)>, AnnotateError> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let query = match connection.dialect() {
        Dialect::Sqlite => by_list(dataset, column, wanted),
        Dialect::Postgres => one_by_one(dataset, column, wanted),
    };
    query
        .fetch_all(connection)
        .await
        .map_err(failed("looking records up"))
}

fn by_list(dataset: Uuid, column: &str, wanted: Vec<Value>) -> Query {
    let mut query = query("SELECT row, id, external_id FROM records WHERE dataset_id = ");
    query
        .push_bind(dataset)
        .push(" AND ")
        .push(column)
        .push(" IN ")
        .push_list(wanted);
    query
}

/// PostgreSQL takes a dataset that its statistics do not know, as each new one, to be small: given a list it reads all
/// records of the dataset and compares each with the whole list. One record at a time leaves it the unique index only.
fn one_by_one(dataset: Uuid, column: &str, wanted: Vec<Value>) -> Query {
    let mut query = query("SELECT found.row, found.id, found.external_id FROM (");
    query.push_rows(wanted.into_iter().map(|value| [value]));
    query.push(
        ") wanted CROSS JOIN LATERAL (SELECT row, id, external_id FROM records WHERE dataset_id = ",
    );
    query
        .push_bind(dataset)
        .push(" AND ")
        .push(column)
        .push(" = wanted.column1 LIMIT 1) found");
    query
}

/// Refuses items that are there, naming them by the caller's ids.
pub(in crate::store) fn refuse(
    items: &[RecordItem],
    known: &[Option<Known>],
) -> Result<(), Refusal> {
    let ids: Vec<String> = items
        .iter()
        .zip(known)
        .filter(|(_, known)| known.is_some())
        .map(|(item, _)| item.external_id.clone().unwrap_or_default())
        .collect();
    if ids.is_empty() {
        Ok(())
    } else {
        Err(Refusal::ExternalIdsExist { ids })
    }
}

/// The fields of records that are changed without giving any: answers may refer to their text.
pub(in crate::store) async fn fields(
    connection: &mut Transaction,
    items: &[RecordItem],
    known: &[Option<Known>],
) -> Result<HashMap<Uuid, Map<String, serde_json::Value>>, AnnotateError> {
    let without = items
        .iter()
        .zip(known)
        .filter(|(item, _)| item.fields.is_none());
    let ids: Vec<Uuid> = without
        .filter_map(|(_, known)| known.as_ref().map(|known| known.id))
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut query = query("SELECT id, fields FROM records WHERE id IN ");
    query.push_list(ids);
    let rows: Vec<(Uuid, String)> = query
        .fetch_all(connection)
        .await
        .map_err(failed("reading records"))?;
    rows.into_iter()
        .map(|(id, fields)| Ok((id, values::from_json("record fields", &fields)?)))
        .collect()
}
