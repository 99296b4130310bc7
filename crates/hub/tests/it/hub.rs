//! A server that answers as the Hub does for files outside Xet.

use crate::{WEIGHTS, WEIGHTS_SHA256};
use examen_hub::{HubAccess, ModelCache};
use serde_json::{Value, json};
use tempfile::TempDir;
use wiremock::{
    Mock, MockServer, Request, Respond, ResponseTemplate,
    matchers::{method, path, query_param},
};

pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// Answers a file, or the range of it that is asked for, at most `limit` bytes at a time.
struct Bytes {
    bytes: Vec<u8>,
    limit: usize,
}

impl Respond for Bytes {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let range = request
            .headers
            .get("range")
            .map(|range| range.to_str().unwrap());
        let bounds = range.map(|range| range.trim_start_matches("bytes=").split_once('-').unwrap());
        let start: usize = bounds.map_or(0, |(start, _)| start.parse().unwrap());
        let last = bounds.and_then(|(_, last)| last.parse::<usize>().ok());
        let wanted = last.map_or(self.bytes.len(), |last| self.bytes.len().min(last + 1));
        let end = wanted.min(start.saturating_add(self.limit));
        ResponseTemplate::new(if range.is_some() { 206 } else { 200 })
            .set_body_bytes(&self.bytes[start..end])
    }
}

/// A server and a folder for a cache.
pub(crate) struct Hub {
    pub(crate) server: MockServer,
    pub(crate) folder: TempDir,
    /// Before the repository's name in addresses: nothing for a model.
    prefix: &'static str,
}

impl Hub {
    /// A Hub with the model `org/tiny`, whose files all say the same.
    pub(crate) async fn new(files: &[&str], limit: usize) -> Self {
        Self::of("models", "", files, limit).await
    }

    /// The same with a dataset, of which the last file is told on a page of its own.
    pub(crate) async fn of_dataset(files: &[&str], limit: usize) -> Self {
        let (last, first) = files.split_last().unwrap();
        let hub = Self::of("datasets", "datasets/", first, limit).await;
        let next = Mock::given(method("GET")).and(path("/page/2"));
        next.respond_with(ResponseTemplate::new(200).set_body_json([entry(last)]))
            .mount(&hub.server)
            .await;
        hub.mount(last, WEIGHTS_SHA256, limit).await;
        hub
    }

    async fn of(kind: &str, prefix: &'static str, files: &[&str], limit: usize) -> Self {
        let hub = Self {
            server: MockServer::builder().start().await,
            folder: tempfile::tempdir().unwrap(),
            prefix,
        };
        let answer = |body| ResponseTemplate::new(200).set_body_json(body);
        let info = answer(json!({"id": "org/tiny", "sha": COMMIT}));
        for revision in [
            "".to_owned(),
            "/revision/v1".to_owned(),
            format!("/revision/{COMMIT}"),
        ] {
            let asked =
                Mock::given(method("GET")).and(path(format!("/api/{kind}/org/tiny{revision}")));
            asked.respond_with(info.clone()).mount(&hub.server).await;
        }
        let tree = answer(json!(
            files.iter().map(|file| entry(file)).collect::<Vec<_>>()
        ));
        let tree = match kind {
            "models" => tree,
            _ => tree.insert_header(
                "link",
                format!("<{}/page/2>; rel=\"next\"", hub.server.uri()),
            ),
        };
        let listing =
            Mock::given(method("GET")).and(path(format!("/api/{kind}/org/tiny/tree/{COMMIT}")));
        listing
            .and(query_param("recursive", "true"))
            .respond_with(tree)
            .mount(&hub.server)
            .await;
        for file in files {
            hub.mount(file, WEIGHTS_SHA256, limit).await;
        }
        hub
    }

    pub(crate) async fn mount(&self, file: &str, etag: &str, limit: usize) {
        let url = format!("/{}org/tiny/resolve/{COMMIT}/{file}", self.prefix);
        let head = ResponseTemplate::new(200)
            .insert_header("x-repo-commit", COMMIT)
            .insert_header("x-linked-etag", format!("\"{etag}\""))
            .insert_header("x-linked-size", WEIGHTS.len().to_string());
        Mock::given(method("HEAD"))
            .and(path(&url))
            .respond_with(head)
            .mount(&self.server)
            .await;
        let bytes = Bytes {
            bytes: WEIGHTS.to_vec(),
            limit,
        };
        Mock::given(method("GET"))
            .and(path(&url))
            .respond_with(bytes)
            .mount(&self.server)
            .await;
    }

    pub(crate) fn cache(&self) -> ModelCache {
        ModelCache::new(self.folder.path(), self.access())
    }

    pub(crate) fn access(&self) -> HubAccess {
        HubAccess {
            endpoint: Some(self.server.uri()),
            token: Some("secret".to_owned()),
            ..HubAccess::default()
        }
    }

    /// Ranges that were asked for, in order; `None` for a whole file.
    pub(crate) async fn ranges(&self) -> Vec<Option<String>> {
        let requests = self.server.received_requests().await.unwrap();
        let files = requests
            .iter()
            .filter(|r| r.method.as_str() == "GET" && r.url.path().contains("/resolve/"));
        files
            .map(|r| {
                r.headers
                    .get("range")
                    .map(|range| range.to_str().unwrap().to_owned())
            })
            .collect()
    }
}

fn entry(file: &str) -> Value {
    json!({"type": "file", "oid": "1", "size": WEIGHTS.len(), "path": file})
}
