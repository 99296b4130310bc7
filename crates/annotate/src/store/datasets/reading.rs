//! Datasets found and listed.

use super::{
    head::{self, COLUMNS, DatasetHead, HeadRow},
    parts::{self, DatasetPart, Part, PartRow},
    schema::{self, Schema},
};
use crate::{
    AnnotateError, Refusal,
    store::{
        Store,
        database::{failed, query},
        people::{Role, User},
    },
};
use examen_core::annotation::DatasetSettings;
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

/// A dataset with what it shows and asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Its id.
    pub id: Uuid,
    /// The workspace it belongs to.
    pub workspace_id: Uuid,
    /// Its name, unique in its workspace.
    pub name: String,
    /// Its fields, questions and guidelines.
    pub settings: DatasetSettings,
    /// Its metadata: the seed of its options, where it was loaded from.
    pub metadata: Map<String, Value>,
    /// Time of creation.
    pub inserted_at: Timestamp,
}

impl From<Schema> for Dataset {
    fn from(schema: Schema) -> Self {
        let head = schema.dataset;
        let settings = DatasetSettings {
            guidelines: head.guidelines,
            fields: schema.fields.into_iter().map(|field| field.value).collect(),
            questions: schema
                .questions
                .into_iter()
                .map(|question| question.value)
                .collect(),
            min_submitted: head.min_submitted,
        };
        Self {
            id: head.id,
            workspace_id: head.workspace_id,
            name: head.name,
            settings,
            metadata: head.metadata.unwrap_or_default(),
            inserted_at: head.inserted_at,
        }
    }
}

impl Store {
    /// The dataset with this id.
    pub async fn dataset(&self, id: Uuid) -> Result<Option<Dataset>, AnnotateError> {
        Ok(self.schema(id).await?.map(Dataset::from))
    }

    /// The dataset with this id, without its parts.
    pub async fn dataset_head(&self, id: Uuid) -> Result<Option<DatasetHead>, AnnotateError> {
        let row: Result<Option<HeadRow>, _> =
            head::query_of(id).fetch_optional(&self.database).await;
        row.map_err(failed("reading a dataset"))?
            .map(HeadRow::head)
            .transpose()
    }

    /// The dataset named `name`. Where several workspaces have one, the oldest; where none has, an error that lists
    /// the names there are.
    pub async fn dataset_by_name(&self, name: &str) -> Result<Dataset, AnnotateError> {
        let all = self.datasets().await?;
        if let Some(found) = all.iter().find(|dataset| dataset.name == name)
            && let Some(dataset) = self.dataset(found.id).await?
        {
            return Ok(dataset);
        }
        let known = all.into_iter().map(|dataset| dataset.name).collect();
        Err(AnnotateError::UnknownDataset {
            name: name.to_owned(),
            known,
        })
    }

    /// All datasets, oldest first.
    pub async fn datasets(&self) -> Result<Vec<DatasetHead>, AnnotateError> {
        let sql = format!("SELECT {COLUMNS} FROM datasets d ORDER BY d.inserted_at, d.id");
        let rows: Result<Vec<HeadRow>, _> = query(sql).fetch_all(&self.database).await;
        rows.map_err(failed("listing datasets"))?
            .into_iter()
            .map(HeadRow::head)
            .collect()
    }

    /// The datasets that `user` sees, oldest first.
    pub async fn datasets_of(&self, user: &User) -> Result<Vec<DatasetHead>, AnnotateError> {
        if user.role == Role::Owner {
            return self.datasets().await;
        }
        let sql = format!(
            "SELECT {COLUMNS}
             FROM datasets d JOIN workspace_users w ON w.workspace_id = d.workspace_id AND w.user_id = $1
             ORDER BY d.inserted_at, d.id"
        );
        let rows: Result<Vec<HeadRow>, _> =
            query(sql).bind(user.id).fetch_all(&self.database).await;
        rows.map_err(failed("listing datasets"))?
            .into_iter()
            .map(HeadRow::head)
            .collect()
    }
}

impl Store {
    /// The dataset with this id, whole.
    pub async fn schema(&self, dataset: Uuid) -> Result<Option<Schema>, AnnotateError> {
        let results = self.database.read_together(schema::queries(dataset)).await;
        schema::of(results.map_err(failed("reading a dataset"))?)
    }

    /// The parts of a dataset, in order.
    pub async fn parts<T: DatasetPart>(
        &self,
        dataset: Uuid,
    ) -> Result<Vec<Part<T>>, AnnotateError> {
        let mut transaction = self.read("reading a dataset's settings").await?;
        parts::list(&mut transaction, dataset).await
    }

    /// The part with this id.
    pub async fn part<T: DatasetPart>(&self, id: Uuid) -> Result<Part<T>, AnnotateError> {
        let sql = format!("SELECT * FROM {} WHERE id = $1", T::TABLE);
        let row: Result<Option<PartRow<T::Row>>, _> =
            query(sql).bind(id).fetch_optional(&self.database).await;
        match row.map_err(failed("reading a part of a dataset"))? {
            Some(row) => row.part(),
            None => Err(Refusal::NotFound { what: T::NOUN, id }.into()),
        }
    }
}
