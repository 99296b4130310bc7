//! Descriptions of datasets, records and responses for webhooks: as Argilla writes them, with what they belong to.

use crate::{
    AnnotateError, Store,
    server::argilla::protocol::wire,
    store::{Delivery, Event, FullRecord, Include, LastSeen, StoredResponse},
};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

/// Describes things, each dataset once.
pub(in crate::server::argilla) struct Describer<'a> {
    store: &'a Store,
    datasets: HashMap<Uuid, Option<Value>>,
}

impl<'a> Describer<'a> {
    pub(in crate::server::argilla) fn new(store: &'a Store) -> Self {
        Self {
            store,
            datasets: HashMap::new(),
        }
    }

    /// The data of an event; `None` where its object is gone.
    pub(in crate::server::argilla) async fn describe(
        &mut self,
        delivery: &Delivery,
    ) -> Result<Option<Value>, AnnotateError> {
        if let Some(data) = &delivery.data {
            return Ok(Some(data.clone()));
        }
        match delivery.event {
            Event::DatasetCreated
            | Event::DatasetUpdated
            | Event::DatasetPublished
            | Event::DatasetDeleted => self.dataset(delivery.object).await,
            Event::RecordCreated
            | Event::RecordUpdated
            | Event::RecordCompleted
            | Event::RecordDeleted => self.record(delivery.object).await,
            Event::ResponseCreated | Event::ResponseUpdated | Event::ResponseDeleted => {
                match self.store.response(delivery.object).await? {
                    Some(place) => self.response(place.response).await,
                    None => Ok(None),
                }
            }
        }
    }

    async fn dataset(&mut self, id: Uuid) -> Result<Option<Value>, AnnotateError> {
        if !self.datasets.contains_key(&id) {
            let made = self.new_dataset(id).await?;
            self.datasets.insert(id, made);
        }
        Ok(self.datasets.get(&id).cloned().flatten())
    }

    async fn new_dataset(&self, id: Uuid) -> Result<Option<Value>, AnnotateError> {
        let Some(schema) = self.store.schema(id).await? else {
            return Ok(None);
        };
        let Some(workspace) = self.store.workspace(schema.dataset.workspace_id).await? else {
            return Ok(None);
        };
        let mut data = written(wire::dataset(schema.dataset));
        remove(&mut data, &["metadata", "workspace_id"]);
        data["workspace"] = written(wire::workspace(workspace));
        data["fields"] = schema
            .fields
            .into_iter()
            .map(|part| written(wire::field(part)))
            .collect();
        data["questions"] = schema
            .questions
            .into_iter()
            .map(|part| written(wire::question(part)))
            .collect();
        let properties = schema.metadata_properties.into_iter();
        data["metadata_properties"] = properties
            .map(|part| written(wire::metadata_property(part)))
            .collect();
        let vectors = schema.vectors_settings.into_iter();
        data["vectors_settings"] = vectors
            .map(|part| written(wire::vector_settings(part)))
            .collect();
        Ok(Some(data))
    }

    async fn record(&mut self, id: Uuid) -> Result<Option<Value>, AnnotateError> {
        let found = self
            .store
            .full_records(&[id], &Include::default(), None)
            .await?;
        match found.into_iter().next() {
            Some(record) => self.record_data(record).await,
            None => Ok(None),
        }
    }

    async fn record_data(&mut self, record: FullRecord) -> Result<Option<Value>, AnnotateError> {
        let Some(dataset) = self.dataset(record.dataset_id).await? else {
            return Ok(None);
        };
        let mut data = written(wire::record(record));
        remove(&mut data, &["dataset_id"]);
        data["dataset"] = dataset;
        Ok(Some(data))
    }

    async fn response(&mut self, response: StoredResponse) -> Result<Option<Value>, AnnotateError> {
        let Some(record) = self.record(response.record_id).await? else {
            return Ok(None);
        };
        let Some(user) = self.store.author(response.user_id).await? else {
            return Ok(None);
        };
        let mut user = written(wire::user(user, None));
        remove(&mut user, &["api_key"]);
        let mut data = written(wire::response(response));
        remove(&mut data, &["record_id", "user_id"]);
        (data["record"], data["user"]) = (record, user);
        Ok(Some(data))
    }
}

/// The last state of a dataset that is about to be deleted; nothing where no webhook is to be told.
pub(in crate::server) async fn last_of_dataset(
    store: &Store,
    id: Uuid,
) -> Result<Vec<LastSeen>, AnnotateError> {
    if !store.is_wanted(Event::DatasetDeleted).await? {
        return Ok(Vec::new());
    }
    let data = Describer::new(store).dataset(id).await?;
    Ok(data.map(|data| LastSeen { id, data }).into_iter().collect())
}

/// The last states of records that are about to be deleted.
pub(in crate::server) async fn last_of_records(
    store: &Store,
    dataset: Uuid,
    ids: &[Uuid],
) -> Result<Vec<LastSeen>, AnnotateError> {
    let mut seen = Vec::new();
    if store.is_wanted(Event::RecordDeleted).await? {
        let mut describer = Describer::new(store);
        for record in store.full_records(ids, &Include::default(), None).await? {
            let (id, is_of_dataset) = (record.id, record.dataset_id == dataset);
            let data = describer.record_data(record).await?;
            seen.extend(
                data.filter(|_| is_of_dataset)
                    .map(|data| LastSeen { id, data }),
            );
        }
    }
    Ok(seen)
}

/// The last state of a response that is about to be deleted.
pub(in crate::server) async fn last_of_response(
    store: &Store,
    record: Uuid,
    user: Uuid,
) -> Result<Vec<LastSeen>, AnnotateError> {
    if !store.is_wanted(Event::ResponseDeleted).await? {
        return Ok(Vec::new());
    }
    let Some(response) = store.response_of(record, user).await? else {
        return Ok(Vec::new());
    };
    let id = response.id;
    let data = Describer::new(store).response(response).await?;
    Ok(data.map(|data| LastSeen { id, data }).into_iter().collect())
}

fn written(answer: impl Serialize) -> Value {
    json!(answer)
}

fn remove(data: &mut Value, keys: &[&str]) {
    if let Some(object) = data.as_object_mut() {
        keys.iter().for_each(|key| drop(object.remove(*key)));
    }
}
