//! Datasets as a reviewer sees them.

use super::visible_dataset;
use crate::{
    exam,
    server::{AppState, answering::ApiError, answering::Id, guarding::auth::CurrentUser},
    store::{Dataset, DatasetProgress, DatasetStatus, Part, Schema},
};
use axum::{Json, extract::State};
use examen_argilla::bodies::{NewField, NewQuestion};
use examen_core::annotation::{Field, FieldSettings, Question, ReviewMode, names::REVIEW_MODE};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Serialize, ToSchema)]
#[schema(as = ReviewedDatasets)]
pub(super) struct Listed {
    items: Vec<ListedDataset>,
}

#[derive(Serialize, ToSchema)]
struct ListedDataset {
    id: Uuid,
    name: String,
    progress: DatasetProgress,
}

#[derive(Serialize, ToSchema)]
#[schema(as = ReviewedDataset)]
pub(super) struct Shown {
    id: Uuid,
    name: String,
    guidelines: Option<String>,
    #[schema(value_type = Vec<NewField>)]
    fields: Vec<Field>,
    #[schema(value_type = Vec<NewQuestion>)]
    questions: Vec<Question>,
    /// The usual mode of its review; `null` where answers are not marked with one.
    #[schema(value_type = Option<String>)]
    mode: Option<ReviewMode>,
    progress: DatasetProgress,
}

/// The datasets that the user sees, with their progress.
#[utoipa::path(get, path = "/datasets", responses((status = 200, body = Listed)))]
pub(super) async fn list(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
) -> Result<Json<Listed>, ApiError> {
    let mut items = Vec::new();
    for dataset in state.store.datasets_of(&user).await? {
        let schema = state.store.schema(dataset.id).await?;
        if !schema.is_some_and(|schema| can_be_shown(&schema)) {
            continue;
        }
        let progress = state.store.progress(dataset.id, user.id).await?;
        items.push(ListedDataset {
            id: dataset.id,
            name: dataset.name,
            progress,
        });
    }
    Ok(Json(Listed { items }))
}

/// `true` if the page can show a dataset: its fields are texts, and the page has a component for each of its questions.
/// Other datasets are for Argilla's clients.
fn can_be_shown(schema: &Schema) -> bool {
    let is_text = |field: &Part<Field>| matches!(field.value.settings, FieldSettings::Text { .. });
    let is_known = |question: &Part<Question>| question.value.settings.is_on_page();
    let is_ready = schema.dataset.status == DatasetStatus::Ready;
    is_ready && schema.fields.iter().all(is_text) && schema.questions.iter().all(is_known)
}

/// A dataset with its fields and questions.
#[utoipa::path(get, path = "/datasets/{id}", responses((status = 200, body = Shown)))]
pub(super) async fn one(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    Id(id): Id,
) -> Result<Json<Shown>, ApiError> {
    let dataset = Dataset::from(visible_dataset(&state, &user, id).await?);
    let progress = state.store.progress(id, user.id).await?;
    let mode = mode(&dataset);
    let settings = dataset.settings;
    Ok(Json(Shown {
        id,
        name: dataset.name,
        guidelines: settings.guidelines,
        fields: settings.fields,
        questions: settings.questions,
        mode,
        progress,
    }))
}

/// The usual mode of a dataset's review; `None` where it lacks the questions that note the mode of an answer, as datasets do
/// that others made.
fn mode(dataset: &Dataset) -> Option<ReviewMode> {
    if !exam::notes_modes(&dataset.settings) {
        return None;
    }
    let usual = dataset.metadata.get(REVIEW_MODE).and_then(Value::as_str);
    Some(
        usual
            .and_then(ReviewMode::named)
            .unwrap_or(ReviewMode::Blind),
    )
}
