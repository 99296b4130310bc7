//! Questions.

use super::{changed, must_be_draft};
use crate::{
    server::{
        AppState,
        argilla::{
            caller::{Caller, Need},
            refused::{Refused, invalid},
            request::{Body, Id},
            wire,
        },
    },
    store::{Refusal, Schema},
};
use axum::{Json, extract::State, http::StatusCode};
use examen_argilla::{
    answers::{self, Items},
    bodies,
};
use examen_core::annotation::{Question, QuestionSettings};

type Shown = Json<answers::Question>;

/// The questions of a dataset.
#[utoipa::path(
    get,
    path = "/datasets/{dataset_id}/questions",
    responses((status = 200, body = Items<answers::Question>))
)]
pub(in super::super) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<Items<answers::Question>>, Refused> {
    caller.dataset(&state, id, Need::Member).await?;
    Ok(Json(
        state
            .store
            .parts(id)
            .await?
            .into_iter()
            .map(wire::question)
            .collect(),
    ))
}

/// Adds a question.
#[utoipa::path(
    post,
    path = "/datasets/{dataset_id}/questions",
    request_body = bodies::NewQuestion,
    responses((status = 201, body = answers::Question))
)]
pub(in super::super) async fn create(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
    body: Body,
) -> Result<(StatusCode, Shown), Refused> {
    let new = body.read(bodies::NewQuestion::read)?;
    caller.dataset(&state, id, Need::Admin).await?;
    let question = Question {
        name: new.name,
        title: new.title,
        description: new.description,
        required: new.required,
        settings: new.settings,
    };
    let settings = question.settings.clone();
    let check = move |schema: &Schema| {
        must_be_draft(schema, "questions", "created")?;
        check_span(schema, &settings)
    };
    let part = state
        .store
        .insert_part(id, question, state.clock.now(), check)
        .await?;
    Ok((StatusCode::CREATED, Json(wire::question(part))))
}

/// Changes a question.
#[utoipa::path(
    patch,
    path = "/questions/{question_id}",
    request_body = bodies::QuestionChange,
    responses((status = 200, body = answers::Question))
)]
pub(in super::super) async fn update(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
    body: Body,
) -> Result<Shown, Refused> {
    let change = body.read(bodies::QuestionChange::read)?;
    let mut part = state.store.part::<Question>(id).await?;
    caller.dataset(&state, part.dataset_id, Need::Admin).await?;
    if let Some(settings) = change.settings {
        let old = &part.value.settings;
        let new = changed(
            "question",
            old,
            old.kind(),
            settings,
            bodies::question_settings,
        )?;
        check_change(old, &new)?;
        part.value.settings = new;
    }
    if let Some(title) = change.title {
        part.value.title = title;
    }
    if let Some(description) = change.description {
        part.value.description = description;
    }
    part.updated_at = state.clock.now();
    state.store.update_part(&part, part.updated_at).await?;
    Ok(Json(wire::question(part)))
}

/// Deletes a question.
#[utoipa::path(delete, path = "/questions/{question_id}", responses((status = 200, body = answers::Question)))]
pub(in super::super) async fn delete(
    State(state): State<AppState>,
    caller: Caller,
    Id(id): Id,
) -> Result<Shown, Refused> {
    let part = state.store.part::<Question>(id).await?;
    caller.dataset(&state, part.dataset_id, Need::Admin).await?;
    state
        .store
        .delete_part(&part, state.clock.now(), |schema| {
            must_be_draft(schema, "questions", "deleted")
        })
        .await?;
    Ok(Json(wire::question(part)))
}

/// A span question needs a field, and a field has one span question at most.
fn check_span(schema: &Schema, settings: &QuestionSettings) -> Result<(), Refusal> {
    let QuestionSettings::Span(span) = settings else {
        return Ok(());
    };
    let field = span.field.clone();
    let known: Vec<String> = schema
        .fields
        .iter()
        .map(|field| field.value.name.clone())
        .collect();
    if !known.contains(&field) {
        return Err(Refusal::UnknownSpanField { field, known });
    }
    let is_other = |other: &QuestionSettings| matches!(other, QuestionSettings::Span(other) if other.field == field);
    match schema
        .questions
        .iter()
        .find(|question| is_other(&question.value.settings))
    {
        Some(question) => Err(Refusal::SpanFieldTaken {
            field: field.clone(),
            question: question.id,
        }),
        None => Ok(()),
    }
}

/// Answers that were given must stay answers.
fn check_change(old: &QuestionSettings, new: &QuestionSettings) -> Result<(), Refused> {
    if let (Some(old), Some(new)) = (old.fixed_options(), new.fixed_options()) {
        let mut unexpected: Vec<String> = new
            .iter()
            .filter(|value| !old.contains(value))
            .map(|value| format!("'{value}'"))
            .collect();
        unexpected.sort_unstable();
        let listed = if unexpected.is_empty() {
            old.len() != new.len()
        } else {
            true
        };
        if listed {
            let values = unexpected.join(", ");
            return Err(invalid(format!(
                "the option values cannot be modified. found unexpected option values: [{values}]"
            )));
        }
    }
    match (old, new) {
        (QuestionSettings::Span(old), QuestionSettings::Span(new)) => {
            if old.field != new.field {
                return Err(invalid("the field of a span question cannot be changed"));
            }
            if old.allow_overlapping && !new.allow_overlapping {
                return Err(invalid(
                    "'allow_overlapping' can't be disabled because responses may become inconsistent",
                ));
            }
            Ok(())
        }
        (QuestionSettings::Rating(old), QuestionSettings::Rating(new)) if old != new => Err(
            invalid("the options of a rating question cannot be changed"),
        ),
        _ => Ok(()),
    }
}
