//! Searching records.

use super::records::numbers;
use crate::{
    schema::{Reader, any, any_text, list, tag, text, unknown_tag, uuid, word},
    shapes::{self, tagged, words, written},
};
use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};
use uuid::Uuid;

/// `POST /datasets/{id}/records/search`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Search {
    /// Words to look for.
    pub text: Option<TextQuery>,
    /// A vector to compare with.
    pub vector: Option<VectorQuery>,
    /// Filters, all of which must hold.
    pub filters: Vec<Filter>,
    /// The order, most important first; none is the order of insertion, or of the score.
    pub sort: Vec<Sort>,
}

/// Words to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextQuery {
    /// The words, in the grammar of Elasticsearch's simple query string.
    pub q: String,
    /// The field to look in; all where there is none.
    pub field: Option<String>,
}

/// A vector to compare with.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorQuery {
    /// Name of the vectors of the records.
    pub name: String,
    /// Vector to compare with.
    pub reference: VectorReference,
    /// Puts the most similar first; else the least similar.
    pub most_similar: bool,
}

/// A vector to compare with.
#[derive(Debug, Clone, PartialEq)]
pub enum VectorReference {
    /// The vector of a record.
    Record(Uuid),
    /// These numbers.
    Value(Vec<f64>),
}

/// A condition on records.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// The value is one of these.
    Terms {
        /// The value.
        scope: Scope,
        /// The values, as texts.
        values: Vec<String>,
    },
    /// The value lies between these, either of which may be missing, not both.
    Range {
        /// The value.
        scope: Scope,
        /// A number, or the text of a time.
        ge: Option<Value>,
        /// A number, or the text of a time.
        le: Option<Value>,
    },
}

/// A value of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// `id`, `external_id`, `status`, `inserted_at` or `updated_at`.
    Record(&'static str),
    /// A metadata property, by name.
    Metadata(String),
    /// Something of the suggestion for a question, by name.
    Suggestion {
        /// The question.
        question: String,
        /// The part of the suggestion.
        part: SuggestionPart,
    },
    /// The responses' answers to a question, by name.
    Response {
        /// The question.
        question: String,
    },
    /// The responses' status.
    ResponseStatus,
}

/// Something of a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuggestionPart {
    /// The answer.
    Value,
    /// The agent's confidence.
    Score,
    /// The agent.
    Agent,
    /// `model` or `human`.
    Kind,
}

/// A key to sort by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// The value.
    pub scope: Scope,
    /// The direction.
    pub order: Order,
}

/// A direction to sort in. Records without a value come last in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

impl PartialSchema for Search {
    fn schema() -> RefOr<Schema> {
        let nullable = |shape: Value| json!({"oneOf": [{"type": "null"}, shape]});
        let query = json!({"type": "object", "properties": {
            "text": nullable(text_shape()),
            "vector": nullable(vector_shape()),
        }});
        let filters = tagged(
            "type",
            "and",
            json!({"and": shapes::list(filter_shape(), 1, 50)}),
            &["and"],
        );
        let mut sort = shapes::list(sort_shape(), 1, 10);
        sort["type"] = json!(["array", "null"]);
        written(json!({"type": "object", "properties": {
            "query": nullable(query),
            "filters": nullable(filters),
            "sort": sort,
        }}))
    }
}

impl ToSchema for Search {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Scope::name().into_owned(), Scope::schema()));
    }
}

impl PartialSchema for Scope {
    fn schema() -> RefOr<Schema> {
        written(scope_shape())
    }
}

impl ToSchema for Scope {}

/// A scope, by its name in the document.
fn scope_reference() -> Value {
    json!({"$ref": format!("#/components/schemas/{}", Scope::name())})
}

fn text_shape() -> Value {
    let properties = json!({"q": shapes::text(1, 10_000), "field": {"type": ["string", "null"]}});
    json!({"type": "object", "properties": properties, "required": ["q"]})
}

