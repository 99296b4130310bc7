//! Datasets: finding them, reading them whole, making them whole.

use super::{Client, ClientError};
use crate::{
    answers::{self, Items, Workspace},
    bodies::{NewDataset, NewVectorSettings},
};
use examen_core::annotation::{DatasetSettings, Field, MetadataProperty, Question};
use serde::{Serialize, de::IgnoredAny};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Settings of a dataset, without ids, names of its own and times: two datasets with equal settings take the same records.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Words for annotators.
    pub guidelines: Option<String>,
    /// `true` if records may have metadata that no property names.
    pub allow_extra_metadata: bool,
    /// Submitted responses that complete a record.
    pub min_submitted: u32,
    /// Metadata of the dataset.
    pub metadata: Option<Map<String, Value>>,
    /// Fields that are shown, in order.
    pub fields: Vec<Field>,
    /// Questions, in order.
    pub questions: Vec<Question>,
    /// Metadata that records may have.
    pub metadata_properties: Vec<MetadataProperty>,
    /// The kinds of vectors.
    pub vectors_settings: Vec<NewVectorSettings>,
}

/// A dataset and all its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct WholeDataset {
    /// The dataset itself.
    pub dataset: answers::Dataset,
    /// Fields that are shown, in order.
    pub fields: Vec<answers::Field>,
    /// Questions, in order.
    pub questions: Vec<answers::Question>,
    /// Metadata that records may have.
    pub metadata_properties: Vec<answers::MetadataProperty>,
    /// The kinds of vectors.
    pub vectors_settings: Vec<answers::VectorSettings>,
}

impl WholeDataset {
    /// `true` if it takes records.
    pub fn is_ready(&self) -> bool {
        self.dataset.status == "ready"
    }

    /// Settings of the dataset.
    pub fn settings(&self) -> Settings {
        let vectors = |vectors: &answers::VectorSettings| NewVectorSettings {
            name: vectors.name.clone(),
            title: vectors.title.clone(),
            dimensions: vectors.dimensions,
        };
        Settings {
            guidelines: self.dataset.guidelines.clone(),
            allow_extra_metadata: self.dataset.allow_extra_metadata,
            min_submitted: self.dataset.distribution.min_submitted,
            metadata: self.dataset.metadata.clone(),
            fields: self.fields.iter().cloned().map(Field::from).collect(),
            questions: self.questions.iter().cloned().map(Question::from).collect(),
            metadata_properties: self
                .metadata_properties
                .iter()
                .cloned()
                .map(MetadataProperty::from)
                .collect(),
            vectors_settings: self.vectors_settings.iter().map(vectors).collect(),
        }
    }

    /// The id of the question with this name.
    pub fn question_id(&self, name: &str) -> Option<Uuid> {
        self.questions
            .iter()
            .find(|question| question.name == name)
            .map(|question| question.id)
    }
}

impl From<&Settings> for DatasetSettings {
    fn from(settings: &Settings) -> Self {
        Self {
            guidelines: settings.guidelines.clone(),
            fields: settings.fields.clone(),
            questions: settings.questions.clone(),
            min_submitted: settings.min_submitted,
        }
    }
}

impl From<answers::Field> for Field {
    fn from(field: answers::Field) -> Self {
        Self {
            name: field.name,
            title: field.title,
            required: field.required,
            settings: field.settings,
        }
    }
}

impl From<answers::Question> for Question {
    fn from(question: answers::Question) -> Self {
        Self {
            name: question.name,
            title: question.title,
            description: question.description,
            required: question.required,
            settings: question.settings,
        }
    }
}

impl From<answers::MetadataProperty> for MetadataProperty {
    fn from(property: answers::MetadataProperty) -> Self {
        Self {
            name: property.name,
            title: property.title,
            settings: property.settings,
            visible_for_annotators: property.visible_for_annotators,
        }
    }
}

impl Client {
    /// The datasets that the caller sees, oldest first; those of one workspace, or all.
    pub async fn datasets(
        &self,
        workspace: Option<Uuid>,
    ) -> Result<Vec<answers::Dataset>, ClientError> {
        let query: Vec<_> = workspace
            .iter()
            .map(|id| ("workspace_id", id.to_string()))
            .collect();
        let list: Items<answers::Dataset> =
            self.get("listing datasets", "me/datasets", &query).await?;
        let is_wanted =
            |dataset: &answers::Dataset| workspace.is_none_or(|id| dataset.workspace_id == id);
        Ok(list.items.into_iter().filter(is_wanted).collect())
    }

    /// The one dataset with this name, in one workspace, or in all that the caller sees.
    pub async fn dataset_named(
        &self,
        workspace: Option<&Workspace>,
        name: &str,
    ) -> Result<answers::Dataset, ClientError> {
        let all = self
            .datasets(workspace.map(|workspace| workspace.id))
            .await?;
        let found: Vec<&answers::Dataset> =
            all.iter().filter(|dataset| dataset.name == name).collect();
        let (url, name) = (self.url().to_owned(), name.to_owned());
        match found[..] {
            [dataset] => Ok(dataset.clone()),
            [] => {
                let known = all.into_iter().map(|dataset| dataset.name).collect();
                Err(ClientError::UnknownDataset { url, name, known })
            }
            _ => {
                let holds = |workspace: &Workspace| {
                    found
                        .iter()
                        .any(|dataset| dataset.workspace_id == workspace.id)
                };
                let workspaces = self.workspaces().await?.into_iter().filter(holds);
                let workspaces = workspaces.map(|workspace| workspace.name).collect();
                Err(ClientError::AmbiguousDataset {
                    url,
                    name,
                    workspaces,
                })
            }
        }
    }

