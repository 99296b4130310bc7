//! Datasets: their settings, and making, finding, listing, changing and replacing them.

use super::{
    NewRecord, Refusal, Schema, Store, User,
    database::{Transaction, query},
    events::{self, LastSeen},
    failed, is_duplicate, parts, schema,
    users::Role,
    values, write_records,
};
use crate::AnnotateError;
use examen_argilla::bodies::Event;
use examen_core::annotation::DatasetSettings;
use jiff::Timestamp;
use serde_json::{Map, Value};
use sqlx::FromRow;
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
    /// What it shows and asks.
    pub settings: DatasetSettings,
    /// What is known about it: the seed of its options, where it was loaded from.
    pub metadata: Map<String, Value>,
    /// When it was made.
    pub inserted_at: Timestamp,
}

/// Whether a dataset takes records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatasetStatus {
    /// Its fields and questions can still change.
    Draft,
    /// It takes records.
    Ready,
}

impl DatasetStatus {
    /// `draft` or `ready`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Ready => "ready",
        }
    }
}

/// A dataset, without its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct DatasetHead {
    /// Its id.
    pub id: Uuid,
    /// The workspace it belongs to.
    pub workspace_id: Uuid,
    /// Its name, unique in its workspace.
    pub name: String,
    /// Words for the reviewer, in Markdown.
    pub guidelines: Option<String>,
    /// Whether it takes records.
    pub status: DatasetStatus,
    /// Submitted responses that complete a record.
    pub min_submitted: u32,
    /// Whether records may have metadata that no property names.
    pub allow_extra_metadata: bool,
    /// What is known about it.
    pub metadata: Option<Map<String, Value>>,
    /// When it was made.
    pub inserted_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it or a response in it was last changed.
    pub last_activity_at: Timestamp,
}

/// A dataset to make.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDataset {
    /// Its id.
    pub id: Uuid,
    /// The workspace it belongs to.
    pub workspace_id: Uuid,
    /// Its name.
    pub name: String,
    /// What it shows and asks.
    pub settings: DatasetSettings,
    /// What is known about it.
    pub metadata: Map<String, Value>,
}

/// What to do with a dataset of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Leave it and fail.
    Refuse,
    /// Delete it, with its records and responses.
    Replace,
}

const COLUMNS: &str =
    "d.id, d.workspace_id, d.name, d.guidelines, d.status, d.min_submitted, d.allow_extra_metadata,
                       d.metadata, d.inserted_at, d.updated_at, d.last_activity_at";

#[derive(FromRow)]
struct HeadRow {
    id: Uuid,
    workspace_id: Uuid,
    name: String,
    guidelines: Option<String>,
    status: String,
    min_submitted: i64,
    allow_extra_metadata: bool,
    metadata: Option<String>,
    inserted_at: i64,
    updated_at: i64,
    last_activity_at: i64,
}

impl HeadRow {
    fn head(self) -> Result<DatasetHead, AnnotateError> {
        Ok(DatasetHead {
            id: self.id,
            workspace_id: self.workspace_id,
            name: self.name,
            guidelines: self.guidelines,
            status: if self.status == "draft" {
                DatasetStatus::Draft
            } else {
                DatasetStatus::Ready
            },
            min_submitted: values::small("min_submitted", self.min_submitted)?,
            allow_extra_metadata: self.allow_extra_metadata,
            metadata: self
                .metadata
                .as_deref()
                .map(|text| values::from_json("dataset metadata", text))
                .transpose()?,
            inserted_at: values::time(self.inserted_at)?,
            updated_at: values::time(self.updated_at)?,
            last_activity_at: values::time(self.last_activity_at)?,
        })
    }
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
    /// Makes a dataset with its records: all of it or nothing. Returns how many records and responses the dataset had that
    /// was deleted to make room, if there was one.
    pub async fn create_dataset(
        &self,
        new: &NewDataset,
        records: &[NewRecord],
        existing: Existing,
        now: Timestamp,
    ) -> Result<Option<(u64, u64)>, AnnotateError> {
        const DOING: &str = "making a dataset";
        check_name(&new.name)?;
        let mut transaction = self.write(DOING).await?;
        let replaced = make_room(&mut transaction, new, existing).await?;
        let head = DatasetHead {
            id: new.id,
            workspace_id: new.workspace_id,
            name: new.name.clone(),
            guidelines: new.settings.guidelines.clone(),
            status: DatasetStatus::Ready,
            min_submitted: new.settings.min_submitted.max(1),
            allow_extra_metadata: true,
            metadata: Some(new.metadata.clone()),
            inserted_at: now,
            updated_at: now,
            last_activity_at: now,
        };
        insert(&mut transaction, &head).await?;
        for field in &new.settings.fields {
            parts::insert(&mut transaction, new.id, field.clone(), now).await?;
        }
        for question in &new.settings.questions {
            parts::insert(&mut transaction, new.id, question.clone(), now).await?;
        }
        events::note(&mut transaction, Event::DatasetCreated, &[new.id], now).await?;
        events::note(&mut transaction, Event::DatasetPublished, &[new.id], now).await?;
        write_records::insert_new(&mut transaction, new.id, records, now).await?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(replaced)
    }

