//! Questions.

use super::{Created, Listed, Shown, WirePart, changed, must_be_draft};
use crate::{
    server::{
        AppState,
        argilla::{
            caller::Caller,
            refused::{Refused, invalid},
            request::{Body, Id},
            wire,
        },
        guarding::Audit,
    },
    store::{Part, Refusal, Schema},
};
use axum::extract::State;
use examen_argilla::{
    answers::{self, Items},
    bodies,
    schema::Reader,
};
use examen_core::annotation::{Question, QuestionSettings};
use serde_json::Value;

impl WirePart for Question {
    type Change = bodies::QuestionChange;
    type Answer = answers::Question;

    fn read_new(reader: &mut Reader, body: Value) -> Option<Self> {
        let new = bodies::NewQuestion::read(reader, body)?;
        Some(Self {
            name: new.name,
            title: new.title,
            description: new.description,
            required: new.required,
            settings: new.settings,
        })
    }

    fn read_change(reader: &mut Reader, body: Value) -> Option<Self::Change> {
        Self::Change::read(reader, body)
    }

    fn change(&mut self, change: Self::Change) -> Result<(), Refused> {
        if let Some(settings) = change.settings {
            let (old, read) = (&self.settings, bodies::question_settings);
            let new = changed("question", old, old.kind(), settings, read)?;
            old.check_change(&new)
                .map_err(|error| invalid(error.to_string()))?;
            self.settings = new;
        }
        if let Some(title) = change.title {
            self.title = title;
        }
        if let Some(description) = change.description {
            self.description = description;
        }
        Ok(())
    }

    fn answer(part: Part<Self>) -> Self::Answer {
        wire::question(part)
    }

    fn check_new(&self, schema: &Schema) -> Result<(), Refusal> {
        must_be_draft(schema, "questions", "created")?;
        check_marked_field(schema, &self.settings)
    }

    fn check_deletion(schema: &Schema) -> Result<(), Refusal> {
        must_be_draft(schema, "questions", "deleted")
    }
}

/// Checks that the field which answers refer to is there, and that no other question's answers refer to it.
fn check_marked_field(schema: &Schema, settings: &QuestionSettings) -> Result<(), Refusal> {
    let Some(name) = settings.marked_field() else {
        return Ok(());
    };
    let field = name.to_owned();
    let known: Vec<String> = schema
        .fields
        .iter()
        .map(|field| field.value.name.clone())
        .collect();
    if !known.contains(&field) {
        return Err(Refusal::UnknownSpanField { field, known });
    }
    let other = schema
        .questions
        .iter()
        .find(|question| question.value.settings.marked_field() == Some(name));
    match other {
        Some(question) => Err(Refusal::SpanFieldTaken {
            field,
            question: question.id,
        }),
        None => Ok(()),
    }
}

/// The questions of a dataset.
#[utoipa::path(
    get,
    path = "/datasets/{dataset_id}/questions",
    responses((status = 200, body = Items<answers::Question>))
)]
pub(in super::super) async fn list(
    state: State<AppState>,
    caller: Caller,
    id: Id,
) -> Listed<Question> {
    super::list::<Question>(state, caller, id).await
}

/// Adds a question.
#[utoipa::path(
    post,
    path = "/datasets/{dataset_id}/questions",
    request_body = bodies::NewQuestion,
    responses((status = 201, body = answers::Question))
)]
pub(in super::super) async fn create(
    state: State<AppState>,
    caller: Caller,
    audit: Audit,
    id: Id,
    body: Body,
) -> Created<Question> {
    super::create::<Question>(state, caller, audit, id, body).await
}

/// Changes a question.
#[utoipa::path(
    patch,
    path = "/questions/{question_id}",
    request_body = bodies::QuestionChange,
    responses((status = 200, body = answers::Question))
)]
pub(in super::super) async fn update(
    state: State<AppState>,
    caller: Caller,
    audit: Audit,
    id: Id,
    body: Body,
) -> Shown<Question> {
    super::update::<Question>(state, caller, audit, id, body).await
}

/// Deletes a question.
#[utoipa::path(
    delete,
    path = "/questions/{question_id}",
    responses((status = 200, body = answers::Question))
)]
pub(in super::super) async fn delete(
    state: State<AppState>,
    caller: Caller,
    audit: Audit,
    id: Id,
) -> Shown<Question> {
    super::delete::<Question>(state, caller, audit, id).await
}
