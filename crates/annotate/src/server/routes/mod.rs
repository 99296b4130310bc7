//! The routes of the review API, one file a noun. Handlers read the request, call the store once or twice, and map.

mod account;
mod audit;
mod datasets;
mod keys;
mod records;
mod responses;
mod second_factor;
mod session;
mod users;

use super::{
    AppState,
    answering::ApiError,
    guarding::{auth, limits},
    operations,
};
use crate::store::{Schema, User};
use axum::{Router, middleware};
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

/// Most bytes of a request's body: two improved texts of the largest size, escaped, with room to spare.
const MAX_BODY_BYTES: usize = 256 * 1024;

/// Everything under `/api/review`, and what is documented of it. The address of a route stands above its handler.
pub(super) fn router(state: &AppState) -> (Router<AppState>, OpenApi) {
    let for_users = own_account().merge(accounts()).merge(reviewing());
    let for_users = limits::bodies::<ApiError>(for_users, state, MAX_BODY_BYTES).route_layer(
        middleware::from_fn_with_state(state.clone(), auth::require_user),
    );
    let for_strangers = OpenApiRouter::new().routes(routes!(session::log_in));
    let for_strangers = limits::bodies::<ApiError>(for_strangers, state, limits::MAX_LOGIN_BYTES)
        .route_layer(middleware::from_fn(limits::soon::<ApiError>));
    let (routes, document) = OpenApiRouter::new()
        .routes(routes!(operations::health))
        .merge(for_strangers)
        .merge(for_users)
        .split_for_parts();
    let router = routes
        .method_not_allowed_fallback(async || ApiError::Method)
        .fallback(async || ApiError::NotFound("address"));
    (router, document)
}

fn own_account() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(session::me))
        .routes(routes!(session::log_out))
        .routes(routes!(account::change_password))
        .routes(routes!(account::sessions, account::end_other_sessions))
        .routes(routes!(account::end_session))
        .routes(routes!(keys::rotate_mine, keys::revoke_mine))
        .routes(routes!(keys::list_named, keys::make_named))
        .routes(routes!(keys::end_named))
        .routes(routes!(second_factor::mine, second_factor::begin))
        .routes(routes!(second_factor::confirm))
        .routes(routes!(second_factor::disable))
}

fn accounts() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(users::list))
        .routes(routes!(users::disable))
        .routes(routes!(users::enable))
        .routes(routes!(keys::rotate_of, keys::revoke_of))
        .routes(routes!(second_factor::delete_of))
        .routes(routes!(audit::list))
}

fn reviewing() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(datasets::list))
        .routes(routes!(datasets::one))
        .routes(routes!(records::queue))
        .routes(routes!(responses::put, responses::delete))
}

/// The dataset with this id, if it exists (404) and the user sees it (403).
async fn visible_dataset(state: &AppState, user: &User, id: Uuid) -> Result<Schema, ApiError> {
    let schema = state
        .store
        .schema(id)
        .await?
        .ok_or(ApiError::NotFound("dataset"))?;
    check_workspace(state, user, schema.dataset.workspace_id).await?;
    Ok(schema)
}

const NOT_A_MEMBER: ApiError =
    ApiError::Forbidden("this dataset is in a workspace that you do not belong to");

/// Refuses users who do not belong to a workspace.
async fn check_workspace(state: &AppState, user: &User, workspace: Uuid) -> Result<(), ApiError> {
    match state.store.sees_workspace(user, workspace).await? {
        true => Ok(()),
        false => Err(NOT_A_MEMBER),
    }
}
