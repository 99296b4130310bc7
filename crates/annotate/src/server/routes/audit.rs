//! The audit log, for owners.

use crate::{
    Role,
    server::{AppState, auth::CurrentUser, error::ApiError, extract::Parameters},
    store::Act,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};

/// Most acts of one answer.
const MAX_LIMIT: u32 = 1000;

#[derive(Deserialize)]
pub(super) struct AuditQuery {
    #[serde(default)]
    offset: u64,
    #[serde(default = "usual_limit")]
    limit: u32,
}

fn usual_limit() -> u32 {
    100
}

#[derive(Serialize)]
pub(super) struct Page {
    total: u64,
    items: Vec<Act>,
}

/// `GET /audit?offset=…&limit=…`: the newest acts first.
pub(super) async fn list(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    Parameters(AuditQuery { offset, limit }): Parameters<AuditQuery>,
) -> Result<Json<Page>, ApiError> {
    if user.role != Role::Owner {
        return Err(ApiError::Forbidden("the audit log is for owners"));
    }
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(ApiError::Malformed(format!("`limit` must be 1 to {MAX_LIMIT}")));
    }
    let (total, items) = state.store.acts(offset, limit).await?;
    Ok(Json(Page { total, items }))
}
