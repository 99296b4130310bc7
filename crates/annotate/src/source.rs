//! A dataset of the store as a source of records.

use crate::{
    AnnotateError,
    store::{Dataset, Store},
};
use examen_core::annotation::{DatasetSettings, Record, RecordSource};

/// A dataset of the store.
#[derive(Debug)]
pub struct StoredDataset<'s> {
    store: &'s Store,
    dataset: Dataset,
}

impl<'s> StoredDataset<'s> {
    /// The dataset named `name`; where several workspaces have one, the oldest.
    pub async fn open(store: &'s Store, name: &str) -> Result<Self, AnnotateError> {
        Ok(Self {
            store,
            dataset: store.dataset_by_name(name).await?,
        })
    }
}

impl RecordSource for StoredDataset<'_> {
    type Error = AnnotateError;

    fn settings(&self) -> &DatasetSettings {
        &self.dataset.settings
    }

    async fn records(&self) -> Result<Vec<Record>, AnnotateError> {
        self.store.records(self.dataset.id).await
    }
}
