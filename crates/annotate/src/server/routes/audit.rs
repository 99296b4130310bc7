//! The audit log, for owners.

use crate::{
    Role,
    server::{AppState, answering::ApiError, answering::Parameters, guarding::auth::CurrentUser},
    store::Act,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Most acts of one answer.
const MAX_LIMIT: u32 = 1000;
/// The document calls an offset a number of 32 bits, which has a sign there.
const MAX_OFFSET: u32 = i32::MAX.unsigned_abs();

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AuditQuery {
    #[serde(default)]
    #[param(required = false, minimum = 0, default = 0)]
    offset: u32,
    #[serde(default = "usual_limit")]
    #[param(required = false, minimum = 1, maximum = 1000, default = 100)]
    limit: u32,
}

fn usual_limit() -> u32 {
    100
}

#[derive(Serialize, ToSchema)]
#[schema(as = Acts)]
pub(super) struct Page {
    total: u64,
    items: Vec<Act>,
}

/// The audit log, the newest acts first. For owners.
#[utoipa::path(get, path = "/audit", params(AuditQuery), responses((status = 200, body = Page)))]
pub(super) async fn list(
    State(state): State<AppState>,
    CurrentUser(user): CurrentUser,
    Parameters(AuditQuery { offset, limit }): Parameters<AuditQuery>,
) -> Result<Json<Page>, ApiError> {
    if user.role != Role::Owner {
        return Err(ApiError::Forbidden("the audit log is for owners"));
    }
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err(ApiError::Malformed(format!(
            "`limit` must be 1 to {MAX_LIMIT}"
        )));
    }
    if offset > MAX_OFFSET {
        return Err(ApiError::Malformed(format!(
            "`offset` must be 0 to {MAX_OFFSET}"
        )));
    }
    let (total, items) = state.store.acts(offset.into(), limit).await?;
    Ok(Json(Page { total, items }))
}
