//! The routes, one file a noun, and what they have in common.

mod account;
mod git;
mod history;
mod lfs;
mod pushing;
mod repositories;
mod resolve;
mod tree;
mod watch;
mod xet;

use crate::{names::Kind, pages, refusal::Refusal, state::Shared};
use axum::{
    Extension, Router,
    http::{HeaderValue, header},
    response::Response,
    routing::{any, delete, get, post, put},
};
use examen_listening::Peer;

/// Every route.
pub(crate) fn all() -> Router<Shared> {
    let below = Kind::ALL
        .into_iter()
        .map(of_repositories)
        .reduce(Router::merge)
        .unwrap_or_default();
    Router::new()
        .route("/health", get(watch::health))
        .route("/ready", get(watch::ready))
        .route("/metrics", get(watch::metrics))
        .route("/", get(pages::home))
        .route("/login", get(pages::login))
        .route("/assets/hub.css", get(pages::style))
        .merge(api())
        .merge(storage())
        .merge(below)
        .fallback(|| async { Refusal::not_found("this hub has no such route") })
}

fn api() -> Router<Shared> {
    let of = |tail: &str| format!("/api/{{kinds}}/{{namespace}}/{{name}}{tail}");
    Router::new()
        .route("/api/whoami-v2", get(account::whoami))
        .route("/api/validate-yaml", post(account::validate))
        .route("/api/repos/create", post(repositories::create))
        .route("/api/repos/delete", delete(repositories::delete))
        .route("/api/repos/move", post(repositories::rename))
        .route("/api/{kinds}", get(repositories::list))
        .route(&of(""), get(repositories::info))
        .route(&of("/revision/{revision}"), get(repositories::info_at))
        .route(&of("/auth-check"), get(repositories::may_read))
        .route(&of("/settings"), put(repositories::settings))
        .route(&of("/tree/{revision}"), get(tree::root))
        .route(&of("/tree/{revision}/{*path}"), get(tree::below))
        .route(&of("/paths-info/{revision}"), post(tree::paths_info))
        .route(&of("/refs"), get(history::references))
        .route(&of("/commits/{revision}"), get(history::commits))
        .route(
            &of("/branch/{branch}"),
            post(history::create_branch).delete(history::delete_branch),
        )
        .route(
            &of("/tag/{tag}"),
            post(history::create_tag).delete(history::delete_tag),
        )
        .route(&of("/super-squash/{branch}"), post(history::squash))
        .route(&of("/preupload/{revision}"), post(pushing::announce))
        .route(&of("/commit/{revision}"), post(pushing::commit))
        .route(&of("/xet-read-token/{revision}"), get(xet::read_token))
        .route(&of("/xet-write-token/{revision}"), get(xet::write_token))
}

fn storage() -> Router<Shared> {
    Router::new()
        .route("/v1/xorbs/default/{hash}", post(xet::add_xorb))
        .route("/v1/shards", post(xet::add_shard))
        .route("/v1/chunks/{prefix}/{hash}", get(xet::chunk))
        .route("/v1/reconstructions", get(xet::reconstruct_several))
        .route("/v1/reconstructions/{file}", get(xet::reconstruct_v1))
        .route("/v2/reconstructions/{file}", get(xet::reconstruct_v2))
        .route("/v1/telemetry", post(xet::telemetry))
        // Clients take another way where there is none, as long as it is not found.
        .route("/v1/{*other}", any(xet::unknown))
        .route("/v2/{*other}", any(xet::unknown))
        .route("/large/{signed}", get(xet::send).put(lfs::receive))
}

/// Routes of a kind of repository without `/api`: pages, contents of files, and git.
fn of_repositories(kind: Kind) -> Router<Shared> {
    let of = |tail: &str| format!("{}/{{namespace}}/{{name}}{tail}", kind.prefix());
    Router::new()
        .route(&of(""), get(pages::repository))
        .route(&of("/tree/{revision}"), get(pages::root))
        .route(&of("/tree/{revision}/{*path}"), get(pages::folder))
        .route(&of("/commits/{revision}"), get(pages::commits))
        .route(&of("/resolve/{revision}/{*path}"), get(resolve::resolve))
        .route(&of("/info/lfs/objects/batch"), post(lfs::batch))
        .route(&of("/HEAD"), get(git::head))
        .route(&of("/info/refs"), get(git::references))
        .route(&of("/objects/{*path}"), get(git::object))
        .layer(Extension(kind))
}

/// Scheme, host and port by which the client reached the hub.
fn base_url(shared: &Shared, peer: &Peer) -> String {
    match &shared.settings.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => peer.site().unwrap_or_default(),
    }
}

/// Says where a list goes on, as the Hub does.
fn link_next(answer: &mut Response, url: &str) {
    if let Ok(link) = HeaderValue::from_str(&format!("<{url}>; rel=\"next\"")) {
        answer.headers_mut().insert(header::LINK, link);
    }
}

/// Text as a part of a path or a query.
pub(crate) fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let encode = |byte: u8| match is_plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}
