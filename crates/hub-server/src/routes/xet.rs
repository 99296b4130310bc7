//! Xet: tokens for it, and its storage, as `cas.openapi.yaml` of xet-core has it.

use crate::{
    bodies,
    large::{self, Fetch, LARGEST_XORB, Reconstruction},
    names::Kind,
    ranges,
    refusal::{Answer, Refusal},
    routes::{base_url, resolve},
    signing::{self, Grant, LIFETIME},
    state::Shared,
    streaming,
};
use axum::{
    Json,
    body::Body,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    response::{IntoResponse, Response},
};
use examen_listening::Peer;
use serde_json::{Map, Value, json};
use std::{collections::HashMap, fs::File, ops::Range};

type At = (String, String, String, String);

/// Largest shard.
const LARGEST_SHARD: usize = 64 * 1024 * 1024;

/// `GET /api/{kinds}/{namespace}/{name}/xet-read-token/{revision}`
pub(crate) async fn read_token(
    State(shared): State<Shared>,
    Path((kinds, namespace, name, revision)): Path<At>,
    peer: Peer,
    headers: HeaderMap,
) -> Answer<Response> {
    let kind = Kind::of_plural(&kinds)?;
    let (repository, person) = shared.readable(&headers, kind, &namespace, &name).await?;
    let commit = shared
        .blocking(move |_| repository.resolve(&revision))
        .await?;
    let grant = match person {
        Some(_) => Grant::ReadAll,
        None => Grant::ReadCommit {
            kind,
            namespace,
            name,
            commit,
        },
    };
    Ok(token(&shared, &peer, grant))
}

/// `GET /api/{kinds}/{namespace}/{name}/xet-write-token/{revision}`
pub(crate) async fn write_token(
    State(shared): State<Shared>,
    Path((kinds, namespace, name, _)): Path<At>,
    peer: Peer,
    headers: HeaderMap,
) -> Answer<Response> {
    shared
        .writable(&headers, Kind::of_plural(&kinds)?, &namespace, &name)
        .await?;
    Ok(token(&shared, &peer, Grant::Write))
}

