//! The content of a file.

use crate::{
    names::Kind,
    ranges,
    refusal::{Answer, Refusal},
    routes::base_url,
    state::Shared,
    storage::{manifest::Entry, repository::Repository},
    streaming,
};
use axum::{
    Extension,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use examen_listening::Peer;
use std::ops::Range;

type File = (String, String, String, String);

/// `GET` and `HEAD /{prefix}{namespace}/{name}/resolve/{revision}/{path}`
pub(crate) async fn resolve(
    State(shared): State<Shared>,
    Extension(kind): Extension<Kind>,
    Path((namespace, name, revision, path)): Path<File>,
    method: Method,
    peer: Peer,
    headers: HeaderMap,
) -> Answer<Response> {
    let (repository, _) = shared.readable(&headers, kind, &namespace, &name).await?;
    let wanted = path.clone();
    let found = shared.blocking(move |shared| {
        let commit = repository.resolve(&revision)?;
        let files = shared.storage.manifest(&repository, &commit)?;
        let entry = files.0.get(&wanted).cloned();
        Ok((repository, commit, entry))
    });
    let (repository, commit, entry) = found.await?;
    let Some(entry) = entry else {
        let mut refusal = Refusal::no_entry(&path);
        refusal.headers.extend(
            value(&commit).map(|commit| (HeaderName::from_static("x-repo-commit"), commit)),
        );
        return Err(refusal);
    };
    let told = told(&base_url(&shared, &peer), &repository, &commit, &entry);
    let range = ranges::asked(&headers, entry.size)?;
    let mut answer = match method == Method::HEAD {
        true => Response::new(Body::empty()),
        false => Response::new(content(&shared, repository, &entry, range.clone()).await?),
    };
    answer.headers_mut().extend(told);
    label(&mut answer, range, entry.size);
    Ok(answer)
}

fn value(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(text).ok()
}

/// What the headers tell of a file.
fn told(
    base: &str,
    repository: &Repository,
    commit: &str,
    entry: &Entry,
) -> Vec<(HeaderName, HeaderValue)> {
    let mut told = Vec::new();
    let mut tell = |name: &'static str, text: String| {
        told.extend(value(&text).map(|value| (HeaderName::from_static(name), value)));
    };
    tell("x-repo-commit", commit.to_owned());
    match &entry.large {
        None => tell("etag", format!("\"{}\"", entry.oid)),
        Some(large) => {
            tell("etag", format!("\"{}\"", large.sha256));
            tell("x-linked-etag", format!("\"{}\"", large.sha256));
            tell("x-linked-size", entry.size.to_string());
            if let Some(xet) = &large.xet {
                let route = format!(
                    "{base}/api/{}/{}/xet-read-token/{commit}",
                    repository.name.kind.plural(),
                    repository.name.id()
                );
                tell("x-xet-hash", xet.clone());
                tell("link", format!("<{route}>; rel=\"xet-auth\""));
                tell("x-xet-refresh-route", route);
            }
        }
    }
    told
}

/// Says what the body is: never a page, which could act in this hub's name.
pub(crate) fn label(answer: &mut Response, range: Option<Range<u64>>, size: u64) {
    let length = range.as_ref().map_or(size, |range| range.end - range.start);
    if let Some(range) = range {
        *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
        let part = format!("bytes {}-{}/{size}", range.start, range.end - 1);
        answer
            .headers_mut()
            .extend(value(&part).map(|part| (header::CONTENT_RANGE, part)));
    }
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_LENGTH, length.into());
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
}

async fn content(
    shared: &Shared,
    repository: Repository,
    entry: &Entry,
    range: Option<Range<u64>>,
) -> Answer<Body> {
    let range = range.unwrap_or(0..entry.size);
    let Some(large) = &entry.large else {
        let entry = entry.clone();
        let mut bytes = shared.blocking(move |_| repository.blob(&entry)).await?;
        bytes.truncate(usize::try_from(range.end).unwrap_or(usize::MAX));
        return Ok(Body::from(bytes.split_off(
            usize::try_from(range.start).unwrap_or(0).min(bytes.len()),
        )));
    };
    large_content(shared, &large.sha256, range).await
}

/// A part of a large file.
pub(crate) async fn large_content(
    shared: &Shared,
    sha256: &str,
    range: Range<u64>,
) -> Answer<Body> {
    let hash = sha256.to_owned();
    let content = shared
        .blocking(move |shared| shared.storage.large.content(&hash))
        .await?;
    let gone = || {
        Refusal::from(std::io::Error::other(format!(
            "the large file {sha256} is gone"
        )))
    };
    let (content, _) = content.ok_or_else(gone)?;
    let shared = shared.clone();
    Ok(streaming::body(move |pieces| {
        content.read(&shared.storage.large, range, pieces)
    }))
}
