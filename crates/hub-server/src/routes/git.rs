//! `git clone`: objects and references as files, which git reads from any web server ("dumb" protocol).

use crate::{
    names::{self, Kind},
    refusal::{Answer, Refusal},
    state::Shared,
    storage::repository::Repository,
};
use axum::{
    Extension,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use std::fs;

type Named = (String, String);

/// `GET /{prefix}{namespace}/{name}/HEAD`
pub(crate) async fn head(
    shared: State<Shared>,
    kind: Extension<Kind>,
    named: Path<Named>,
    headers: HeaderMap,
) -> Answer<Response> {
    answer(shared, kind, named.0, "HEAD".to_owned(), headers).await
}

/// `GET /{prefix}{namespace}/{name}/info/refs`
pub(crate) async fn references(
    shared: State<Shared>,
    kind: Extension<Kind>,
    named: Path<Named>,
    headers: HeaderMap,
) -> Answer<Response> {
    answer(shared, kind, named.0, "info/refs".to_owned(), headers).await
}

/// `GET /{prefix}{namespace}/{name}/objects/{path}`
pub(crate) async fn object(
    shared: State<Shared>,
    kind: Extension<Kind>,
    Path((namespace, name, path)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Answer<Response> {
    answer(
        shared,
        kind,
        (namespace, name),
        format!("objects/{path}"),
        headers,
    )
    .await
}

async fn answer(
    State(shared): State<Shared>,
    Extension(kind): Extension<Kind>,
    (namespace, name): Named,
    path: String,
    headers: HeaderMap,
) -> Answer<Response> {
    let (repository, _) = shared.readable(&headers, kind, &namespace, &name).await?;
    let body = shared.blocking(move |_| read(&repository, &path)).await?;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind)], Body::from(body)).into_response())
}

fn read(repository: &Repository, path: &str) -> Answer<Vec<u8>> {
    if path == "HEAD" {
        return Ok(fs::read(repository.folder.join("HEAD"))?);
    }
    if path == "info/refs" {
        let references = repository.references()?;
        let lines: String = references
            .all()
            .map(|(name, commit)| format!("{commit}\t{name}\n"))
            .collect();
        return Ok(lines.into_bytes());
    }
    if path == "objects/info/packs" {
        return Ok(b"\n".to_vec());
    }
    let missing = || Refusal::not_found("git has no such file here");
    let (folder, file) = path
        .strip_prefix("objects/")
        .and_then(|rest| rest.split_once('/'))
        .ok_or_else(missing)?;
    if folder.len() != 2 || file.len() != 38 || !names::is_hex(folder) || !names::is_hex(file) {
        return Err(missing());
    }
    fs::read(repository.folder.join("objects").join(folder).join(file)).map_err(|_| missing())
}