    /// Makes a draft without parts.
    pub async fn insert_dataset(&self, head: &DatasetHead) -> Result<(), AnnotateError> {
        const DOING: &str = "making a dataset";
        let mut transaction = self.write(DOING).await?;
        insert(&mut transaction, head).await?;
        events::note(
            &mut transaction,
            Event::DatasetCreated,
            &[head.id],
            head.inserted_at,
        )
        .await?;
        transaction.commit().await.map_err(failed(DOING))
    }

    /// Changes a dataset: `change` gets it as it is. Where another number of responses completes a record now, the
    /// records' statuses follow.
    pub async fn update_dataset(
        &self,
        id: Uuid,
        change: impl FnOnce(&mut DatasetHead) + Send,
    ) -> Result<DatasetHead, AnnotateError> {
        const DOING: &str = "changing a dataset";
        let mut transaction = self.write(DOING).await?;
        let head = head(&mut transaction, id).await?;
        let mut head = head.ok_or(Refusal::NotFound {
            what: "Dataset",
            id,
        })?;
        let min_submitted = head.min_submitted;
        change(&mut head);
        update(&mut transaction, &head).await?;
        if head.min_submitted != min_submitted {
            settle_all(&mut transaction, &head).await?;
        }
        events::note(
            &mut transaction,
            Event::DatasetUpdated,
            &[id],
            head.updated_at,
        )
        .await?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(head)
    }

    /// Makes a draft take records.
    pub async fn publish_dataset(
        &self,
        id: Uuid,
        now: Timestamp,
    ) -> Result<DatasetHead, AnnotateError> {
        const DOING: &str = "publishing a dataset";
        let mut transaction = self.write(DOING).await?;
        let schema = schema::read(&mut transaction, id)
            .await?
            .ok_or(Refusal::NotFound {
                what: "Dataset",
                id,
            })?;
        if schema.dataset.status == DatasetStatus::Ready {
            return Err(Refusal::Published.into());
        }
        if schema.fields.is_empty() {
            return Err(Refusal::NoFields.into());
        }
        if !schema
            .questions
            .iter()
            .any(|question| question.value.required)
        {
            return Err(Refusal::NoRequiredQuestions.into());
        }
        let head = DatasetHead {
            status: DatasetStatus::Ready,
            updated_at: now,
            last_activity_at: now,
            ..schema.dataset
        };
        update(&mut transaction, &head).await?;
        events::note(&mut transaction, Event::DatasetPublished, &[id], now).await?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(head)
    }

    /// Deletes a dataset with everything in it. Webhooks are told what was last seen of it.
    pub async fn delete_dataset(
        &self,
        id: Uuid,
        seen: &[LastSeen],
        now: Timestamp,
    ) -> Result<(), AnnotateError> {
        const DOING: &str = "deleting a dataset";
        let mut transaction = self.write(DOING).await?;
        events::note_gone(&mut transaction, Event::DatasetDeleted, seen, now).await?;
        let deleted = query("DELETE FROM datasets WHERE id = $1")
            .bind(id)
            .execute(&mut transaction)
            .await;
        deleted.map_err(failed(DOING))?;
        transaction.commit().await.map_err(failed(DOING))
    }

    /// The dataset with this id.
    pub async fn dataset(&self, id: Uuid) -> Result<Option<Dataset>, AnnotateError> {
        Ok(self.schema(id).await?.map(Dataset::from))
    }

