//! Carries whole datasets over from a server that speaks Argilla's API into the store: settings, records with metadata,
//! vectors, suggestions and responses, users by name, workspaces by name.
//!
//! Doing it again changes nothing that is here already, and brings what was added there meanwhile: a dataset keeps its id,
//! records are known by their external ids, and of two responses of one user the later one stays. What cannot be carried
//! over is told.

mod people;
mod records;

pub use people::CarriedUser;

use crate::{
    AnnotateError, Difference,
    store::{DatasetHead, DatasetPart, DatasetStatus, Part, Schema, Store, VectorSettings},
};
use examen_argilla::{
    Client, ClientError, answers,
    client::{Settings, WholeDataset},
};
use examen_core::Progress;
use jiff::Timestamp;
use people::People;
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Result of carrying a dataset.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CarriedDataset {
    /// Its id, here and there.
    pub dataset_id: Uuid,
    /// Its name.
    pub name: String,
    /// The name of its workspace.
    pub workspace: String,
    /// Records that are here now, as they are there.
    pub records: u64,
    /// Their responses, as they are there.
    pub responses: u64,
    /// Responses that were changed here since and stay so.
    pub kept: u64,
    /// Records and responses of the dataset that was deleted to make room, if there was one.
    pub replaced: Option<(u64, u64)>,
    /// Notes on what could not be carried over.
    pub left_behind: Vec<String>,
}

/// Datasets on their way from a server into the store.
pub struct Migration<'m> {
    client: &'m Client,
    store: &'m Store,
    datasets: Vec<answers::Dataset>,
    workspaces: BTreeMap<Uuid, answers::Workspace>,
    people: People<'m>,
}

impl<'m> Migration<'m> {
    /// Chooses the datasets with these `names`, or all that the caller sees where there are none; those of one workspace, or
    /// of all. `announce` gets every user who is made, at once: their password is nowhere else.
    pub async fn choose(
        client: &'m Client,
        store: &'m Store,
        workspace: Option<&str>,
        names: &[String],
        announce: &'m (dyn Fn(&CarriedUser) + Sync),
    ) -> Result<Self, AnnotateError> {
        let workspace = match workspace {
            Some(name) => Some(client.workspace(name).await?),
            None => None,
        };
        let mut datasets = Vec::new();
        for name in names {
            datasets.push(client.dataset_named(workspace.as_ref(), name).await?);
        }
        if names.is_empty() {
            datasets = client
                .datasets(workspace.as_ref().map(|workspace| workspace.id))
                .await?;
        }
        let workspaces = client
            .workspaces()
            .await?
            .into_iter()
            .map(|workspace| (workspace.id, workspace))
            .collect();
        let people = People::of(client, store, announce).await?;
        Ok(Self {
            client,
            store,
            datasets,
            workspaces,
            people,
        })
    }

    /// The datasets that were chosen.
    pub fn datasets(&self) -> Vec<answers::Dataset> {
        self.datasets.clone()
    }

    /// Carries one of the datasets over, after the members of its workspace. A dataset here of the same name that was not
    /// carried over is an error, unless it may be overwritten.
    pub async fn carry(
        &mut self,
        dataset: &answers::Dataset,
        overwrite: bool,
        progress: &dyn Progress,
    ) -> Result<CarriedDataset, AnnotateError> {
        let whole = self.client.whole_dataset(dataset.id).await?;
        let workspace = self.workspace(dataset.workspace_id)?;
        let here = self.carry_workspace(&workspace).await?;
        let replaced = match overwrite {
            true => self.make_room(&whole, here).await?,
            false => None,
        };
        let schema = self.carry_settings(&whole, here, &workspace.name).await?;
        let mut carried = CarriedDataset {
            dataset_id: dataset.id,
            name: dataset.name.clone(),
            workspace: workspace.name,
            records: 0,
            responses: 0,
            kept: 0,
            replaced,
            left_behind: self.people.take_notes(),
        };
        records::carry(
            self.client,
            self.store,
            &mut self.people,
            &whole,
            &schema,
            &mut carried,
            progress,
        )
        .await?;
        carried.left_behind.extend(self.people.take_notes());
        Ok(carried)
    }

    /// Notes on what belongs to no dataset and stays behind, as far as the caller may know it.
    pub async fn left_behind(&self) -> Result<Vec<String>, AnnotateError> {
        let webhooks = match self.client.webhooks().await {
            // Not an owner, or a server without webhooks.
            Err(error) if error.status().is_some() => return Ok(Vec::new()),
            webhooks => webhooks?,
        };
        let note = |webhook: answers::Webhook| {
            format!("the webhook to {}: it would get a new secret", webhook.url)
        };
        Ok(webhooks.into_iter().map(note).collect())
    }

    fn workspace(&self, id: Uuid) -> Result<answers::Workspace, AnnotateError> {
        let missing = || ClientError::NoWorkspace {
            url: self.client.url().to_owned(),
        };
        Ok(self.workspaces.get(&id).cloned().ok_or_else(missing)?)
    }

    /// The workspace of this name here, with the members that it has there.
    async fn carry_workspace(
        &mut self,
        workspace: &answers::Workspace,
    ) -> Result<Uuid, AnnotateError> {
        let is_free = self.store.workspace(workspace.id).await?.is_none();
        let id = if is_free {
            workspace.id
        } else {
            Uuid::new_v4()
        };
        let here = self
            .store
            .ensure_workspace(&workspace.name, id, Timestamp::now())
            .await?;
        let members = self.client.members(workspace.id).await?;
        self.people.join(&members, here.id).await?;
        Ok(here.id)
    }

