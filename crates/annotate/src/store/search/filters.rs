//! Filters and sort keys as SQL over `records r`.

use crate::store::{Refusal, Schema, values};
use examen_argilla::{
    Time,
    bodies::{Filter, Order, Scope, Sort, SuggestionPart},
};
use examen_core::annotation::{Question, QuestionSettings};
use serde_json::Value;
use sqlx::{QueryBuilder, Sqlite};
use uuid::Uuid;

/// A filter's or a sort key's value, found in the schema.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Target {
    /// A column of the record.
    Record(&'static str),
    /// A key of the metadata: its JSON path.
    Metadata(String),
    /// A JSON column of the suggestion for a question: the question and the column.
    Suggestion(Uuid, &'static str),
    /// A text column of the suggestion for a question.
    SuggestionText(Uuid, &'static str),
    /// The responses' answer: the question's JSON path, and whether it is a number.
    Response(String, bool),
    /// The responses' status.
    ResponseStatus,
    /// Something that no record has: answers that are texts, rankings or spans cannot be looked for.
    Nothing,
}

/// Finds what a scope names.
pub(super) fn target(schema: &Schema, scope: &Scope) -> Result<Target, Refusal> {
    let unknown = |what, name: &str| Refusal::UnknownName { what, name: name.to_owned(), dataset: schema.dataset.id };
    let question = |name: &str| schema.question_named(name).ok_or_else(|| unknown("Question", name));
    Ok(match scope {
        Scope::Record(property) => Target::Record(property),
        Scope::Metadata(name) => match schema.property_named(name) {
            Some(_) => Target::Metadata(values::json_path(name)),
            None => return Err(unknown("MetadataProperty", name)),
        },
        Scope::Suggestion { question: name, part } => {
            let question = question(name)?;
            match part {
                SuggestionPart::Value if !is_filterable(&question.value) => Target::Nothing,
                SuggestionPart::Value => Target::Suggestion(question.id, "value"),
                SuggestionPart::Score => Target::Suggestion(question.id, "score"),
                SuggestionPart::Agent => Target::SuggestionText(question.id, "agent"),
                SuggestionPart::Kind => Target::SuggestionText(question.id, "type"),
            }
        }
        Scope::Response { question: name } => {
            let question = question(name)?;
            match is_filterable(&question.value) {
                true => {
                    let is_number = matches!(question.value.settings, QuestionSettings::Rating(_));
                    Target::Response(values::json_path(name), is_number)
                }
                false => Target::Nothing,
            }
        }
        Scope::ResponseStatus => Target::ResponseStatus,
    })
}

fn is_filterable(question: &Question) -> bool {
    use QuestionSettings::{LabelSelection, MultiLabelSelection, Rating};
    matches!(question.settings, LabelSelection(_) | MultiLabelSelection(_) | Rating(_))
}

/// Appends a condition. `only_user` limits responses to those of one user.
pub(super) fn push_filter(
    query: &mut QueryBuilder<Sqlite>,
    schema: &Schema,
    filter: &Filter,
    only_user: Option<Uuid>,
) -> Result<(), Refusal> {
    match filter {
        Filter::Terms { scope, values } => push_terms(query, &target(schema, scope)?, values, only_user),
        Filter::Range { scope, ge, le } => {
            push_range(query, &target(schema, scope)?, ge.as_ref(), le.as_ref(), only_user);
        }
    }
    Ok(())
}

fn push_terms(query: &mut QueryBuilder<Sqlite>, target: &Target, terms: &[String], only_user: Option<Uuid>) {
    match target {
        Target::Nothing => {
            query.push("0");
        }
        Target::Record("id") => {
            query.push("r.id IN ");
            values::push_ids(query, terms.iter().filter_map(|term| term.parse().ok()));
        }
        Target::Record(column @ ("inserted_at" | "updated_at")) => {
            query.push("r.").push(*column).push(" IN (");
            let mut list = query.separated(", ");
            for time in terms.iter().filter_map(|term| term.parse::<Time>().ok()) {
                list.push_bind(time.0.as_microsecond());
            }
            query.push(")");
        }
        Target::Record(column) => {
            query.push("r.").push(*column).push(" IN ");
            push_texts(query, terms);
        }
        Target::SuggestionText(question, column) => {
            query.push("EXISTS (SELECT 1 FROM suggestions s WHERE s.record_id = r.id AND s.question_id = ");
            query.push_bind(*question).push(" AND s.").push(*column).push(" IN ");
            push_texts(query, terms);
            query.push(")");
        }
        Target::ResponseStatus => push_response_status(query, terms, only_user),
        Target::Metadata(_) | Target::Suggestion(..) | Target::Response(..) => {
            query.push("EXISTS (SELECT 1 FROM ");
            push_elements(query, target, only_user);
            query.push(
                " AND (CASE e.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(e.value AS TEXT) END IN ",
            );
            push_texts(query, terms);
            // 30 is the same number as 30.0.
            for number in terms.iter().filter_map(|term| term.parse::<f64>().ok()).filter(|number| number.is_finite()) {
                query.push(" OR e.type IN ('integer', 'real') AND e.value = ").push_bind(number);
            }
            query.push("))");
        }
    }
}

/// `pending` is no response at all.
fn push_response_status(query: &mut QueryBuilder<Sqlite>, terms: &[String], only_user: Option<Uuid>) {
    let (pending, given): (Vec<&String>, Vec<&String>) = terms.iter().partition(|term| *term == "pending");
    let given: Vec<String> = given.into_iter().cloned().collect();
    query.push("(EXISTS (SELECT 1 FROM responses p WHERE p.record_id = r.id AND p.status IN ");
    push_texts(query, &given);
    push_user(query, only_user);
    query.push(")");
    if !pending.is_empty() {
        query.push(" OR NOT EXISTS (SELECT 1 FROM responses p WHERE p.record_id = r.id");
        push_user(query, only_user);
        query.push(")");
    }
    query.push(")");
}

fn push_range(
    query: &mut QueryBuilder<Sqlite>,
    target: &Target,
    ge: Option<&Value>,
    le: Option<&Value>,
    only_user: Option<Uuid>,
) {
    match target {
        Target::Record(column @ ("inserted_at" | "updated_at")) => {
            query.push("(1");
            for (operator, bound) in [(" >= ", ge), (" <= ", le)] {
                let Some(bound) = bound else { continue };
                query.push(" AND r.").push(*column).push(operator);
                // What is no time is neither before nor after one.
                let time = bound.as_str().and_then(|text| text.parse::<Time>().ok());
                query.push_bind(time.map(|time| time.0.as_microsecond()));
            }
            query.push(")");
        }
        Target::Metadata(_) | Target::Suggestion(..) | Target::Response(..) => {
            query.push("EXISTS (SELECT 1 FROM ");
            push_elements(query, target, only_user);
            query.push(" AND e.type IN ('integer', 'real')");
            for (operator, bound) in [(" >= ", ge), (" <= ", le)] {
                if let Some(bound) = bound {
                    query.push(" AND e.value").push(operator).push_bind(bound.as_f64());
                }
            }
            query.push(")");
        }
        Target::Record(_) | Target::SuggestionText(..) | Target::ResponseStatus | Target::Nothing => {
            query.push("0");
        }
    }
}

/// Appends a key to sort by, records without a value last.
pub(super) fn push_sort(
    query: &mut QueryBuilder<Sqlite>,
    schema: &Schema,
    sort: &Sort,
    only_user: Option<Uuid>,
) -> Result<(), Refusal> {
    let target = target(schema, &sort.scope)?;
    let (way, nearest) = match sort.order {
        Order::Ascending => ("ASC", "MIN"),
        Order::Descending => ("DESC", "MAX"),
    };
    push_value(query, &target, nearest, only_user);
    query.push(" ").push(way).push(" NULLS LAST");
    Ok(())
}

/// The value to sort by; of several the nearest in the order, of several numbers in responses the mean.
fn push_value(query: &mut QueryBuilder<Sqlite>, target: &Target, nearest: &str, only_user: Option<Uuid>) {
    match target {
        Target::Record(column) => {
            query.push("r.").push(*column);
        }
        Target::Nothing => {
            query.push("NULL");
        }
        Target::SuggestionText(question, column) => {
            query.push("(SELECT s.").push(*column).push(" FROM suggestions s WHERE s.record_id = r.id");
            query.push(" AND s.question_id = ").push_bind(*question).push(")");
        }
        Target::ResponseStatus => {
            query.push("(SELECT ").push(nearest).push("(p.status) FROM responses p WHERE p.record_id = r.id");
            push_user(query, only_user);
            query.push(")");
        }
        Target::Metadata(_) | Target::Suggestion(..) | Target::Response(..) => {
            let function = if matches!(target, Target::Response(_, true)) { "AVG" } else { nearest };
            query.push("(SELECT ").push(function).push("(e.value) FROM ");
            push_elements(query, target, only_user);
            query.push(" AND e.type <> 'null')");
        }
    }
}

/// The elements of a JSON value as rows `e`: those of a list, or the value alone. Ends within a `WHERE`.
fn push_elements(query: &mut QueryBuilder<Sqlite>, target: &Target, only_user: Option<Uuid>) {
    match target {
        Target::Metadata(path) => {
            query.push("json_each(r.metadata, ").push_bind(path.clone()).push(") e WHERE 1");
        }
        Target::Suggestion(question, column) => {
            query.push("suggestions s, json_each(s.").push(*column).push(") e WHERE s.record_id = r.id");
            query.push(" AND s.question_id = ").push_bind(*question);
        }
        Target::Response(path, _) => {
            query.push("responses p, json_each(p.answers, ").push_bind(path.clone());
            query.push(") e WHERE p.record_id = r.id");
            push_user(query, only_user);
        }
        Target::Record(_) | Target::SuggestionText(..) | Target::ResponseStatus | Target::Nothing => {
            query.push("json_each(NULL) e WHERE 0");
        }
    }
}

fn push_user(query: &mut QueryBuilder<Sqlite>, only_user: Option<Uuid>) {
    if let Some(user) = only_user {
        query.push(" AND p.user_id = ").push_bind(user);
    }
}

fn push_texts(query: &mut QueryBuilder<Sqlite>, texts: &[String]) {
    query.push("(");
    let mut list = query.separated(", ");
    for text in texts {
        list.push_bind(text.clone());
    }
    query.push(")");
}
