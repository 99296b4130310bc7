//! Argilla's REST API, version 1: one file a noun. Handlers read the request, ask who may, call the store and map.
//!
//! A request is refused in this order: nobody known makes it (401), it does not fit its schema (422), what it names is
//! not there (404), the role may not (403), a rule is against it (409, 422).

mod caller;
mod dataset_parts;
mod datasets;
mod info;
mod progress;
mod records;
mod refused;
mod request;
mod responses;
mod search;
mod suggestions;
mod token;
mod users;
mod webhooks;
mod wire;
mod workspaces;

use super::{AppState, limits};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{delete, get, patch, post, put},
};
use refused::Refused;

/// Most bytes of a usual body: a record with an image in it.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// Everything under `/api/v1`.
pub(super) fn router(state: &AppState) -> Router<AppState> {
    let for_users = accounts()
        .merge(settings())
        .merge(annotation(state.settings.max_bulk_bytes))
        .route_layer(middleware::from_fn_with_state(state.clone(), limits::body_in_memory))
        .route_layer(middleware::from_fn_with_state(state.clone(), caller::require));
    Router::new()
        .route("/version", get(info::version))
        .route("/status", get(info::status))
        .route("/settings", get(info::settings))
        .route("/oauth2/providers", get(info::oauth2_providers))
        .route("/token", post(token::create).layer(middleware::from_fn(limits::soon::<Refused>)))
        .merge(for_users)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn_with_state(state.clone(), limits::bounded::<Refused>))
        .method_not_allowed_fallback(async || Refused::Method)
        .fallback(async || Refused::Address)
}

fn accounts() -> Router<AppState> {
    Router::new()
        .route("/me", get(users::me))
        .route("/users", get(users::list).post(users::create))
        .route("/users/{user_id}", get(users::one).patch(users::update).delete(users::delete))
        .route("/users/{user_id}/workspaces", get(workspaces::of_user))
        .route("/me/workspaces", get(workspaces::mine))
        .route("/workspaces", post(workspaces::create))
        .route("/workspaces/{workspace_id}", get(workspaces::one).delete(workspaces::delete))
        .route("/workspaces/{workspace_id}/users", get(workspaces::members).post(workspaces::add_member))
        .route("/workspaces/{workspace_id}/users/{user_id}", delete(workspaces::remove_member))
        .route("/webhooks", get(webhooks::list).post(webhooks::create))
        .route("/webhooks/{webhook_id}", patch(webhooks::update).delete(webhooks::delete))
        .route("/webhooks/{webhook_id}/ping", post(webhooks::ping))
}

fn settings() -> Router<AppState> {
    use dataset_parts::{fields, metadata_properties, questions, vectors_settings};
    Router::new()
        .route("/me/datasets", get(datasets::mine))
        .route("/datasets", post(datasets::create))
        .route("/datasets/{dataset_id}", get(datasets::one).patch(datasets::update).delete(datasets::delete))
        .route("/datasets/{dataset_id}/publish", put(datasets::publish))
        .route("/datasets/{dataset_id}/fields", get(fields::list).post(fields::create))
        .route("/fields/{field_id}", patch(fields::update).delete(fields::delete))
        .route("/datasets/{dataset_id}/questions", get(questions::list).post(questions::create))
        .route("/questions/{question_id}", patch(questions::update).delete(questions::delete))
        .route("/me/datasets/{dataset_id}/metadata-properties", get(metadata_properties::list))
        .route("/datasets/{dataset_id}/metadata-properties", post(metadata_properties::create))
        .route(
            "/metadata-properties/{metadata_property_id}",
            patch(metadata_properties::update).delete(metadata_properties::delete),
        )
        .route("/metadata-properties/{metadata_property_id}/metrics", get(metadata_properties::metrics))
        .route("/datasets/{dataset_id}/vectors-settings", get(vectors_settings::list).post(vectors_settings::create))
        .route(
            "/vectors-settings/{vector_settings_id}",
            patch(vectors_settings::update).delete(vectors_settings::delete),
        )
}

fn annotation(max_bulk_bytes: usize) -> Router<AppState> {
    let bulk = put(records::upsert).post(records::create).layer(DefaultBodyLimit::max(max_bulk_bytes));
    Router::new()
        .route("/datasets/{dataset_id}/records", get(records::list).delete(records::delete_many))
        .route("/datasets/{dataset_id}/records/bulk", bulk)
        .route("/datasets/{dataset_id}/records/search", post(search::all))
        .route("/me/datasets/{dataset_id}/records/search", post(search::mine))
        .route("/datasets/{dataset_id}/records/search/suggestions/options", get(suggestions::options))
        .route("/records/{record_id}", get(records::one).patch(records::update).delete(records::delete))
        .route("/records/{record_id}/responses", post(responses::create))
        .route("/responses/{response_id}", put(responses::update).delete(responses::delete))
        .route("/me/responses/bulk", post(responses::bulk))
        .route(
            "/records/{record_id}/suggestions",
            get(suggestions::list).put(suggestions::put).delete(suggestions::delete_many),
        )
        .route("/suggestions/{suggestion_id}", delete(suggestions::delete))
        .route("/datasets/{dataset_id}/progress", get(progress::of_dataset))
        .route("/datasets/{dataset_id}/users/progress", get(progress::of_users))
        .route("/me/datasets/{dataset_id}/metrics", get(progress::mine))
}
