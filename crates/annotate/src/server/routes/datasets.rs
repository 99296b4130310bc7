//! Datasets as a reviewer sees them.

use super::visible_dataset;
use crate::{
    server::{AppState, auth::CurrentUser, error::ApiError, extract::Id},
    store::DatasetProgress,
};
use axum::{Json, extract::State};
use examen_core::annotation::{Field, Question};
use serde::Serialize;
use uuid::Uuid;

#[derive(Serialize)]
pub(super) struct Listed {
    items: Vec<ListedDataset>,
}

#[derive(Serialize)]
struct ListedDataset {
    id: Uuid,
    name: String,
    progress: DatasetProgress,
}

#[derive(Serialize)]
pub(super) struct Shown {
    id: Uuid,
    name: String,
    guidelines: Option<String>,
    fields: Vec<Field>,
    questions: Vec<Question>,
    progress: DatasetProgress,
}

/// `GET /datasets`: those that the user sees.
pub(super) async fn list(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
) -> Result<Json<Listed>, ApiError> {
    let mut items = Vec::new();
    for dataset in state.store.datasets_of(&user).await? {
        let progress = state.store.progress(dataset.id, user.id).await?;
        items.push(ListedDataset { id: dataset.id, name: dataset.name, progress });
    }
    Ok(Json(Listed { items }))
}

/// `GET /datasets/{id}`: one with its settings.
pub(super) async fn one(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    Id(id): Id,
) -> Result<Json<Shown>, ApiError> {
    let dataset = visible_dataset(&state, &user, id).await?;
    let progress = state.store.progress(id, user.id).await?;
    let settings = dataset.settings;
    Ok(Json(Shown {
        id,
        name: dataset.name,
        guidelines: settings.guidelines,
        fields: settings.fields,
        questions: settings.questions,
        progress,
    }))
}
