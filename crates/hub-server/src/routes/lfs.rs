//! git-lfs, for clients without Xet, and for git.

use crate::{
    bodies::{self, Parts},
    large::Receiving,
    names::{self, Kind},
    ranges,
    refusal::{Answer, Refusal},
    routes::{base_url, resolve},
    signing::{self, Grant},
    state::Shared,
};
use axum::{
    Extension, Json,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use examen_listening::Peer;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashSet;

/// What is to be sent or fetched.
#[derive(Deserialize)]
struct Batch {
    operation: String,
    objects: Vec<Object>,
}

/// One large file.
#[derive(Deserialize, Clone)]
struct Object {
    oid: String,
    size: u64,
}

/// Most large files of one request.
const MOST: usize = 10_000;

/// `POST /{prefix}{namespace}/{name}.git/info/lfs/objects/batch`
pub(crate) async fn batch(
    State(shared): State<Shared>,
    Extension(kind): Extension<Kind>,
    Path((namespace, name)): Path<(String, String)>,
    peer: Peer,
    headers: HeaderMap,
    request: Request,
) -> Answer<Response> {
    let batch: Batch = bodies::json(&shared, request.into_body()).await?;
    let is_upload = match batch.operation.as_str() {
        "upload" => true,
        "download" => false,
        other => {
            return Err(Refusal::invalid(format!(
                "the operation `{other}` is not known"
            )));
        }
    };
    let (repository, _) = shared.readable(&headers, kind, &namespace, &name).await?;
    if is_upload {
        shared.writer(&headers).await?;
    }
    if batch.objects.len() > MOST {
        return Err(Refusal::too_large(format!(
            "at most {MOST} large files at a time"
        )));
    }
    let base = base_url(&shared, &peer);
    let objects = shared.blocking(move |shared| {
        let known = match is_upload {
            true => Vec::new(),
            false => shared.storage.large_files(&repository)?,
        };
        let known: HashSet<String> = known.into_iter().map(|large| large.sha256).collect();
        batch
            .objects
            .iter()
            .map(|object| line(shared, &base, object, is_upload, &known))
            .collect::<Answer<Vec<_>>>()
    });
    let answer = json!({ "transfer": "basic", "objects": objects.await? });
    let kind = HeaderValue::from_static("application/vnd.git-lfs+json");
    Ok(([(header::CONTENT_TYPE, kind)], Json(answer)).into_response())
}

fn line(
    shared: &Shared,
    base: &str,
    object: &Object,
    is_upload: bool,
    known: &HashSet<String>,
) -> Answer<Value> {
    let Object { oid, size } = object.clone();
    if oid.len() != 64 || !names::is_hex(&oid) || size > shared.settings.max_file {
        let message = format!(
            "no SHA-256, or more than {} bytes",
            shared.settings.max_file
        );
        return Ok(
            json!({ "oid": oid, "size": size, "error": { "code": 422, "message": message } }),
        );
    }
    let found = shared.storage.large.content(&oid)?;
    let signed = |grant| {
        let signed = signing::sign(&shared.storage.key, grant, (shared.settings.clock)());
        json!({ "href": format!("{base}/large/{signed}"), "expires_in": signing::LIFETIME })
    };
    Ok(match (is_upload, found) {
        (true, Some(_)) => json!({ "oid": oid, "size": size }),
        (true, None) => {
            json!({ "oid": oid, "size": size, "authenticated": true, "actions": { "upload": signed(Grant::Send { sha256: oid.clone(), size }) } })
        }
        (false, Some(_)) if known.contains(&oid) => {
            json!({ "oid": oid, "size": size, "authenticated": true, "actions": { "download": signed(Grant::Fetch { sha256: oid.clone() }) } })
        }
        (false, _) => {
            json!({ "oid": oid, "size": size, "error": { "code": 404, "message": "this repository has no such large file" } })
        }
    })
}

/// `PUT /large/{signed}`: a large file comes.
pub(crate) async fn receive(
    State(shared): State<Shared>,
    Path(signed): Path<String>,
    request: Request,
) -> Answer<()> {
    let Grant::Send { sha256, size } =
        signing::check(&shared.storage.key, &signed, (shared.settings.clock)())?
    else {
        return Err(Refusal::forbidden("this address is for something else"));
    };
    let incoming = shared.storage.incoming();
    let mut receiving = Receiving::begin(&incoming)?;
    let mut parts = Parts::of(request.into_body());
    while let Some(part) = parts.next(&shared).await? {
        if receiving.length() + part.len() as u64 > size {
            return Err(Refusal::too_large("more bytes than were announced"));
        }
        receiving = shared.blocking(move |_| Ok(receiving.take(&part)?)).await?;
    }
    let received = receiving;
    shared
        .blocking(move |shared| shared.storage.large.keep(received, &sha256, size))
        .await
}

/// `GET /large/{signed}`: a large file goes.
pub(crate) async fn send(
    State(shared): State<Shared>,
    Path(signed): Path<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    let Grant::Fetch { sha256 } =
        signing::check(&shared.storage.key, &signed, (shared.settings.clock)())?
    else {
        return Err(Refusal::forbidden("this address is for something else"));
    };
    let hash = sha256.clone();
    let found = shared
        .blocking(move |shared| shared.storage.large.content(&hash))
        .await?;
    let (_, size) = found.ok_or_else(|| Refusal::not_found("this large file is gone"))?;
    let range = ranges::asked(&headers, size)?;
    let body = resolve::large_content(&shared, &sha256, range.clone().unwrap_or(0..size)).await?;
    let mut answer = Response::new(body);
    resolve::label(&mut answer, range, size);
    Ok(answer)
}
