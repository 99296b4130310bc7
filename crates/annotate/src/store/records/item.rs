//! Records, suggestions and responses to write, as the store takes them.

use examen_core::annotation::ResponseStatus;
use serde_json::{Map, Value};
use uuid::Uuid;

/// A record to write: a new one, or a change of one that is there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RecordItem {
    /// The store's id of a record that is there.
    pub id: Option<Uuid>,
    /// The caller's id.
    pub external_id: Option<String>,
    /// Field name → value; `None` keeps the fields of a record that is there.
    pub fields: Option<Map<String, Value>>,
    /// Metadata: `None` keeps them, `Some(None)` wipes them.
    pub metadata: Option<Option<Map<String, Value>>>,
    /// Suggestions, at most one a question.
    pub suggestions: Vec<NewSuggestion>,
    /// Responses, at most one a user.
    pub responses: Vec<ItemResponse>,
    /// Vector name → numbers.
    pub vectors: Vec<(String, Vec<f64>)>,
}

/// A suggestion to write.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSuggestion {
    /// The question it answers.
    pub question_id: Uuid,
    /// The answer.
    pub value: Value,
    /// Name of the model or person that proposes it.
    pub agent: Option<String>,
    /// Confidence: a number, or one for each item of the answer.
    pub score: Option<Value>,
    /// Kind of agent.
    pub kind: Option<SuggestionKind>,
}

/// Kind of agent that proposes an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuggestionKind {
    /// A model.
    Model,
    /// A person.
    Human,
}

impl SuggestionKind {
    /// `model` or `human`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Human => "human",
        }
    }
}

/// A response of some user, written with its record.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemResponse {
    /// The user who answers.
    pub user_id: Uuid,
    /// Draft, submitted or discarded.
    pub status: ResponseStatus,
    /// Question name → value; `None` where there are none.
    pub values: Option<Map<String, Value>>,
}

/// A change of one record: `None` keeps a part as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RecordChange {
    /// Field name → value.
    pub fields: Option<Map<String, Value>>,
    /// Metadata; `Some(None)` wipes them.
    pub metadata: Option<Option<Map<String, Value>>>,
    /// All suggestions; they replace those that are there.
    pub suggestions: Option<Vec<NewSuggestion>>,
    /// Vector name → numbers; vectors of other names stay.
    pub vectors: Vec<(String, Vec<f64>)>,
}
