//! Datasets: their settings, and making, finding, listing and replacing them.

use super::{NewRecord, Store, User, failed, records, users::Role, values};
use crate::AnnotateError;
use examen_core::annotation::{DatasetSettings, Field, Question};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sqlx::{FromRow, SqliteConnection};
use uuid::Uuid;

/// A dataset with its settings.
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

/// A dataset, without its settings.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct DatasetSummary {
    /// Its id.
    pub id: Uuid,
    /// The workspace it belongs to.
    pub workspace_id: Uuid,
    /// Its name, unique in its workspace.
    pub name: String,
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

#[derive(FromRow)]
struct DatasetRow {
    id: Uuid,
    workspace_id: Uuid,
    name: String,
    guidelines: Option<String>,
    min_submitted: u32,
    metadata: Option<String>,
    inserted_at: i64,
}

#[derive(FromRow)]
struct QuestionRow {
    name: String,
    title: String,
    description: Option<String>,
    required: bool,
    settings: String,
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
        insert(&mut transaction, new, now).await?;
        insert_settings(&mut transaction, new).await?;
        records::insert(&mut transaction, new.id, &new.settings, records, now).await?;
        transaction.commit().await.map_err(failed(DOING))?;
        Ok(replaced)
    }

    /// The dataset with this id.
    pub async fn dataset(&self, id: Uuid) -> Result<Option<Dataset>, AnnotateError> {
        let mut transaction = self.read("reading a dataset").await?;
        read(&mut transaction, id).await
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
        Err(AnnotateError::UnknownDataset { name: name.to_owned(), known })
    }

    /// All datasets, oldest first.
    pub async fn datasets(&self) -> Result<Vec<DatasetSummary>, AnnotateError> {
        sqlx::query_as("SELECT id, workspace_id, name FROM datasets ORDER BY inserted_at, id")
            .fetch_all(&self.readers)
            .await
            .map_err(failed("listing datasets"))
    }

    /// The datasets that `user` sees, oldest first.
    pub async fn datasets_of(&self, user: &User) -> Result<Vec<DatasetSummary>, AnnotateError> {
        if user.role == Role::Owner {
            return self.datasets().await;
        }
        sqlx::query_as(
            "SELECT d.id, d.workspace_id, d.name
             FROM datasets d JOIN workspace_users w ON w.workspace_id = d.workspace_id AND w.user_id = ?1
             ORDER BY d.inserted_at, d.id",
        )
        .bind(user.id)
        .fetch_all(&self.readers)
        .await
        .map_err(failed("listing datasets"))
    }
}

/// A dataset with its settings, as this transaction sees it.
async fn read(connection: &mut SqliteConnection, id: Uuid) -> Result<Option<Dataset>, AnnotateError> {
    let row: Option<DatasetRow> = sqlx::query_as(
        "SELECT id, workspace_id, name, guidelines, min_submitted, metadata, inserted_at FROM datasets WHERE id = ?1",
    )
    .bind(id)
    .fetch_optional(&mut *connection)
    .await
    .map_err(failed("reading a dataset"))?;
    let Some(row) = row else { return Ok(None) };
    let settings = DatasetSettings {
        guidelines: row.guidelines,
        fields: read_fields(connection, id).await?,
        questions: read_questions(connection, id).await?,
        min_submitted: row.min_submitted,
    };
    let metadata = row.metadata.as_deref().map(|text| values::from_json("dataset metadata", text)).transpose()?;
    Ok(Some(Dataset {
        id: row.id,
        workspace_id: row.workspace_id,
        name: row.name,
        settings,
        metadata: metadata.unwrap_or_default(),
        inserted_at: values::time(row.inserted_at)?,
    }))
}

async fn read_fields(connection: &mut SqliteConnection, dataset: Uuid) -> Result<Vec<Field>, AnnotateError> {
    let rows: Vec<(String, String, bool)> =
        sqlx::query_as("SELECT name, title, required FROM fields WHERE dataset_id = ?1 ORDER BY position")
            .bind(dataset)
            .fetch_all(connection)
            .await
            .map_err(failed("reading a dataset's fields"))?;
    Ok(rows.into_iter().map(|(name, title, required)| Field { name, title, required }).collect())
}

