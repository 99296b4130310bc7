//! Bodies of Argilla's API as commands to the store.

use crate::store::{
    Bound, Direction, Filter, ItemResponse, NewSuggestion, RecordChange, RecordItem,
    RecordProperty, Scope, Search, Sort, SuggestionKind, SuggestionPart, TextQuery, VectorQuery,
    VectorReference,
};
use examen_argilla::{Time, bodies};
use serde_json::Value;

/// Records to write.
pub(in crate::server::argilla) fn records(records: bodies::BulkRecords) -> Vec<RecordItem> {
    records.items.into_iter().map(record).collect()
}

fn record(item: bodies::BulkItem) -> RecordItem {
    RecordItem {
        id: item.id,
        external_id: item.external_id,
        fields: item.fields,
        metadata: item.metadata,
        suggestions: item.suggestions.into_iter().map(suggestion).collect(),
        responses: item.responses.into_iter().map(response).collect(),
        vectors: item.vectors,
    }
}

fn response(response: bodies::NewResponse) -> ItemResponse {
    let bodies::ResponseBody { status, values } = response.response;
    ItemResponse {
        user_id: response.user_id,
        status,
        values,
    }
}

/// A suggestion to write.
pub(in crate::server::argilla) fn suggestion(suggestion: bodies::NewSuggestion) -> NewSuggestion {
    NewSuggestion {
        question_id: suggestion.question_id,
        value: suggestion.value,
        agent: suggestion.agent,
        score: suggestion.score,
        kind: suggestion.kind.map(|kind| match kind {
            bodies::SuggestionKind::Model => SuggestionKind::Model,
            bodies::SuggestionKind::Human => SuggestionKind::Human,
        }),
    }
}

/// A change of a record.
pub(in crate::server::argilla) fn change(change: bodies::RecordChange) -> RecordChange {
    let suggestions = change.suggestions;
    RecordChange {
        fields: change.fields,
        metadata: change.metadata,
        suggestions: suggestions.map(|all| all.into_iter().map(suggestion).collect()),
        vectors: change.vectors,
    }
}

/// A search.
pub(in crate::server::argilla) fn search(search: bodies::Search) -> Search {
    Search {
        text: search.text.map(|text| TextQuery {
            words: text.q,
            field: text.field,
        }),
        vector: search.vector.map(vector),
        filters: search.filters.into_iter().map(filter).collect(),
        sort: search.sort.into_iter().map(sort).collect(),
    }
}

fn vector(vector: bodies::VectorQuery) -> VectorQuery {
    VectorQuery {
        name: vector.name,
        reference: match vector.reference {
            bodies::VectorReference::Record(id) => VectorReference::Record(id),
            bodies::VectorReference::Value(numbers) => VectorReference::Numbers(numbers),
        },
        most_similar: vector.most_similar,
    }
}

fn filter(filter: bodies::Filter) -> Filter {
    match filter {
        bodies::Filter::Terms { scope: of, values } => {
            let scope = scope(of);
            let is_time = matches!(scope, Scope::Record(property) if property.is_time());
            let terms = if is_time {
                values.into_iter().map(in_rfc_3339).collect()
            } else {
                values
            };
            Filter::Terms { scope, terms }
        }
        bodies::Filter::Range { scope: of, ge, le } => Filter::Range {
            scope: scope(of),
            from: ge.as_ref().map(bound),
            to: le.as_ref().map(bound),
        },
    }
}

/// Times come with or without a zone. A text that is no time stays.
fn in_rfc_3339(text: String) -> String {
    match text.parse::<Time>() {
        Ok(Time(time)) => time.to_string(),
        Err(_) => text,
    }
}

fn bound(value: &Value) -> Bound {
    let time = value.as_str().and_then(|text| text.parse::<Time>().ok());
    match (value.as_f64(), time) {
        (Some(number), _) => Bound::Number(number),
        (None, Some(Time(time))) => Bound::Time(time),
        (None, None) => Bound::Incomparable,
    }
}

fn scope(scope: bodies::Scope) -> Scope {
    match scope {
        bodies::Scope::Record(property) => Scope::Record(self::property(property)),
        bodies::Scope::Metadata(name) => Scope::Metadata(name),
        bodies::Scope::Suggestion { question, part } => Scope::Suggestion {
            question,
            part: match part {
                bodies::SuggestionPart::Value => SuggestionPart::Value,
                bodies::SuggestionPart::Score => SuggestionPart::Score,
                bodies::SuggestionPart::Agent => SuggestionPart::Agent,
                bodies::SuggestionPart::Kind => SuggestionPart::Kind,
            },
        },
        bodies::Scope::Response { question } => Scope::Response { question },
        bodies::Scope::ResponseStatus => Scope::ResponseStatus,
    }
}

fn property(name: &str) -> RecordProperty {
    match name {
        "id" => RecordProperty::Id,
        "external_id" => RecordProperty::ExternalId,
        "status" => RecordProperty::Status,
        "inserted_at" => RecordProperty::InsertedAt,
        "updated_at" => RecordProperty::UpdatedAt,
        other => unreachable!("the reader of searches lets no property `{other}` through"),
    }
}

fn sort(sort: bodies::Sort) -> Sort {
    Sort {
        scope: scope(sort.scope),
        direction: match sort.order {
            bodies::Order::Ascending => Direction::Ascending,
            bodies::Order::Descending => Direction::Descending,
        },
    }
}
