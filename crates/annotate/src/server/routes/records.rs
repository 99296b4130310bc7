//! Records in a reviewer's queue.

use super::visible_dataset;
use crate::{
    server::{
        AppState,
        answering::ApiError,
        answering::{Id, Parameters},
        guarding::auth::CurrentUser,
    },
    store::{DatasetProgress, Queue},
};
use axum::{Json, extract::State};
use examen_argilla::shapes;
use examen_core::annotation::{Record, RecordStatus, ResponseStatus};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Most records of one answer.
const MAX_LIMIT: u32 = 100;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct QueueQuery {
    #[param(inline)]
    status: Queue,
    #[serde(default)]
    #[param(required = false, minimum = 0, default = 0)]
    offset: u32,
    #[serde(default = "usual_limit")]
    #[param(required = false, minimum = 1, maximum = 100, default = 5)]
    limit: u32,
}

fn usual_limit() -> u32 {
    5
}

#[derive(Serialize, ToSchema)]
#[schema(as = QueuePage)]
pub(super) struct Page {
    total: u64,
    items: Vec<ShownRecord>,
    progress: DatasetProgress,
}

#[derive(Serialize, ToSchema)]
struct ShownRecord {
    id: Uuid,
    fields: Map<String, Value>,
    metadata: Map<String, Value>,
    suggestions: BTreeMap<String, ShownSuggestion>,
    response: Option<ShownResponse>,
    #[schema(value_type = shapes::RecordStatus)]
    status: RecordStatus,
}

#[derive(Serialize, ToSchema)]
struct ShownSuggestion {
    value: Value,
    agent: Option<String>,
}

/// A response, without whose it is: it is always the user's own.
#[derive(Serialize, ToSchema)]
pub(super) struct ShownResponse {
    #[schema(value_type = shapes::ResponseStatus)]
    pub(super) status: ResponseStatus,
    pub(super) values: Map<String, Value>,
}

impl From<Record> for ShownRecord {
    fn from(record: Record) -> Self {
        let shown = |suggestion: examen_core::annotation::Suggestion| {
            (
                suggestion.question,
                ShownSuggestion {
                    value: suggestion.value,
                    agent: suggestion.agent,
                },
            )
        };
        let response = record.responses.into_iter().next();
        Self {
            id: record.id,
            fields: record.fields,
            metadata: record.metadata,
            suggestions: record.suggestions.into_iter().map(shown).collect(),
            response: response.map(|response| ShownResponse {
                status: response.status,
                values: response.values,
            }),
            status: record.status,
        }
    }
}

/// A page of a queue.
#[utoipa::path(get, path = "/datasets/{id}/records", params(QueueQuery), responses((status = 200, body = Page)))]
pub(super) async fn queue(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    Id(id): Id,
    Parameters(query): Parameters<QueueQuery>,
) -> Result<Json<Page>, ApiError> {
    if !(1..=MAX_LIMIT).contains(&query.limit) {
        return Err(ApiError::Malformed(format!(
            "`limit` must be 1 to {MAX_LIMIT}"
        )));
    }
    let schema = visible_dataset(&state, &user, id).await?;
    let hidden = schema.hidden_from(user.role);
    let page = state
        .store
        .queue_page(id, user.id, query.status, query.offset, query.limit)
        .await?;
    let shown = |mut record: Record| {
        hidden.leave_out(&mut record.metadata);
        ShownRecord::from(record)
    };
    let items = page.items.into_iter().map(shown).collect();
    Ok(Json(Page {
        total: page.total,
        items,
        progress: page.progress,
    }))
}