fn vector_shape() -> Value {
    let properties = |reference: &str, shape: Value| {
        let order = words(&["most_similar", "least_similar"]);
        let properties = json!({"name": shapes::text(1, 200), "order": order, reference: shape});
        json!({"type": "object", "properties": properties, "required": ["name", reference]})
    };
    let numbers = shapes::list(json!({"type": "number"}), 1, 65_536);
    let id = json!({"type": "string", "format": "uuid"});
    json!({"oneOf": [properties("value", numbers), properties("record_id", id)]})
}

fn filter_shape() -> Value {
    let terms = shapes::list(json!({"type": ["string", "number", "boolean"]}), 1, 250);
    let bound = json!({"type": ["number", "string", "null"]});
    json!({"oneOf": [
        tagged("type", "terms", json!({"scope": scope_reference(), "values": terms}), &["scope", "values"]),
        tagged("type", "range", json!({"scope": scope_reference(), "ge": bound, "le": bound}), &["scope"]),
    ]})
}

fn sort_shape() -> Value {
    let properties = json!({"scope": scope_reference(), "order": words(&["asc", "desc"])});
    json!({"type": "object", "properties": properties, "required": ["scope", "order"]})
}

fn scope_shape() -> Value {
    let name = shapes::text(1, 200);
    let entity = |entity, properties, required| tagged("entity", entity, properties, required);
    let part = words(&["value", "score", "agent", "type"]);
    json!({"oneOf": [
        entity("record", json!({"property": words(PROPERTIES)}), &["property"]),
        entity("metadata", json!({"metadata_property": name}), &["metadata_property"]),
        entity("suggestion", json!({"question": name, "property": part}), &["question"]),
        entity("response", json!({"question": name}), &["question"]),
        entity("response", json!({"property": words(&["status"])}), &["property"]),
    ]})
}

const PROPERTIES: &[&str] = &["id", "external_id", "inserted_at", "updated_at", "status"];

impl Search {
    /// Reads a body.
    pub fn read(reader: &mut Reader, body: Value) -> Option<Self> {
        let mut keys = reader.object(body)?;
        let query = keys.optional("query", query);
        let filters = keys.optional("filters", |reader, value| {
            reader.object(value)?.required("and", list(1..=50, filter))
        });
        let sort = keys.optional("sort", list(1..=10, sort));
        let (text, vector) = query?.unwrap_or_default();
        Some(Self {
            text,
            vector,
            filters: filters?.unwrap_or_default(),
            sort: sort?.unwrap_or_default(),
        })
    }
}

fn query(reader: &mut Reader, value: Value) -> Option<(Option<TextQuery>, Option<VectorQuery>)> {
    let mut keys = reader.object(value)?;
    let text = keys.optional("text", text_query);
    let vector = keys.optional("vector", vector_query);
    Some((text?, vector?))
}

fn text_query(reader: &mut Reader, value: Value) -> Option<TextQuery> {
    let mut keys = reader.object(value)?;
    let q = keys.required("q", text(1..=10_000));
    let field = keys.optional("field", any_text);
    Some(TextQuery {
        q: q?,
        field: field?,
    })
}

fn vector_query(reader: &mut Reader, value: Value) -> Option<VectorQuery> {
    let mut keys = reader.object(value)?;
    let name = keys.required("name", text(1..=200));
    let record = keys.optional("record_id", uuid);
    let value = keys.optional("value", numbers);
    let order = keys.or("order", 0, word(&["most_similar", "least_similar"]));
    let reference = match (record?, value?) {
        (Some(record), None) => VectorReference::Record(record),
        (None, Some(value)) => VectorReference::Value(value),
        (None, None) => {
            return keys
                .reader()
                .refuse_value("Either 'record_id' or 'value' must be provided");
        }
        (Some(_), Some(_)) => {
            return keys
                .reader()
                .refuse_value("Only one of 'record_id' and 'value' can be provided");
        }
    };
    Some(VectorQuery {
        name: name?,
        reference,
        most_similar: order? == 0,
    })
}