/// A token for the storage: in JSON, and in headers, where older clients look.
fn token(shared: &Shared, peer: &Peer, grant: Grant) -> Response {
    let now = (shared.settings.clock)();
    let token = signing::sign(&shared.storage.key, grant, now);
    let (address, until) = (base_url(shared, peer), now.as_second() + LIFETIME);
    let mut answer =
        Json(json!({ "accessToken": token, "exp": until, "casUrl": address })).into_response();
    let values = [
        ("x-xet-cas-url", address),
        ("x-xet-access-token", token),
        ("x-xet-token-expiration", until.to_string()),
    ];
    for (name, text) in values {
        if let Ok(value) = HeaderValue::from_str(&text) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

/// What the request's token allows.
fn granted(shared: &Shared, headers: &HeaderMap) -> Answer<Grant> {
    let value = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = value
        .and_then(|value| value.split_once(' '))
        .map(|(_, token)| token.trim());
    let token = token.ok_or_else(|| {
        Refusal::unauthorized("this needs a token of xet-read-token or xet-write-token")
    })?;
    signing::check(&shared.storage.key, token, (shared.settings.clock)())
}

fn may_write(shared: &Shared, headers: &HeaderMap) -> Answer<()> {
    match granted(shared, headers)? {
        Grant::Write => Ok(()),
        _ => Err(Refusal::forbidden("this token may read and not write")),
    }
}

fn hash(text: &str) -> Answer<xet_core_structures::merklehash::MerkleHash> {
    large::hash(text).ok_or_else(|| Refusal::invalid("a hash has 64 lower-case hexadecimal digits"))
}

/// `POST /v1/xorbs/default/{hash}`
pub(crate) async fn add_xorb(
    State(shared): State<Shared>,
    Path(claimed): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Answer<Json<Value>> {
    may_write(&shared, &headers)?;
    let claimed = hash(&claimed)?;
    let body = bodies::whole(&shared, request.into_body(), LARGEST_XORB).await?;
    let is_new = shared
        .blocking(move |shared| shared.storage.large.add_xorb(&claimed, &body.bytes))
        .await?;
    Ok(Json(json!({ "was_inserted": is_new })))
}

/// `POST /v1/shards`
pub(crate) async fn add_shard(
    State(shared): State<Shared>,
    headers: HeaderMap,
    request: Request,
) -> Answer<Json<Value>> {
    may_write(&shared, &headers)?;
    let mut body = bodies::whole(&shared, request.into_body(), LARGEST_SHARD).await?;
    let is_new = shared.blocking(move |shared| {
        let bytes = std::mem::take(&mut body.bytes);
        shared.storage.large.add_shard(bytes)
    });
    Ok(Json(json!({ "result": u8::from(is_new.await?) })))
}

/// `GET /v1/chunks/{prefix}/{hash}`
pub(crate) async fn chunk(
    State(shared): State<Shared>,
    Path((_, chunk)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer<Vec<u8>> {
    if granted(&shared, &headers)? != Grant::Write {
        return Err(Refusal::not_found(
            "only who sends files learns of pieces that are here",
        ));
    }
    let chunk = hash(&chunk)?;
    let shard = shared
        .blocking(move |shared| shared.storage.large.xorb_of_chunk(&chunk))
        .await?;
    shard.ok_or_else(|| Refusal::not_found("no xorb is known by this piece"))
}

/// How a file is put together, and its length.
async fn reconstruction(
    shared: &Shared,
    file: String,
    headers: &HeaderMap,
) -> Answer<Reconstruction> {
    let grant = granted(shared, headers)?;
    hash(&file)?;
    let missing = || Refusal::not_found("there is no such file");
    let headers = headers.clone();
    shared
        .blocking(move |shared| {
            if !may_read(shared, &grant, &file)? {
                return Err(missing());
            }
            let record = shared.storage.large.file(&file)?.ok_or_else(missing)?;
            let range = ranges::asked(&headers, record.size)?.unwrap_or(0..record.size);
            shared.storage.large.reconstruct(&record, &range)
        })
        .await
}

fn may_read(shared: &Shared, grant: &Grant, file: &str) -> Answer<bool> {
    let Grant::ReadCommit {
        kind,
        namespace,
        name,
        commit,
    } = grant
    else {
        return Ok(matches!(grant, Grant::ReadAll | Grant::Write));
    };
    let named = crate::names::RepositoryName::new(*kind, namespace, name)?;
    let Some(repository) = shared
        .storage
        .repository(&named)?
        .filter(|found| !found.facts.is_private)
    else {
        return Ok(false);
    };
    let files = shared.storage.manifest(&repository, commit)?;
    let is_it = |large: &crate::storage::manifest::Large| large.xet.as_deref() == Some(file);
    Ok(files
        .0
        .values()
        .filter_map(|entry| entry.large.as_ref())
        .any(is_it))
}

/// The address of bytes of a xorb, which needs no token.
fn address(shared: &Shared, base: &str, xorb: &str, bytes: Range<u64>) -> String {
    let grant = Grant::Xorb {
        hash: xorb.to_owned(),
        start: bytes.start,
        end: bytes.end,
    };
    format!(
        "{base}/large/{}",
        signing::sign(&shared.storage.key, grant, (shared.settings.clock)())
    )
}

/// `GET /v1/reconstructions/{file}`
pub(crate) async fn reconstruct_v1(
    State(shared): State<Shared>,
    Path(file): Path<String>,
    peer: Peer,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let found = reconstruction(&shared, file, &headers).await?;
    let base = base_url(&shared, &peer);
    Ok(Json(json!({
        "offset_into_first_range": found.offset_into_first_range,
        "terms": found.terms,
        "fetch_info": fetch_info(&shared, &base, &found),
    })))
}

fn fetch_info(shared: &Shared, base: &str, found: &Reconstruction) -> Map<String, Value> {
    let line = |xorb: &str, fetch: &Fetch| {
        let url = address(shared, base, xorb, fetch.bytes.start..fetch.bytes.end + 1);
        json!({ "range": fetch.chunks, "url": url, "url_range": fetch.bytes })
    };
    let lines = |(xorb, fetches): (&String, &Vec<Fetch>)| {
        (
            xorb.clone(),
            fetches.iter().map(|fetch| line(xorb, fetch)).collect(),
        )
    };
    found.fetches.iter().map(lines).collect()
}

/// `GET /v2/reconstructions/{file}`: each address is of one range.
pub(crate) async fn reconstruct_v2(
    State(shared): State<Shared>,
    Path(file): Path<String>,
    peer: Peer,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let found = reconstruction(&shared, file, &headers).await?;
    let base = base_url(&shared, &peer);
    let line = |xorb: &str, fetch: &Fetch| {
        let url = address(&shared, &base, xorb, fetch.bytes.start..fetch.bytes.end + 1);
        json!({ "url": url, "ranges": [{ "chunks": fetch.chunks, "bytes": fetch.bytes }] })
    };
    let xorbs: Map<String, Value> = found
        .fetches
        .iter()
        .map(|(xorb, fetches)| {
            (
                xorb.clone(),
                fetches.iter().map(|fetch| line(xorb, fetch)).collect(),
            )
        })
        .collect();
    Ok(Json(
        json!({ "offset_into_first_range": found.offset_into_first_range, "terms": found.terms, "xorbs": xorbs }),
    ))
}

/// Files of a question for several at once.
const MOST_FILES: usize = 1000;

/// `GET /v1/reconstructions?file_id=…&file_id=…`
pub(crate) async fn reconstruct_several(
    State(shared): State<Shared>,
    Query(asked): Query<Vec<(String, String)>>,
    peer: Peer,
    headers: HeaderMap,
) -> Answer<Json<Value>> {
    let base = base_url(&shared, &peer);
    let (mut files, mut fetches) = (Map::new(), HashMap::<String, Value>::new());
    for (_, file) in asked
        .into_iter()
        .filter(|(key, _)| key == "file_id")
        .take(MOST_FILES)
    {
        let found = reconstruction(&shared, file.clone(), &headers).await?;
        for (xorb, mut lines) in fetch_info(&shared, &base, &found) {
            let known = fetches.entry(xorb).or_insert_with(|| json!([]));
            if let (Some(known), Some(lines)) = (known.as_array_mut(), lines.as_array_mut()) {
                known.append(lines);
            }
        }
        files.insert(file, json!(found.terms));
    }
    Ok(Json(json!({ "files": files, "fetch_info": fetches })))
}

/// `GET /large/{signed}`: bytes of a xorb, or a large file.
pub(crate) async fn send(
    State(shared): State<Shared>,
    method: Method,
    signed: Path<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    let grant = signing::check(&shared.storage.key, &signed, (shared.settings.clock)())?;
    let Grant::Xorb {
        hash: xorb,
        start,
        end,
    } = grant
    else {
        return super::lfs::send(State(shared), signed, headers).await;
    };
    let hash = hash(&xorb)?;
    let found = shared
        .blocking(move |shared| shared.storage.large.xorb(&hash))
        .await?;
    let (_, file): (_, File) = found.ok_or_else(|| Refusal::not_found("this xorb is gone"))?;
    let asked = ranges::asked(&headers, end)?.unwrap_or(start..end);
    if asked.start < start {
        return Err(Refusal::forbidden("the address is for other bytes"));
    }
    let mut answer = match method == Method::HEAD {
        true => Response::new(Body::empty()),
        false => {
            let bytes = asked.clone();
            Response::new(streaming::body(move |pieces| {
                large::read_file(&file, bytes, pieces)
            }))
        }
    };
    resolve::label(&mut answer, Some(asked), end);
    Ok(answer)
}

/// `POST /v1/telemetry`: what clients tell of their transfers is not kept.
pub(crate) async fn telemetry() {}

/// What Xet's storage has elsewhere, such as uploads in several steps.
pub(crate) async fn unknown() -> Refusal {
    Refusal::not_found("this hub's storage has no such route")
}
