//! Records with their suggestions and responses.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Status of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordStatus {
    /// Fewer than `min_submitted` submitted responses.
    Pending,
    /// Enough of them.
    Completed,
}

/// Status of a response.
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
    /// Metadata: values that are not shown as fields.
    pub metadata: Map<String, Value>,
    /// At most one a question.
    pub suggestions: Vec<Suggestion>,
    /// At most one a user.
    pub responses: Vec<Response>,
    /// Its status.
    pub status: RecordStatus,
}

/// An answer proposed by a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    /// Name of the question.
    pub question: String,
    /// The proposed value.
    pub value: Value,
    /// Name of the model or person that proposes it.
    pub agent: Option<String>,
}

/// The response of one user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// The user's id.
    pub user_id: Uuid,
    /// The user's name.
    pub username: String,
    /// Its status.
    pub status: ResponseStatus,
    /// Question name → value.
    pub values: Map<String, Value>,
}
