//! Records with their suggestions and responses.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Whether a record has the responses that it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordStatus {
    /// Fewer than `min_submitted` submitted responses.
    Pending,
    /// Enough of them.
    Completed,
}

/// Whether a response counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseStatus {
    /// Not finished; does not count.
    Draft,
    /// The reviewer's answer.
    Submitted,
    /// The reviewer says that the question is bad.
    Discarded,
}

/// One item to annotate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The store's id.
    pub id: Uuid,
    /// The caller's id: a question id for records that Examen loads.
    pub external_id: String,
    /// Field name → value.
    pub fields: Map<String, Value>,
    /// What is known about the record beside what is shown.
    pub metadata: Map<String, Value>,
    /// At most one a question.
    pub suggestions: Vec<Suggestion>,
    /// At most one a user.
    pub responses: Vec<Response>,
    /// Whether it has the responses that it needs.
    pub status: RecordStatus,
}

/// An answer proposed by a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    /// Name of the question.
    pub question: String,
    /// The proposed value.
    pub value: Value,
    /// Who proposes it.
    pub agent: Option<String>,
}

/// What one user answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// Who.
    pub user_id: Uuid,
    /// Their name.
    pub username: String,
    /// Whether it counts.
    pub status: ResponseStatus,
    /// Question name → value.
    pub values: Map<String, Value>,
}