    /// The dataset with this id, without its parts.
    pub async fn dataset_head(&self, id: Uuid) -> Result<Option<DatasetHead>, AnnotateError> {
        let mut transaction = self.read("reading a dataset").await?;
        head(&mut transaction, id).await
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

/// A dataset without its parts, as this transaction sees it.
pub(super) async fn head(
    connection: &mut Transaction,
    id: Uuid,
) -> Result<Option<DatasetHead>, AnnotateError> {
    let sql = format!("SELECT {COLUMNS} FROM datasets d WHERE d.id = $1");
    let row: Result<Option<HeadRow>, _> = query(sql).bind(id).fetch_optional(connection).await;
    row.map_err(failed("reading a dataset"))?
        .map(HeadRow::head)
        .transpose()
}

/// Deals with a dataset that has the name already; says how much was deleted.
async fn make_room(
    connection: &mut Transaction,
    new: &NewDataset,
    existing: Existing,
) -> Result<Option<(u64, u64)>, AnnotateError> {
    let found: Option<(Uuid, i64, i64)> = query(
        "SELECT d.id, (SELECT COUNT(*) FROM records r WHERE r.dataset_id = d.id),
                (SELECT COUNT(*) FROM responses p JOIN records r ON r.id = p.record_id WHERE r.dataset_id = d.id)
         FROM datasets d WHERE d.workspace_id = $1 AND d.name = $2",
    )
    .bind(new.workspace_id)
    .bind(&new.name)
    .fetch_optional(&mut *connection)
    .await
    .map_err(failed("looking for a dataset of the same name"))?;
    let Some((id, records, responses)) = found else {
        return Ok(None);
    };
    let (records, responses) = (values::count(records), values::count(responses));
    if existing == Existing::Refuse {
        return Err(AnnotateError::DatasetExists {
            name: new.name.clone(),
            records,
            responses,
        });
    }
    let deleted = query("DELETE FROM datasets WHERE id = $1")
        .bind(id)
        .execute(connection)
        .await;
    deleted.map_err(failed("deleting a dataset"))?;
    Ok(Some((records, responses)))
}

async fn insert(connection: &mut Transaction, head: &DatasetHead) -> Result<(), AnnotateError> {
    let inserted = query(
        "INSERT INTO datasets (id, workspace_id, name, guidelines, status, min_submitted, allow_extra_metadata, metadata,
                               inserted_at, updated_at, last_activity_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $9)",
    )
    .bind(head.id)
    .bind(head.workspace_id)
    .bind(&head.name)
    .bind(&head.guidelines)
    .bind(head.status.name())
    .bind(head.min_submitted)
    .bind(head.allow_extra_metadata)
    .bind(head.metadata.as_ref().map(values::json))
    .bind(head.inserted_at.as_microsecond())
    .execute(connection)
    .await;
    inserted
        .map(drop)
        .map_err(|source| not_stored(source, head))
}

async fn update(connection: &mut Transaction, head: &DatasetHead) -> Result<(), AnnotateError> {
    let updated = query(
        "UPDATE datasets SET name = $2, guidelines = $3, status = $4, min_submitted = $5, allow_extra_metadata = $6,
                             metadata = $7, updated_at = $8, last_activity_at = $9
         WHERE id = $1",
    )
    .bind(head.id)
    .bind(&head.name)
    .bind(&head.guidelines)
    .bind(head.status.name())
    .bind(head.min_submitted)
    .bind(head.allow_extra_metadata)
    .bind(head.metadata.as_ref().map(values::json))
    .bind(head.updated_at.as_microsecond())
    .bind(head.last_activity_at.as_microsecond())
    .execute(connection)
    .await;
    updated.map(drop).map_err(|source| not_stored(source, head))
}

/// The name is taken, or something else.
fn not_stored(source: sqlx::Error, head: &DatasetHead) -> AnnotateError {
    match is_duplicate(&source, "datasets.name") {
        true => Refusal::DatasetExists {
            name: head.name.clone(),
            workspace: head.workspace_id,
        }
        .into(),
        false => failed("storing a dataset")(source),
    }
}

/// Sets the status of every record anew.
async fn settle_all(connection: &mut Transaction, head: &DatasetHead) -> Result<(), AnnotateError> {
    query(
        "UPDATE records SET status = CASE WHEN
             (SELECT COUNT(*) FROM responses p WHERE p.record_id = records.id AND p.status = 'submitted') >= $2
         THEN 'completed' ELSE 'pending' END
         WHERE dataset_id = $1",
    )
    .bind(head.id)
    .bind(head.min_submitted)
    .execute(connection)
    .await
    .map(drop)
    .map_err(failed("settling the records' status"))
}

/// Refuses names that cannot be typed or shown.
fn check_name(name: &str) -> Result<(), AnnotateError> {
    let length = name.chars().count();
    if (1..=200).contains(&length) && !name.chars().any(char::is_control) && !name.trim().is_empty()
    {
        return Ok(());
    }
    Err(AnnotateError::DatasetName {
        name: name.to_owned(),
    })
}