    /// Deletes what is in the way; says how much that was.
    async fn make_room(
        &self,
        whole: &WholeDataset,
        workspace: Uuid,
    ) -> Result<Option<(u64, u64)>, AnnotateError> {
        let is_in_the_way =
            |head: &DatasetHead| head.id == whole.dataset.id || is_named(head, whole, workspace);
        let mut replaced = None;
        for head in self
            .store
            .datasets()
            .await?
            .into_iter()
            .filter(is_in_the_way)
        {
            let (records, responses) = replaced.unwrap_or((0, 0));
            let (more_records, more_responses) = self.size(head.id).await?;
            replaced = Some((records + more_records, responses + more_responses));
            // Webhooks are not told, as where the loader replaces a dataset.
            self.store
                .delete_dataset(head.id, &[], Timestamp::now())
                .await?;
        }
        Ok(replaced)
    }

    async fn size(&self, dataset: Uuid) -> Result<(u64, u64), AnnotateError> {
        let (_, records) = self
            .store
            .record_page(dataset, 0, 0, &Default::default())
            .await?;
        let users = self.store.users_progress(dataset).await?;
        let counts = users.iter().flat_map(|user| [user.completed, user.pending]);
        Ok((
            records,
            counts
                .map(|counts| counts.submitted + counts.discarded + counts.draft)
                .sum(),
        ))
    }

    /// The dataset here, with all parts that it has there.
    async fn carry_settings(
        &self,
        whole: &WholeDataset,
        workspace: Uuid,
        workspace_name: &str,
    ) -> Result<Schema, AnnotateError> {
        let (id, settings) = (whole.dataset.id, whole.settings());
        match self.store.schema(id).await? {
            Some(schema) => {
                if let Some(difference) = difference(&schema, &settings) {
                    return Err(self
                        .other(id, &whole.dataset.name, workspace_name, difference)
                        .await?);
                }
            }
            None => {
                let all = self.store.datasets().await?;
                if let Some(head) = all.iter().find(|head| is_named(head, whole, workspace)) {
                    let difference = Difference::Origin;
                    return Err(self
                        .other(head.id, &head.name, workspace_name, difference)
                        .await?);
                }
                self.store
                    .insert_dataset(&draft(&whole.dataset, workspace))
                    .await?;
            }
        }
        self.add_parts(id, settings.fields).await?;
        self.add_parts(id, settings.questions).await?;
        self.add_parts(id, settings.metadata_properties).await?;
        let vectors = settings.vectors_settings.into_iter();
        let vectors = vectors.map(|kind| VectorSettings {
            name: kind.name,
            title: kind.title,
            dimensions: kind.dimensions,
        });
        self.add_parts(id, vectors.collect()).await?;
        let schema = self.schema(id).await?;
        if whole.is_ready() && schema.dataset.status == DatasetStatus::Draft {
            self.store.publish_dataset(id, Timestamp::now()).await?;
        }
        self.schema(id).await
    }

    async fn schema(&self, id: Uuid) -> Result<Schema, AnnotateError> {
        let schema = self.store.schema(id).await?;
        Ok(schema.ok_or(crate::store::Refusal::NotFound {
            what: "Dataset",
            id,
        })?)
    }

    async fn other(
        &self,
        id: Uuid,
        name: &str,
        workspace: &str,
        difference: Difference,
    ) -> Result<AnnotateError, AnnotateError> {
        let (records, responses) = self.size(id).await?;
        Ok(AnnotateError::OtherDataset {
            name: name.to_owned(),
            workspace: workspace.to_owned(),
            records,
            responses,
            difference,
        })
    }

    /// Adds the parts that are not there by name.
    async fn add_parts<T: DatasetPart>(
        &self,
        dataset: Uuid,
        parts: Vec<T>,
    ) -> Result<(), AnnotateError> {
        let there: Vec<Part<T>> = self.store.parts(dataset).await?;
        for part in parts {
            if there.iter().all(|other| other.value.name() != part.name()) {
                self.store
                    .insert_part(dataset, part, Timestamp::now(), |_| Ok(()))
                    .await?;
            }
        }
        Ok(())
    }
}

fn is_named(head: &DatasetHead, whole: &WholeDataset, workspace: Uuid) -> bool {
    head.workspace_id == workspace && head.name == whole.dataset.name
}

fn draft(dataset: &answers::Dataset, workspace: Uuid) -> DatasetHead {
    DatasetHead {
        id: dataset.id,
        workspace_id: workspace,
        name: dataset.name.clone(),
        guidelines: dataset.guidelines.clone(),
        status: DatasetStatus::Draft,
        min_submitted: dataset.distribution.min_submitted,
        allow_extra_metadata: dataset.allow_extra_metadata,
        metadata: dataset.metadata.clone(),
        inserted_at: dataset.inserted_at.0,
        updated_at: dataset.updated_at.0,
        last_activity_at: dataset.last_activity_at.0,
    }
}

/// The difference that keeps the records of that dataset from this one. A draft may lack parts that come last: carrying broke off there.
fn difference(here: &Schema, there: &Settings) -> Option<Difference> {
    let is_draft = here.dataset.status == DatasetStatus::Draft;
    let fits = [
        (
            Difference::Fields,
            fits(&here.fields, &there.fields, is_draft),
        ),
        (
            Difference::Questions,
            fits(&here.questions, &there.questions, is_draft),
        ),
    ];
    fits.into_iter()
        .find(|(_, fits)| !fits)
        .map(|(difference, _)| difference)
}

fn fits<T: PartialEq>(here: &[Part<T>], there: &[T], may_lack: bool) -> bool {
    (here.len() == there.len() || (may_lack && here.len() < there.len()))
        && here
            .iter()
            .zip(there)
            .all(|(here, there)| here.value == *there)
}