    /// A dataset with all its parts.
    pub async fn whole_dataset(&self, id: Uuid) -> Result<WholeDataset, ClientError> {
        const DOING: &str = "reading a dataset's settings";
        let fields: Items<_> = self
            .get(DOING, &format!("datasets/{id}/fields"), &[])
            .await?;
        let questions: Items<_> = self
            .get(DOING, &format!("datasets/{id}/questions"), &[])
            .await?;
        let properties: Items<_> = self
            .get(DOING, &format!("me/datasets/{id}/metadata-properties"), &[])
            .await?;
        let vectors: Items<_> = self
            .get(DOING, &format!("datasets/{id}/vectors-settings"), &[])
            .await?;
        Ok(WholeDataset {
            dataset: self.get(DOING, &format!("datasets/{id}"), &[]).await?,
            fields: fields.items,
            questions: questions.items,
            metadata_properties: properties.items,
            vectors_settings: vectors.items,
        })
    }

    /// Makes a dataset with all its parts, and publishes it. Where this breaks off, a draft is left, which
    /// [`finish_dataset`](Client::finish_dataset) completes.
    pub async fn create_dataset(
        &self,
        workspace: Uuid,
        name: &str,
        settings: &Settings,
    ) -> Result<WholeDataset, ClientError> {
        let new = NewDataset {
            name: name.to_owned(),
            workspace_id: workspace,
            guidelines: settings.guidelines.clone(),
            allow_extra_metadata: settings.allow_extra_metadata,
            min_submitted: settings.min_submitted,
            metadata: settings.metadata.clone(),
        };
        let made: answers::Dataset = self.post("making a dataset", "datasets", &new).await?;
        self.finish_dataset(made.id, settings).await
    }

    /// Adds the parts of `settings` that a dataset does not have by name, and publishes it where it is a draft.
    pub async fn finish_dataset(
        &self,
        id: Uuid,
        settings: &Settings,
    ) -> Result<WholeDataset, ClientError> {
        let there = self.whole_dataset(id).await?;
        let is_missing = |field: &&Field| there.fields.iter().all(|other| other.name != field.name);
        self.add_parts(id, "fields", settings.fields.iter().filter(is_missing))
            .await?;
        let is_missing = |question: &&Question| there.question_id(&question.name).is_none();
        self.add_parts(
            id,
            "questions",
            settings.questions.iter().filter(is_missing),
        )
        .await?;
        let is_missing = |property: &&MetadataProperty| {
            there
                .metadata_properties
                .iter()
                .all(|other| other.name != property.name)
        };
        self.add_parts(
            id,
            "metadata-properties",
            settings.metadata_properties.iter().filter(is_missing),
        )
        .await?;
        let is_missing = |vectors: &&NewVectorSettings| {
            there
                .vectors_settings
                .iter()
                .all(|other| other.name != vectors.name)
        };
        self.add_parts(
            id,
            "vectors-settings",
            settings.vectors_settings.iter().filter(is_missing),
        )
        .await?;
        if !there.is_ready() {
            self.publish_dataset(id).await?;
        }
        self.whole_dataset(id).await
    }

    async fn add_parts<T: Serialize>(
        &self,
        dataset: Uuid,
        noun: &str,
        parts: impl Iterator<Item = T>,
    ) -> Result<(), ClientError> {
        let doing = format!("adding {} to a dataset", noun.replace('-', " "));
        for part in parts {
            let _: IgnoredAny = self
                .post(&doing, &format!("datasets/{dataset}/{noun}"), &part)
                .await?;
        }
        Ok(())
    }

    /// Makes a draft take records. A dataset that does already is no error.
    pub async fn publish_dataset(&self, id: Uuid) -> Result<answers::Dataset, ClientError> {
        let path = format!("datasets/{id}");
        let published = self
            .put(
                "publishing a dataset",
                &format!("{path}/publish"),
                None::<&()>,
            )
            .await;
        let Err(error) = published else {
            return published;
        };
        // The answer to an earlier try may have been lost.
        match self
            .get::<answers::Dataset>("reading a dataset", &path, &[])
            .await
        {
            Ok(dataset) if dataset.status == "ready" => Ok(dataset),
            _ => Err(error),
        }
    }

    /// Deletes a dataset with everything in it. One that is gone is no error.
    pub async fn delete_dataset(&self, id: Uuid) -> Result<(), ClientError> {
        match self
            .delete::<IgnoredAny>("deleting a dataset", &format!("datasets/{id}"))
            .await
        {
            Err(error) if error.status() != Some(404) => Err(error),
            _ => Ok(()),
        }
    }
}
