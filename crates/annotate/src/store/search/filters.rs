//! Filters and sort keys as SQL over `records r`.

use super::request::{Bound, Direction, Filter, RecordProperty, Scope, Sort, SuggestionPart};
use crate::{
    Refusal,
    store::{
        database::{Dialect, Query},
        datasets::Schema,
    },
};
use examen_core::annotation::{MetadataSettings, Question, questions::Comparison};
use jiff::Timestamp;
use uuid::Uuid;

/// A filter's or a sort key's value, found in the schema.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::store) enum Target {
    /// A column of the record.
    Record(RecordProperty),
    /// A text column of the suggestion for a question.
    SuggestionText(Uuid, &'static str),
    /// The responses' status.
    ResponseStatus,
    /// A value in JSON.
    Json(Json),
    /// Something that no record has: answers that are texts, rankings or spans cannot be looked for.
    Nothing,
}

/// A value in JSON, or a list of them, and whether they are numbers.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::store) struct Json {
    source: Source,
    is_number: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Source {
    /// A key of the metadata.
    Metadata(String),
    /// A column of the suggestion for a question.
    Suggestion(Uuid, &'static str),
    /// The responses' answer to a question.
    Response(String),
}

/// Finds what a scope names.
pub(in crate::store) fn target(schema: &Schema, scope: &Scope) -> Result<Target, Refusal> {
    let unknown = |what, name: &str| Refusal::UnknownName {
        what,
        name: name.to_owned(),
        dataset: schema.dataset.id,
    };
    let question = |name: &str| {
        schema
            .question_named(name)
            .ok_or_else(|| unknown("Question", name))
    };
    let json = |source, is_number| Target::Json(Json { source, is_number });
    Ok(match scope {
        Scope::Record(property) => Target::Record(*property),
        Scope::Metadata(name) => match schema.property_named(name) {
            Some(property) => {
                let is_number = !matches!(property.value.settings, MetadataSettings::Terms { .. });
                json(Source::Metadata(name.clone()), is_number)
            }
            None => return Err(unknown("MetadataProperty", name)),
        },
        Scope::Suggestion {
            question: name,
            part,
        } => {
            let question = question(name)?;
            match part {
                SuggestionPart::Value if !is_filterable(&question.value) => Target::Nothing,
                SuggestionPart::Value => json(
                    Source::Suggestion(question.id, "value"),
                    is_number(&question.value),
                ),
                SuggestionPart::Score => json(Source::Suggestion(question.id, "score"), true),
                SuggestionPart::Agent => Target::SuggestionText(question.id, "agent"),
                SuggestionPart::Kind => Target::SuggestionText(question.id, "type"),
            }
        }
        Scope::Response { question: name } => {
            let question = question(name)?;
            match is_filterable(&question.value) {
                true => json(Source::Response(name.clone()), is_number(&question.value)),
                false => Target::Nothing,
            }
        }
        Scope::ResponseStatus => Target::ResponseStatus,
    })
}

fn is_number(question: &Question) -> bool {
    question.settings.compared_as() == Some(Comparison::Number)
}

fn is_filterable(question: &Question) -> bool {
    question.settings.compared_as().is_some()
}

/// Appends a condition. `only_user` limits responses to those of one user.
pub(in crate::store) fn push_filter(
    query: &mut Query,
    dialect: Dialect,
    schema: &Schema,
    filter: &Filter,
    only_user: Option<Uuid>,
) -> Result<(), Refusal> {
    match filter {
        Filter::Terms { scope, terms } => {
            push_terms(query, dialect, &target(schema, scope)?, terms, only_user);
        }
        Filter::Range { scope, from, to } => {
            push_range(
                query,
                dialect,
                &target(schema, scope)?,
                [*from, *to],
                only_user,
            );
        }
    }
    Ok(())
}

fn push_terms(
    query: &mut Query,
    dialect: Dialect,
    target: &Target,
    terms: &[String],
    only_user: Option<Uuid>,
) {
    match target {
        Target::Nothing => {
            query.push("FALSE");
        }
        Target::Record(property) => push_property_terms(query, *property, terms),
        Target::SuggestionText(question, column) => {
            query.push(
                "EXISTS (SELECT 1 FROM suggestions s WHERE s.record_id = r.id AND s.question_id = ",
            );
            query
                .push_bind(*question)
                .push(" AND s.")
                .push(column)
                .push(" IN ")
                .push_list(terms)
                .push(")");
        }
        Target::ResponseStatus => push_response_status(query, terms, only_user),
        Target::Json(json) => {
            query.push("EXISTS (SELECT 1 FROM ");
            push_elements(query, dialect, json, only_user);
            query.push(" WHERE e.value IN ").push_list(terms);
            // 30 is the same number as 30.0.
            for number in terms
                .iter()
                .filter_map(|term| term.parse::<f64>().ok())
                .filter(|number| number.is_finite())
            {
                query.push(" OR e.number = ").push_bind(number);
            }
            query.push(")");
        }
    }
}

fn push_property_terms(query: &mut Query, property: RecordProperty, terms: &[String]) {
    query.push("r.").push(property.column()).push(" IN ");
    match property {
        RecordProperty::Id => {
            query.push_list(terms.iter().filter_map(|term| term.parse::<Uuid>().ok()))
        }
        RecordProperty::InsertedAt | RecordProperty::UpdatedAt => {
            let times = terms.iter().filter_map(|term| term.parse().ok());
            query.push_list(times.map(Timestamp::as_microsecond))
        }
        RecordProperty::ExternalId | RecordProperty::Status => query.push_list(terms),
    };
}

/// `pending` is no response at all.
fn push_response_status(query: &mut Query, terms: &[String], only_user: Option<Uuid>) {
    let (pending, given): (Vec<&String>, Vec<&String>) =
        terms.iter().partition(|term| *term == "pending");
    query
        .push("(EXISTS (SELECT 1 FROM responses p WHERE p.record_id = r.id AND p.status IN ")
        .push_list(given);
    push_user(query, only_user);
    query.push(")");
    if !pending.is_empty() {
        query.push(" OR NOT EXISTS (SELECT 1 FROM responses p WHERE p.record_id = r.id");
        push_user(query, only_user);
        query.push(")");
    }
    query.push(")");
}

/// `bounds` are the lower and the upper one.
fn push_range(
    query: &mut Query,
    dialect: Dialect,
    target: &Target,
    bounds: [Option<Bound>; 2],
    only_user: Option<Uuid>,
) {
    let bounds = [" >= ", " <= "]
        .into_iter()
        .zip(bounds)
        .filter_map(|(operator, bound)| Some((operator, bound?)));
    match target {
        Target::Record(property) if property.is_time() => {
            query.push("(TRUE");
            for (operator, bound) in bounds {
                let time = match bound {
                    Bound::Time(time) => Some(time.as_microsecond()),
                    // NULL: neither before nor after any time.
                    Bound::Number(_) | Bound::Incomparable => None,
                };
                query
                    .push(" AND r.")
                    .push(property.column())
                    .push(operator)
                    .push_bind(time);
            }
            query.push(")");
        }
        Target::Json(json) => {
            query.push("EXISTS (SELECT 1 FROM ");
            push_elements(query, dialect, json, only_user);
            query.push(" WHERE e.number IS NOT NULL");
            for (operator, bound) in bounds {
                let number = match bound {
                    Bound::Number(number) => Some(number),
                    Bound::Time(_) | Bound::Incomparable => None,
                };
                query.push(" AND e.number").push(operator).push_bind(number);
            }
            query.push(")");
        }
        Target::Record(_)
        | Target::SuggestionText(..)
        | Target::ResponseStatus
        | Target::Nothing => {
            query.push("FALSE");
        }
    }
}

/// Appends a key to sort by, records without a value last.
pub(in crate::store) fn push_sort(
    query: &mut Query,
    dialect: Dialect,
    schema: &Schema,
    sort: &Sort,
    only_user: Option<Uuid>,
) -> Result<(), Refusal> {
    let target = target(schema, &sort.scope)?;
    let (way, nearest) = match sort.direction {
        Direction::Ascending => ("ASC", "MIN"),
        Direction::Descending => ("DESC", "MAX"),
    };
    push_value(query, dialect, &target, nearest, only_user);
    query.push(" ").push(way).push(" NULLS LAST");
    Ok(())
}

/// The value to sort by; of several the nearest in the order, of several numbers in responses the mean.
fn push_value(
    query: &mut Query,
    dialect: Dialect,
    target: &Target,
    nearest: &str,
    only_user: Option<Uuid>,
) {
    match target {
        Target::Record(property) => {
            query.push("r.").push(property.column());
        }
        // A bare NULL would be the number of a column to PostgreSQL.
        Target::Nothing => {
            query.push("CAST(NULL AS TEXT)");
        }
        Target::SuggestionText(question, column) => {
            query
                .push("(SELECT s.")
                .push(column)
                .push(" FROM suggestions s WHERE s.record_id = r.id");
            query
                .push(" AND s.question_id = ")
                .push_bind(*question)
                .push(")");
        }
        Target::ResponseStatus => {
            query
                .push("(SELECT ")
                .push(nearest)
                .push("(p.status) FROM responses p WHERE p.record_id = r.id");
            push_user(query, only_user);
            query.push(")");
        }
        Target::Json(json) => {
            let is_mean = json.is_number && matches!(json.source, Source::Response(_));
            query
                .push("(SELECT ")
                .push(if is_mean { "AVG" } else { nearest });
            query.push(if json.is_number {
                "(e.number) FROM "
            } else {
                "(e.value) FROM "
            });
            push_elements(query, dialect, json, only_user);
            query.push(")");
        }
    }
}

/// The elements of a JSON value as rows `e`: those of a list, or the value alone.
fn push_elements(query: &mut Query, dialect: Dialect, json: &Json, only_user: Option<Uuid>) {
    query
        .push("(SELECT ")
        .push(dialect.element_columns())
        .push(" FROM ");
    match &json.source {
        Source::Metadata(name) => dialect.push_elements(query, "r.metadata", Some(name)),
        Source::Suggestion(question, column) => {
            query.push("suggestions s, ");
            dialect.push_elements(query, &format!("s.{column}"), None);
            query
                .push(" WHERE s.record_id = r.id AND s.question_id = ")
                .push_bind(*question);
        }
        Source::Response(name) => {
            query.push("responses p, ");
            dialect.push_elements(query, "p.answers", Some(name));
            query.push(" WHERE p.record_id = r.id");
            push_user(query, only_user);
        }
    }
    query.push(") e");
}

fn push_user(query: &mut Query, only_user: Option<Uuid>) {
    if let Some(user) = only_user {
        query.push(" AND p.user_id = ").push_bind(user);
    }
}
