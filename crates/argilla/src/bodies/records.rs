//! Records, suggestions and responses.

use crate::{
    answers::Wrapped,
    schema::{Reader, any, any_text, list, map, text, uuid, word},
    shapes,
};
use examen_core::annotation::ResponseStatus;
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};
use std::collections::HashSet;
use utoipa::ToSchema;
use uuid::Uuid;

/// Most records of one request.
const MAX_RECORDS: usize = 500;
/// Most responses of one request.
const MAX_RESPONSES: usize = 100;

/// `POST` and `PUT /datasets/{id}/records/bulk`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BulkRecords {
    /// 1 to 500 records.
    #[schema(min_items = 1, max_items = 500)]
    pub items: Vec<BulkItem>,
}

/// A record to write.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct BulkItem {
    /// The server's id of a record that is there.
    pub id: Option<Uuid>,
    /// The caller's id.
    #[schema(min_length = 1, max_length = 500)]
    pub external_id: Option<String>,
    /// Field name → value; left out or `null`, those of a record that is there stay.
    pub fields: Option<Map<String, Value>>,
    /// Metadata: `None` leaves it as it is, `Some(None)` removes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Map<String, Value>>)]
    pub metadata: Option<Option<Map<String, Value>>>,
    /// Suggestions, one a question.
    #[schema(value_type = Option<Vec<NewSuggestion>>, max_items = 1000)]
    pub suggestions: Vec<NewSuggestion>,
    /// Responses, one a user.
    #[schema(value_type = Option<Vec<NewResponse>>, max_items = 10000)]
    pub responses: Vec<NewResponse>,
    /// Vector name → numbers.
    #[serde(serialize_with = "as_object")]
    #[schema(value_type = Option<HashMap<String, Vec<f64>>>)]
    pub vectors: Vec<(String, Vec<f64>)>,
}

/// A suggestion to write.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NewSuggestion {
    /// The question it answers.
    pub question_id: Uuid,
    /// The answer.
    pub value: Value,
    /// Name of the model or person that proposes it.
    #[schema(min_length = 1, max_length = 200, pattern = "[a-zA-Z0-9]")]
    pub agent: Option<String>,
    /// Confidence: a number from 0 to 1, or one for each of a list of answers.
    #[schema(value_type = Option<shapes::Score>)]
    pub score: Option<Value>,
    /// `model` or `human`.
    #[serde(rename = "type")]
    #[schema(value_type = Option<shapes::SuggestionKind>)]
    pub kind: Option<SuggestionKind>,
}

/// Source of a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
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

/// A response of some user, to write with its record.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct NewResponse {
    /// The user who answers.
    pub user_id: Uuid,
    /// The response.
    #[serde(flatten)]
    pub response: ResponseBody,
}

/// `POST /records/{id}/responses` and `PUT /responses/{id}`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ResponseBody {
    /// Its status.
    #[schema(value_type = shapes::ResponseStatus)]
    pub status: ResponseStatus,
    /// Question name → value, without the wrapping `{"value"}`; `None` where there are none.
    #[serde(serialize_with = "wrapped")]
    #[schema(value_type = Option<HashMap<String, Wrapped>>)]
    pub values: Option<Map<String, Value>>,
}

/// `POST /me/responses/bulk`.
#[derive(Debug, Clone, PartialEq, ToSchema)]
pub struct BulkResponses {
    /// 1 to 100 responses.
    #[schema(min_items = 1, max_items = 100)]
    pub items: Vec<RespondTo>,
}

/// A response of the caller.
#[derive(Debug, Clone, PartialEq, ToSchema)]
pub struct RespondTo {
    /// The record it answers.
    pub record_id: Uuid,
    /// The response.
    #[serde(flatten)]
    pub response: ResponseBody,
}

/// `PATCH /records/{id}`: what is not given stays.
#[derive(Debug, Clone, PartialEq, ToSchema)]
pub struct RecordChange {
    /// Field name → value.
    pub fields: Option<Map<String, Value>>,
    /// Metadata.
    #[schema(value_type = Option<Map<String, Value>>)]
    pub metadata: Option<Option<Map<String, Value>>>,
    /// All suggestions; they replace those that are there.
    #[schema(max_items = 1000)]
    pub suggestions: Option<Vec<NewSuggestion>>,
    /// Vector name → numbers; others stay.
    #[schema(value_type = Option<HashMap<String, Vec<f64>>>)]
    pub vectors: Vec<(String, Vec<f64>)>,
}

