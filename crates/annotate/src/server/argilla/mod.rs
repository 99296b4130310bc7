//! Argilla's REST API, version 1: one file a noun. Handlers read the request, ask who may, call the store and map.
//!
//! A request is refused in this order: nobody known makes it (401), it does not fit its schema (422), what it names is
//! not there (404), the role may not (403), a rule is against it (409, 422).

mod accounts;
mod dataset_parts;
mod datasets;
mod info;
mod progress;
mod protocol;
mod records;
pub(super) mod webhooks;

use super::{AppState, guarding::limits, openapi};
use accounts::{token, users, workspaces};
use axum::{Router, middleware};
use protocol::{
    caller,
    refused::{self, Refused},
    request, wire,
};
use records::{responses, routes as record_routes, search, suggestions};
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

/// Most bytes of a usual body: a record with an image in it.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// Everything under `/api/v1`, and what is documented of it. The address of a route stands above its handler.
pub(super) fn router(state: &AppState) -> (Router<AppState>, OpenApi) {
    let usual = accounts()
        .merge(datasets())
        .merge(dataset_parts())
        .merge(records())
        .merge(annotations());
    let for_users = limits::bodies::<Refused>(usual, state, MAX_BODY_BYTES)
        .merge(limits::bodies::<Refused>(
            bulk(),
            state,
            state.settings.max_bulk_bytes,
        ))
        .route_layer(middleware::from_fn_with_state(
            state.clone(),
            caller::require,
        ));
    let for_strangers = OpenApiRouter::new()
        .routes(routes!(openapi::serve))
        .routes(routes!(info::version))
        .routes(routes!(info::status))
        .routes(routes!(info::settings))
        .routes(routes!(info::oauth2_providers))
        .routes(routes!(token::create));
    let for_strangers = limits::bodies::<Refused>(for_strangers, state, limits::MAX_LOGIN_BYTES)
        .route_layer(middleware::from_fn(limits::soon::<Refused>));
    let (routes, document) = OpenApiRouter::new()
        .merge(for_strangers)
        .merge(for_users)
        .split_for_parts();
    let router = routes
        .layer(middleware::from_fn_with_state(
            state.clone(),
            limits::bounded::<Refused>,
        ))
        .method_not_allowed_fallback(async || Refused::Method)
        .fallback(async || Refused::Address);
    (router, document)
}

fn accounts() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(users::me))
        .routes(routes!(users::list, users::create))
        .routes(routes!(users::one, users::update, users::delete))
        .routes(routes!(workspaces::of_user))
        .routes(routes!(workspaces::mine))
        .routes(routes!(workspaces::create))
        .routes(routes!(workspaces::one, workspaces::delete))
        .routes(routes!(workspaces::members, workspaces::add_member))
        .routes(routes!(workspaces::remove_member))
        .routes(routes!(webhooks::routes::list, webhooks::routes::create))
        .routes(routes!(webhooks::routes::update, webhooks::routes::delete))
        .routes(routes!(webhooks::routes::ping))
}

fn datasets() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(datasets::mine))
        .routes(routes!(datasets::create))
        .routes(routes!(datasets::one, datasets::update, datasets::delete))
        .routes(routes!(datasets::publish))
        .routes(routes!(progress::of_dataset))
        .routes(routes!(progress::of_users))
        .routes(routes!(progress::mine))
}

fn dataset_parts() -> OpenApiRouter<AppState> {
    use dataset_parts::{fields, metadata_properties, questions, vectors_settings};
    OpenApiRouter::new()
        .routes(routes!(fields::list, fields::create))
        .routes(routes!(fields::update, fields::delete))
        .routes(routes!(questions::list, questions::create))
        .routes(routes!(questions::update, questions::delete))
        .routes(routes!(metadata_properties::list))
        .routes(routes!(metadata_properties::create))
        .routes(routes!(
            metadata_properties::update,
            metadata_properties::delete
        ))
        .routes(routes!(metadata_properties::metrics))
        .routes(routes!(vectors_settings::list, vectors_settings::create))
        .routes(routes!(vectors_settings::update, vectors_settings::delete))
}

fn bulk() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(record_routes::upsert, record_routes::create))
}

fn records() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(record_routes::list, record_routes::delete_many))
        .routes(routes!(search::all))
        .routes(routes!(search::mine))
        .routes(routes!(
            record_routes::one,
            record_routes::update,
            record_routes::delete
        ))
}

fn annotations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(responses::create))
        .routes(routes!(responses::update, responses::delete))
        .routes(routes!(responses::bulk))
        .routes(routes!(
            suggestions::list,
            suggestions::put,
            suggestions::delete_many
        ))
        .routes(routes!(suggestions::delete))
        .routes(routes!(suggestions::options))
}
