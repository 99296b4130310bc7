//! Datasets without their parts, as they lie in their table.

use crate::store::database::from_row;
use crate::{
    AnnotateError, Refusal,
    store::{
        database::{Query, Transaction, failed, is_duplicate, query},
        values,
    },
};
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Status of a dataset.
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
    /// Draft or ready.
    pub status: DatasetStatus,
    /// Submitted responses that complete a record.
    pub min_submitted: u32,
    /// True where records may have metadata that no property names.
    pub allow_extra_metadata: bool,
    /// Its metadata.
    pub metadata: Option<Map<String, Value>>,
    /// Time of creation.
    pub inserted_at: Timestamp,
    /// Time of the last change.
    pub updated_at: Timestamp,
    /// Time of the last change of it or of a response in it.
    pub last_activity_at: Timestamp,
}

pub(in crate::store) const COLUMNS: &str =
    "d.id, d.workspace_id, d.name, d.guidelines, d.status, d.min_submitted, d.allow_extra_metadata,
                       d.metadata, d.inserted_at, d.updated_at, d.last_activity_at";

pub(in crate::store) struct HeadRow {
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

from_row!(HeadRow {
    id,
    workspace_id,
    name,
    guidelines,
    status,
    min_submitted,
    allow_extra_metadata,
    metadata,
    inserted_at,
    updated_at,
    last_activity_at
});

impl HeadRow {
    pub(in crate::store) fn head(self) -> Result<DatasetHead, AnnotateError> {
        Ok(DatasetHead {
            id: self.id,
            workspace_id: self.workspace_id,
            name: self.name,
            guidelines: self.guidelines,
            status: read_status(&self.status)?,
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

/// The status that a text in the table stands for.
fn read_status(text: &str) -> Result<DatasetStatus, AnnotateError> {
    let known = [DatasetStatus::Draft, DatasetStatus::Ready];
    let found = known.into_iter().find(|status| status.name() == text);
    found.ok_or_else(|| AnnotateError::Damaged {
        what: "dataset status",
        value: text.to_owned(),
    })
}

/// The statement that reads a dataset without its parts.
pub(in crate::store) fn query_of(id: Uuid) -> Query {
    query(format!("SELECT {COLUMNS} FROM datasets d WHERE d.id = $1")).bind(id)
}

/// A dataset without its parts, as this transaction sees it.
pub(in crate::store) async fn find(
    connection: &mut Transaction,
    id: Uuid,
) -> Result<Option<DatasetHead>, AnnotateError> {
    let row: Result<Option<HeadRow>, _> = query_of(id).fetch_optional(connection).await;
    row.map_err(failed("reading a dataset"))?
        .map(HeadRow::head)
        .transpose()
}

/// The name of a dataset; empty where there is none.
pub(in crate::store) async fn name(
    connection: &mut Transaction,
    id: Uuid,
) -> Result<String, AnnotateError> {
    let name = query("SELECT name FROM datasets WHERE id = $1")
        .bind(id)
        .optional_scalar(connection)
        .await;
    Ok(name
        .map_err(failed("looking a dataset up"))?
        .unwrap_or_default())
}

/// The name of a dataset, and how much is in it where there is something.
pub(in crate::store) async fn with_contents(
    connection: &mut Transaction,
    id: Uuid,
) -> Result<String, AnnotateError> {
    let name = name(connection, id).await?;
    let counts = query(
        "SELECT (SELECT COUNT(*) FROM records r WHERE r.dataset_id = $1),
                (SELECT COUNT(*) FROM responses p JOIN records r ON r.id = p.record_id WHERE r.dataset_id = $1)",
    );
    let counts: (i64, i64) = counts
        .bind(id)
        .fetch_one(connection)
        .await
        .map_err(failed("counting records and responses"))?;
    Ok(match counts {
        (0, _) => name,
        (records, responses) => format!("{name}, with {records} records and {responses} responses"),
    })
}

pub(in crate::store) async fn insert(
    connection: &mut Transaction,
    head: &DatasetHead,
) -> Result<(), AnnotateError> {
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

pub(in crate::store) async fn update(
    connection: &mut Transaction,
    head: &DatasetHead,
) -> Result<(), AnnotateError> {
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