impl BulkRecords {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let items = reader.object(body)?.required("items", |reader, value| {
            let items = list(1..=MAX_RECORDS, BulkItem::read)(reader, value)?;
            let mut seen = HashSet::new();
            if !items
                .iter()
                .filter_map(|item| item.external_id.as_ref())
                .all(|id| seen.insert(id))
            {
                return reader.refuse_value("External IDs must be unique");
            }
            Some(items)
        })?;
        Some(Self { items })
    }
}

impl BulkItem {
    fn read(reader: &mut Reader, value: Value) -> Option<Self> {
        let mut keys = reader.object(value)?;
        let id = keys.optional("id", uuid);
        let external_id = keys.optional("external_id", text(1..=500));
        let fields = keys.optional("fields", map);
        let metadata = keys.change("metadata", map);
        let suggestions = keys.optional("suggestions", suggestions);
        let responses = keys.optional("responses", responses);
        let vectors = keys.optional("vectors", vectors);
        Some(Self {
            id: id?,
            external_id: external_id?,
            fields: fields?,
            metadata: metadata?,
            suggestions: suggestions?.unwrap_or_default(),
            responses: responses?.unwrap_or_default(),
            vectors: vectors?.unwrap_or_default(),
        })
    }
}

impl RecordChange {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        let fields = keys.optional("fields", map);
        let metadata = keys.change("metadata", map);
        let suggestions = keys.optional("suggestions", suggestions);
        let vectors = keys.optional("vectors", vectors);
        Some(Self {
            fields: fields?,
            metadata: metadata?,
            suggestions: suggestions?,
            vectors: vectors?.unwrap_or_default(),
        })
    }
}

impl NewSuggestion {
    /// Reads a body: `PUT /records/{id}/suggestions`. The `id` that the SDK sends is the same for all suggestions of a
    /// process, and is ignored.
    pub fn read(reader: &mut Reader, value: Value) -> Option<Self> {
        let mut keys = reader.object(value)?;
        let question_id = keys.required("question_id", uuid);
        let kind = keys.optional("type", word(&["model", "human"]));
        let value = keys.required("value", any);
        let agent = keys.optional("agent", agent);
        let score = keys.optional("score", score);
        Some(Self {
            question_id: question_id?,
            value: value?,
            agent: agent?,
            score: score?,
            kind: kind?.map(|index| {
                if index == 0 {
                    SuggestionKind::Model
                } else {
                    SuggestionKind::Human
                }
            }),
        })
    }
}

impl ResponseBody {
    /// Reads a body.
    pub fn read(reader: &mut Reader, value: Value) -> Option<Self> {
        let mut keys = reader.object(value)?;
        let values = keys.optional("values", values);
        let status = keys.required("status", status);
        Some(Self {
            status: status?,
            values: values?,
        })
    }
}

impl BulkResponses {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        Some(Self {
            items: reader
                .object(body)?
                .required("items", list(1..=MAX_RESPONSES, RespondTo::read))?,
        })
    }
}

impl RespondTo {
    fn read(reader: &mut Reader, value: Value) -> Option<Self> {
        let mut keys = reader.object(value)?;
        let values = keys.optional("values", values);
        let status = keys.required("status", status);
        let record_id = keys.required("record_id", uuid);
        Some(Self {
            record_id: record_id?,
            response: ResponseBody {
                status: status?,
                values: values?,
            },
        })
    }
}

/// Pairs as an object.
fn as_object<S: Serializer>(
    pairs: &[(String, Vec<f64>)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(name, numbers)| (name, numbers)))
}

/// Each value as `{"value"}`.
fn wrapped<S: Serializer>(
    values: &Option<Map<String, Value>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let Some(values) = values else {
        return serializer.serialize_none();
    };
    let mut object = serializer.serialize_map(Some(values.len()))?;
    for (name, value) in values {
        object.serialize_entry(name, &serde_json::json!({ "value": value }))?;
    }
    object.end()
}

