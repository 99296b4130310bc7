//! Answers of a server.

use crate::{Time, shapes};
use examen_core::annotation::{
    FieldSettings, MetadataSettings, QuestionSettings, RecordStatus, ResponseStatus,
};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use utoipa::ToSchema;
use uuid::Uuid;

/// A list of something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Items<T> {
    /// The things, oldest first.
    pub items: Vec<T>,
}

impl<T> FromIterator<T> for Items<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self {
            items: items.into_iter().collect(),
        }
    }
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The things asked for.
    pub items: Vec<T>,
    /// Number of things in all.
    pub total: u64,
}

/// A user.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// Their id.
    pub id: Uuid,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: Option<String>,
    /// The name they log in with.
    pub username: String,
    /// `owner`, `admin` or `annotator`.
    #[schema(value_type = shapes::Role)]
    pub role: String,
    /// Their API key, where the caller may see it.
    #[serde(default)]
    pub api_key: Option<String>,
    /// Time of creation.
    pub inserted_at: Time,
    /// Time of the last change.
    pub updated_at: Time,
}

/// A workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Workspace {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Time of creation.
    pub inserted_at: Time,
    /// Time of the last change.
    pub updated_at: Time,
}

/// A dataset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Dataset {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Guidelines for annotators.
    pub guidelines: Option<String>,
    /// Allows metadata that no property names.
    pub allow_extra_metadata: bool,
    /// `draft` or `ready`.
    #[schema(value_type = shapes::DatasetStatus)]
    pub status: String,
    /// Rule by which records are completed.
    pub distribution: Distribution,
    /// Metadata.
    pub metadata: Option<Map<String, Value>>,
    /// The workspace it belongs to.
    pub workspace_id: Uuid,
    /// Time of the last change to it or to a response in it.
    pub last_activity_at: Time,
    /// Time of creation.
    pub inserted_at: Time,
    /// Time of the last change.
    pub updated_at: Time,
}

/// Rule by which records are completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Distribution {
    /// Always `overlap`.
    #[schema(value_type = shapes::Strategy, required = false)]
    pub strategy: String,
    /// Submitted responses that complete a record.
    #[schema(minimum = 1)]
    pub min_submitted: u32,
}

impl Distribution {
    /// A record is completed by `min_submitted` submitted responses.
    pub fn overlap(min_submitted: u32) -> Self {
        Self {
            strategy: "overlap".to_owned(),
            min_submitted,
        }
    }
}

/// A field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Field {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Requires it of every record.
    pub required: bool,
    /// Its kind.
    #[schema(value_type = shapes::FieldSettings)]
    pub settings: FieldSettings,
    /// The dataset it belongs to.
    pub dataset_id: Uuid,
    /// Time of creation.
    pub inserted_at: Time,
    /// Time of the last change.
    pub updated_at: Time,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Question {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// A short explanation.
    pub description: Option<String>,
    /// Requires an answer in every submitted response.
    pub required: bool,
    /// Its kind.
    #[schema(value_type = shapes::QuestionSettings)]
    pub settings: QuestionSettings,
    /// The dataset it belongs to.
    pub dataset_id: Uuid,
    /// Time of creation.
    pub inserted_at: Time,
    /// Time of the last change.
    pub updated_at: Time,
}

/// A metadata property.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MetadataProperty {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its kind.
    #[schema(value_type = shapes::MetadataSettings)]
    pub settings: MetadataSettings,
    /// Shows it to annotators.
    pub visible_for_annotators: bool,
    /// The dataset it belongs to.
    pub dataset_id: Uuid,
    /// Time of creation.
    pub inserted_at: Time,
    /// Time of the last change.
    pub updated_at: Time,
}

/// A kind of vector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VectorSettings {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Number of dimensions of its vectors.
    pub dimensions: u32,
    /// The dataset it belongs to.
    pub dataset_id: Uuid,
    /// Time of creation.
    pub inserted_at: Time,
    /// Time of the last change.
    pub updated_at: Time,
}

/// A record. `responses`, `suggestions` and `vectors` are absent where they were not asked for: the SDK cannot read
/// `null` there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Record {
    /// The server's id.
    pub id: Uuid,
    /// Its status.
    #[schema(value_type = shapes::RecordStatus)]
    pub status: RecordStatus,
    /// Field name → value.
    pub fields: Map<String, Value>,
    /// Metadata.
    pub metadata: Option<Map<String, Value>>,
    /// The caller's id.
    pub external_id: Option<String>,
    /// Responses of users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responses: Option<Vec<Response>>,
    /// Suggestions of models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestions: Option<Vec<Suggestion>>,
    /// Vector name → numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vectors: Option<Map<String, Value>>,
    /// The dataset it belongs to.
    pub dataset_id: Uuid,
    /// Time of creation.
    pub inserted_at: Time,
    /// Time of the last change.
    pub updated_at: Time,
}

/// The response of one user. `values` is never written as `null`, which the SDK cannot read; Argilla itself writes that for
/// discarded responses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Response {
    /// Its id.
    pub id: Uuid,
    /// Question name → `{"value"}`.
    #[serde(default, deserialize_with = "null_is_none")]
    #[schema(value_type = HashMap<String, Wrapped>)]
    pub values: Map<String, Value>,
    /// Its status.
    #[schema(value_type = shapes::ResponseStatus)]
    pub status: ResponseStatus,
    /// The record it answers.
    pub record_id: Uuid,
    /// The user who answered.
    pub user_id: Uuid,
    /// Time of creation.
    pub inserted_at: Time,
    /// Time of the last change.
    pub updated_at: Time,
}