fn filter(reader: &mut Reader, value: Value) -> Option<Filter> {
    match tag(reader, &value, "type", "'terms', 'range'")?.as_str() {
        "terms" => reader.within("terms", |reader| terms(reader, value)),
        "range" => reader.within("range", |reader| range(reader, value)),
        other => unknown_tag(reader, other, "type", "'terms', 'range'"),
    }
}

fn terms(reader: &mut Reader, value: Value) -> Option<Filter> {
    let mut keys = reader.object(value)?;
    let scope = keys.required("scope", scope);
    let values = keys.required("values", list(1..=250, term));
    Some(Filter::Terms {
        scope: scope?,
        values: values?,
    })
}

/// Numbers and truth values are compared as texts.
fn term(reader: &mut Reader, value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => reader.refuse("string_type", "Input should be a valid string"),
    }
}

fn range(reader: &mut Reader, value: Value) -> Option<Filter> {
    let mut keys = reader.object(value)?;
    let scope = keys.required("scope", scope);
    let ge = keys.optional("ge", bound);
    let le = keys.optional("le", bound);
    let (ge, le) = (ge?, le?);
    match (&ge, &le) {
        (None, None) => {
            return keys
                .reader()
                .refuse_value("At least one of 'ge' or 'le' must be provided");
        }
        (Some(ge), Some(le)) if is_above(ge, le) => {
            return keys
                .reader()
                .refuse_value("'ge' must have a value less than or equal to 'le'");
        }
        _ => {}
    }
    Some(Filter::Range {
        scope: scope?,
        ge,
        le,
    })
}

fn bound(reader: &mut Reader, value: Value) -> Option<Value> {
    match value {
        Value::Number(_) | Value::String(_) => any(reader, value),
        _ => reader.refuse("float_type", "Input should be a valid number"),
    }
}

fn is_above(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one > other,
        _ => one.as_f64() > other.as_f64(),
    }
}

fn scope(reader: &mut Reader, value: Value) -> Option<Scope> {
    const EXPECTED: &str = "'record', 'response', 'suggestion', 'metadata'";
    let entity = tag(reader, &value, "entity", EXPECTED)?;
    reader.within(entity.as_str(), |reader| {
        let mut keys = reader.object(value)?;
        match entity.as_str() {
            "record" => Some(Scope::Record(
                PROPERTIES[keys.required("property", word(PROPERTIES))?],
            )),
            "metadata" => Some(Scope::Metadata(
                keys.required("metadata_property", text(1..=200))?,
            )),
            "suggestion" => {
                let question = keys.required("question", text(1..=200));
                let part = keys.optional("property", word(&["value", "score", "agent", "type"]));
                let parts = [
                    SuggestionPart::Value,
                    SuggestionPart::Score,
                    SuggestionPart::Agent,
                    SuggestionPart::Kind,
                ];
                Some(Scope::Suggestion {
                    question: question?,
                    part: parts[part?.unwrap_or(0)],
                })
            }
            "response" => {
                let question = keys.optional("question", text(1..=200));
                let status = keys.optional("property", word(&["status"]));
                match (question?, status?) {
                    (Some(question), None) => Some(Scope::Response { question }),
                    (None, Some(_)) => Some(Scope::ResponseStatus),
                    (Some(_), Some(_)) => keys
                        .reader()
                        .refuse_value("Only one of 'question' and 'property' can be provided"),
                    (None, None) => keys
                        .reader()
                        .refuse_value("Either 'question' or 'property' must be provided"),
                }
            }
            other => unknown_tag(keys.reader(), other, "entity", EXPECTED),
        }
    })
}

fn sort(reader: &mut Reader, value: Value) -> Option<Sort> {
    let mut keys = reader.object(value)?;
    let scope = keys.required("scope", scope);
    let order = keys.required("order", word(&["asc", "desc"]));
    let order = if order? == 0 {
        Order::Ascending
    } else {
        Order::Descending
    };
    Some(Sort {
        scope: scope?,
        order,
    })
}
