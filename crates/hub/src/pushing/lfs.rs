//! Large files as Git LFS sends them: whole (`basic`), or in parts that the Hub names (`multipart`).

use super::send::{Outgoing, Sending};
use crate::HubError;
use examen_core::Progress;
use futures::stream;
use hf_hub::repository::RepoType;
use reqwest::{Body, Response, Url};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, io::SeekFrom, time::Duration};
use tokio::io::{AsyncReadExt, AsyncSeekExt};

const CONTENT_TYPE: &str = "application/vnd.git-lfs+json";
/// Most parts of a file; the Hub's own limit.
const MAX_PARTS: usize = 10_000;
/// Bytes that are read at once.
const CHUNK: usize = 256 * 1024;
/// Times that a file or part is sent, and the wait before the second.
const ATTEMPTS: u32 = 5;
const WAIT: Duration = Duration::from_millis(500);

#[derive(Deserialize)]
struct Batch {
    transfer: Option<String>,
    #[serde(default)]
    objects: Vec<Object>,
}

#[derive(Deserialize)]
struct Object {
    oid: String,
    #[serde(default)]
    actions: BTreeMap<String, Action>,
    error: Option<Value>,
}

#[derive(Deserialize, Clone)]
struct Action {
    href: String,
    #[serde(default)]
    header: BTreeMap<String, String>,
}

/// One part of a file.
struct Part<'a> {
    href: &'a str,
    from: u64,
    bytes: u64,
}

/// Sends the files; `false` if the Hub takes them by Xet, and nothing was sent.
pub(super) async fn send<T: RepoType>(
    sending: &Sending<'_, T>,
    files: &[&Outgoing],
    progress: &dyn Progress,
) -> Result<bool, HubError> {
    let batch = batch(sending, files).await?;
    match batch.transfer.as_deref() {
        Some("xet") => return Ok(false),
        Some("basic" | "multipart") | None => {}
        Some(other) => {
            return Err(sending.unreadable(format!("it wants files sent by `{other}`")));
        }
    }
    for file in files {
        let object = batch
            .objects
            .iter()
            .find(|object| object.oid == file.sha256);
        let object = object
            .ok_or_else(|| sending.unreadable(format!("it says nothing of {}", file.file.path)))?;
        if let Some(error) = &object.error {
            return Err(sending.unreadable(examen_http::reason(&error.to_string())));
        }
        send_one(sending, file, &object.actions).await?;
        progress.advance(file.bytes);
    }
    Ok(true)
}

async fn batch<T: RepoType>(
    sending: &Sending<'_, T>,
    files: &[&Outgoing],
) -> Result<Batch, HubError> {
    let object = |file: &&Outgoing| json!({"oid": file.sha256, "size": file.bytes});
    let body = json!({
        "operation": "upload",
        "transfers": ["basic", "multipart", "xet"],
        "objects": files.iter().map(object).collect::<Vec<_>>(),
        "hash_algo": "sha256",
        "ref": {"name": sending.push.branch.unwrap_or("main")},
    });
    let mut url = sending.api.clone();
    url.set_path(&format!("/{}.git/info/lfs/objects/batch", sending.title));
    sending.post(url, body.to_string(), CONTENT_TYPE).await
}

/// Sends a file, unless the Hub has it.
async fn send_one<T: RepoType>(
    sending: &Sending<'_, T>,
    file: &Outgoing,
    actions: &BTreeMap<String, Action>,
) -> Result<(), HubError> {
    let Some(upload) = actions.get("upload") else {
        return Ok(());
    };
    match upload.header.get("chunk_size") {
        Some(size) => in_parts(sending, file, upload, size).await?,
        None => {
            let whole = Part {
                href: &upload.href,
                from: 0,
                bytes: file.bytes,
            };
            put(sending, file, &whole, &upload.header).await?;
        }
    }
    match actions.get("verify") {
        Some(verify) => {
            let body = json!({"oid": file.sha256, "size": file.bytes});
            tell(sending, verify, body).await
        }
        None => Ok(()),
    }
}