fn null_is_none<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Map<String, Value>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl Response {
    /// Question name → value, without the wrapping `{"value"}`.
    pub fn unwrapped(&self) -> Map<String, Value> {
        let value = |value: &Value| value.get("value").cloned().unwrap_or_default();
        self.values
            .iter()
            .map(|(name, wrapped)| (name.clone(), value(wrapped)))
            .collect()
    }
}

/// A value in a response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Wrapped {
    /// The value.
    pub value: Value,
}

/// An answer that is proposed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Suggestion {
    /// The question it answers.
    pub question_id: Uuid,
    /// `model` or `human`.
    #[serde(rename = "type")]
    #[schema(value_type = Option<shapes::SuggestionKind>)]
    pub kind: Option<String>,
    /// The answer.
    pub value: Value,
    /// Name of the model or person that proposes it.
    pub agent: Option<String>,
    /// Confidence: a number from 0 to 1, or one for each of a list of answers.
    #[schema(value_type = Option<shapes::Score>)]
    pub score: Option<Value>,
    /// Its id.
    pub id: Uuid,
    /// Time of creation.
    pub inserted_at: Time,
    /// Time of the last change.
    pub updated_at: Time,
}

/// A record that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Found {
    /// The record.
    pub record: Record,
    /// Score of the search; `null` where records are sorted otherwise.
    pub query_score: Option<f64>,
}

/// The records that were written, in the order in which they were sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Written {
    /// The records.
    pub items: Vec<Record>,
    /// Ids of records that were there before, for the SDK's log line; absent where all are new by definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_item_ids: Option<Vec<Uuid>>,
}

/// Progress of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Progress {
    /// All records.
    pub total: u64,
    /// Completed records.
    pub completed: u64,
    /// The others.
    pub pending: u64,
    /// Everybody who ever responded.
    pub users: Vec<Username>,
}

/// A user's name alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Username {
    /// The name they log in with.
    pub username: String,
}

/// Progress of every user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UsersProgress {
    /// Everybody who ever responded.
    pub users: Vec<UserProgress>,
}

/// A user's responses, by the status of their records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserProgress {
    /// The name they log in with.
    pub username: String,
    /// Responses to completed records.
    pub completed: ResponseCounts,
    /// Responses to other records.
    pub pending: ResponseCounts,
}

/// Responses by status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct ResponseCounts {
    /// Submitted responses.
    pub submitted: u64,
    /// Responses that say that the record is bad.
    pub discarded: u64,
    /// Responses that are not finished.
    pub draft: u64,
}

/// The caller's own part of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MyMetrics {
    /// The counts.
    pub responses: MyResponses,
}

/// Records by what the caller has done with them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MyResponses {
    /// All that concern the caller.
    pub total: u64,
    /// Answered.
    pub submitted: u64,
    /// Found bad.
    pub discarded: u64,
    /// Begun.
    pub draft: u64,
    /// Neither answered by the caller nor completed by others.
    pub pending: u64,
}

/// Values of a metadata property in a dataset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum PropertyMetrics {
    /// Terms, the most frequent first.
    Terms {
        /// `terms`.
        #[serde(rename = "type")]
        kind: String,
        /// Number of values.
        total: u64,
        /// The terms.
        values: Vec<TermCount>,
    },
    /// Numbers.
    Range {
        /// The smallest.
        #[schema(required = true)]
        min: Option<Value>,
        /// The largest.
        #[schema(required = true)]
        max: Option<Value>,
        /// `integer` or `float`.
        #[serde(rename = "type")]
        kind: String,
    },
}

/// A term and how often it is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TermCount {
    /// The term.
    pub term: Value,
    /// Number of records that have it.
    pub count: u64,
}

/// Agents that made suggestions for a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SuggestionOptions {
    /// The question.
    pub question: QuestionName,
    /// The agents.
    pub agents: Vec<String>,
}

/// A question's id and name alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QuestionName {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// Result of storing one of several responses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BulkResponse {
    /// The response, where it was stored.
    pub item: Option<Response>,
    /// The reason why it was not.
    pub error: Option<Detail>,
}

/// A sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Detail {
    /// The sentence.
    pub detail: String,
}

/// A webhook.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Webhook {
    /// Its id.
    pub id: Uuid,
    /// Address that events are sent to.
    pub url: String,
    /// Key that events are signed with, in base 64.
    pub secret: String,
    /// Events that are sent.
    #[schema(value_type = Vec<shapes::Event>)]
    pub events: Vec<String>,
    /// Switches sending on.
    pub enabled: bool,
    /// A short explanation.
    pub description: Option<String>,
    /// Time of creation.
    pub inserted_at: Time,
    /// Time of the last change.
    pub updated_at: Time,
}

/// A bearer token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Token {
    /// The token.
    pub access_token: String,
    /// `bearer`.
    pub token_type: String,
}

// Secrets are in no debug output.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            id, username, role, ..
        } = self;
        f.debug_struct("User")
            .field("id", id)
            .field("username", username)
            .field("role", role)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("id", &self.id)
            .field("enabled", &self.enabled)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").finish_non_exhaustive()
    }
}