async fn read_questions(connection: &mut SqliteConnection, dataset: Uuid) -> Result<Vec<Question>, AnnotateError> {
    let rows: Vec<QuestionRow> = sqlx::query_as(
        "SELECT name, title, description, required, settings FROM questions WHERE dataset_id = ?1 ORDER BY position",
    )
    .bind(dataset)
    .fetch_all(connection)
    .await
    .map_err(failed("reading a dataset's questions"))?;
    rows.into_iter().map(QuestionRow::question).collect()
}

impl QuestionRow {
    fn question(self) -> Result<Question, AnnotateError> {
        let settings = values::from_json("question settings", &self.settings)?;
        let Self { name, title, description, required, .. } = self;
        Ok(Question { name, title, description, required, settings })
    }
}

/// Deals with a dataset that has the name already; says how much was deleted.
async fn make_room(
    connection: &mut SqliteConnection,
    new: &NewDataset,
    existing: Existing,
) -> Result<Option<(u64, u64)>, AnnotateError> {
    let found: Option<(Uuid, i64, i64)> = sqlx::query_as(
        "SELECT d.id, (SELECT COUNT(*) FROM records r WHERE r.dataset_id = d.id),
                (SELECT COUNT(*) FROM responses p JOIN records r ON r.id = p.record_id WHERE r.dataset_id = d.id)
         FROM datasets d WHERE d.workspace_id = ?1 AND d.name = ?2",
    )
    .bind(new.workspace_id)
    .bind(&new.name)
    .fetch_optional(&mut *connection)
    .await
    .map_err(failed("looking for a dataset of the same name"))?;
    let Some((id, records, responses)) = found else { return Ok(None) };
    let (records, responses) = (values::count(records), values::count(responses));
    if existing == Existing::Refuse {
        return Err(AnnotateError::DatasetExists { name: new.name.clone(), records, responses });
    }
    let deleted = sqlx::query("DELETE FROM datasets WHERE id = ?1").bind(id).execute(connection).await;
    deleted.map_err(failed("deleting a dataset"))?;
    Ok(Some((records, responses)))
}

async fn insert(connection: &mut SqliteConnection, new: &NewDataset, now: Timestamp) -> Result<(), AnnotateError> {
    let inserted = sqlx::query(
        "INSERT INTO datasets
         (id, workspace_id, name, guidelines, status, min_submitted, metadata, inserted_at, updated_at, last_activity_at)
         VALUES (?1, ?2, ?3, ?4, 'ready', ?5, ?6, ?7, ?7, ?7)",
    )
    .bind(new.id)
    .bind(new.workspace_id)
    .bind(&new.name)
    .bind(&new.settings.guidelines)
    .bind(new.settings.min_submitted.max(1))
    .bind(values::json(&new.metadata))
    .bind(now.as_microsecond())
    .execute(connection)
    .await;
    inserted.map(drop).map_err(failed("making a dataset"))
}

async fn insert_settings(connection: &mut SqliteConnection, new: &NewDataset) -> Result<(), AnnotateError> {
    for (position, field) in new.settings.fields.iter().enumerate() {
        let inserted = sqlx::query(
            "INSERT INTO fields (id, dataset_id, position, name, title, required, settings)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )
        .bind(values::derived_id(new.id, "field", &field.name))
        .bind(new.id)
        .bind(position as i64)
        .bind(&field.name)
        .bind(&field.title)
        .bind(field.required)
        .bind(json!({"type": "text", "use_markdown": false}).to_string())
        .execute(&mut *connection)
        .await;
        inserted.map_err(failed("making a field"))?;
    }
    for (position, question) in new.settings.questions.iter().enumerate() {
        let inserted = sqlx::query(
            "INSERT INTO questions (id, dataset_id, position, name, title, description, required, settings)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )
        .bind(values::question_id(new.id, &question.name))
        .bind(new.id)
        .bind(position as i64)
        .bind(&question.name)
        .bind(&question.title)
        .bind(&question.description)
        .bind(question.required)
        .bind(values::json(&question.settings))
        .execute(&mut *connection)
        .await;
        inserted.map_err(failed("making a question"))?;
    }
    Ok(())
}

/// Refuses names that cannot be typed or shown.
fn check_name(name: &str) -> Result<(), AnnotateError> {
    let length = name.chars().count();
    if (1..=200).contains(&length) && !name.chars().any(char::is_control) && !name.trim().is_empty() {
        return Ok(());
    }
    Err(AnnotateError::DatasetName { name: name.to_owned() })
}