async fn in_parts<T: RepoType>(
    sending: &Sending<'_, T>,
    file: &Outgoing,
    upload: &Action,
    size: &str,
) -> Result<(), HubError> {
    let size = size.parse().ok().filter(|size: &u64| *size > 0);
    let size = size.ok_or_else(|| sending.unreadable("a part has no size".to_owned()))?;
    let n_parts = file.bytes.div_ceil(size);
    let mut done = Vec::new();
    // Addresses are named by the part's number, which begins at 1, with leading zeros.
    let addresses: BTreeMap<u64, &str> = upload
        .header
        .iter()
        .filter_map(|(name, href)| Some((name.parse().ok()?, href.as_str())))
        .collect();
    if addresses.len() > MAX_PARTS || addresses.len() as u64 != n_parts {
        let n = addresses.len();
        return Err(sending.unreadable(format!("it names {n} parts of {n_parts}")));
    }
    for (index, (number, href)) in (0..).zip(addresses) {
        let from = index * size;
        let part = Part {
            href,
            from,
            bytes: size.min(file.bytes - from),
        };
        let response = put(sending, file, &part, &BTreeMap::new()).await?;
        let tag = response.headers().get("etag");
        let tag = tag.and_then(|tag| tag.to_str().ok()).unwrap_or_default();
        done.push(json!({"partNumber": number, "etag": tag}));
    }
    tell(sending, upload, json!({"oid": file.sha256, "parts": done})).await
}

/// Sends one part, again where that may help. Another host than the Hub's gets the headers that the Hub gave, and no token.
async fn put<T: RepoType>(
    sending: &Sending<'_, T>,
    file: &Outgoing,
    part: &Part<'_>,
    headers: &BTreeMap<String, String>,
) -> Result<Response, HubError> {
    let url = address(sending, part.href)?;
    for attempt in 1.. {
        let mut request = sending
            .direct
            .put(url.clone())
            .header("content-length", part.bytes)
            .body(body(file, part).await?);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        match request.send().await {
            Err(_) if attempt < ATTEMPTS => {}
            Err(source) => {
                return Err(HubError::HuggingFaceFile {
                    file: file.file.path.clone(),
                    source,
                });
            }
            Ok(response) if attempt < ATTEMPTS && may_pass(&response) => {}
            Ok(response) => return sending.accepted(response).await,
        }
        tracing::warn!(path = file.file.path, attempt, "sending it again");
        tokio::time::sleep(WAIT * attempt).await;
    }
    unreachable!("the last attempt returns")
}

fn may_pass(response: &Response) -> bool {
    let status = response.status();
    !status.is_success() && examen_http::repeat(status.as_u16()) != examen_http::Repeat::Never
}

async fn body(file: &Outgoing, part: &Part<'_>) -> Result<Body, HubError> {
    let path = &file.file.from;
    let opened = async {
        let mut opened = tokio::fs::File::open(path).await?;
        opened.seek(SeekFrom::Start(part.from)).await?;
        Ok(opened.take(part.bytes))
    };
    let opened = opened.await.map_err(HubError::io("read", path))?;
    let chunks = stream::try_unfold(opened, |mut opened| async move {
        let mut chunk = vec![0; CHUNK];
        let n = opened.read(&mut chunk).await?;
        chunk.truncate(n);
        Ok::<_, std::io::Error>((n > 0).then_some((chunk, opened)))
    });
    Ok(Body::wrap_stream(chunks))
}

async fn tell<T: RepoType>(
    sending: &Sending<'_, T>,
    action: &Action,
    body: Value,
) -> Result<(), HubError> {
    let mut request = sending
        .direct
        .post(address(sending, &action.href)?)
        .header("content-type", CONTENT_TYPE)
        .body(body.to_string());
    let is_part = |name: &str| name == "chunk_size" || name.parse::<u64>().is_ok();
    for (name, value) in action.header.iter().filter(|(name, _)| !is_part(name)) {
        request = request.header(name, value);
    }
    let answer = request.send().await;
    let answer = answer.map_err(|source| HubError::HuggingFaceFile {
        file: sending.title.to_owned(),
        source,
    })?;
    sending.accepted(answer).await.map(drop)
}

fn address<T: RepoType>(sending: &Sending<'_, T>, href: &str) -> Result<Url, HubError> {
    let url = sending.api.join(href).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
    url.ok_or_else(|| sending.unreadable("it names no address to send to".to_owned()))
}