fn suggestions(reader: &mut Reader, value: Value) -> Option<Vec<NewSuggestion>> {
    const MAX: usize = 1_000;
    let suggestions = list(0..=MAX, NewSuggestion::read)(reader, value)?;
    let mut seen = HashSet::new();
    if !suggestions
        .iter()
        .all(|suggestion| seen.insert(suggestion.question_id))
    {
        return reader.refuse_value("found duplicate suggestions question IDs");
    }
    Some(suggestions)
}

fn responses(reader: &mut Reader, value: Value) -> Option<Vec<NewResponse>> {
    const MAX: usize = 10_000;
    let responses = list(0..=MAX, |reader, value| {
        let mut keys = reader.object(value)?;
        let values = keys.optional("values", values);
        let status = keys.required("status", status);
        let user_id = keys.required("user_id", uuid);
        Some(NewResponse {
            user_id: user_id?,
            response: ResponseBody {
                status: status?,
                values: values?,
            },
        })
    })(reader, value)?;
    let mut seen = HashSet::new();
    if !responses
        .iter()
        .all(|response| seen.insert(response.user_id))
    {
        return reader.refuse_value("Responses contains several responses for the same user");
    }
    Some(responses)
}

fn vectors(reader: &mut Reader, value: Value) -> Option<Vec<(String, Vec<f64>)>> {
    let named: Vec<Option<(String, Vec<f64>)>> = map(reader, value)?
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| {
            let numbers = reader.within(name.as_str(), |reader| numbers(reader, value))?;
            Some((name, numbers))
        })
        .collect();
    named.into_iter().collect()
}

/// A list of finite numbers.
pub(super) fn numbers(reader: &mut Reader, value: Value) -> Option<Vec<f64>> {
    list(1..=65_536, crate::schema::number)(reader, value)
}

/// `{"question": {"value": …}}` as question → value.
fn values(reader: &mut Reader, value: Value) -> Option<Map<String, Value>> {
    let pairs: Vec<Option<(String, Value)>> = map(reader, value)?
        .into_iter()
        .map(|(name, value)| {
            let value = reader.within(name.as_str(), |reader| {
                reader.object(value)?.required("value", any)
            })?;
            Some((name, value))
        })
        .collect();
    pairs.into_iter().collect()
}

fn status(reader: &mut Reader, value: Value) -> Option<ResponseStatus> {
    let known = [
        ResponseStatus::Draft,
        ResponseStatus::Submitted,
        ResponseStatus::Discarded,
    ];
    word(&["draft", "submitted", "discarded"])(reader, value).map(|index| known[index])
}

fn agent(reader: &mut Reader, value: Value) -> Option<String> {
    let agent = any_text(reader, value)?;
    let agent = text(1..=200)(reader, Value::from(agent))?;
    let is_allowed =
        |c: char| c.is_ascii_alphanumeric() || "-_:./".contains(c) || c.is_whitespace();
    if agent.chars().all(is_allowed) && agent.chars().any(|c| c.is_ascii_alphanumeric()) {
        return Some(agent);
    }
    const PATTERN: &str = r"^[a-zA-Z0-9-_:\.\/\s]*[a-zA-Z0-9][a-zA-Z0-9-_:\.\/\s]*$";
    reader.refuse(
        "string_pattern_mismatch",
        format!("String should match pattern '{PATTERN}'"),
    )
}

/// A number from 0 to 1, or a list of them.
fn score(reader: &mut Reader, value: Value) -> Option<Value> {
    let numbers = match &value {
        Value::Array(items) => items.iter().map(Value::as_f64).collect::<Option<Vec<_>>>(),
        other => other.as_f64().map(|number| vec![number]),
    };
    match numbers {
        None => reader.refuse("float_type", "Input should be a valid number"),
        Some(numbers) if !numbers.iter().all(|number| (0.0..=1.0).contains(number)) => {
            reader.refuse_value("score must be between 0 and 1")
        }
        Some(numbers) if value.is_array() => Some(numbers.into_iter().collect()),
        Some(numbers) => numbers.first().copied().map(Value::from),
    }
}
