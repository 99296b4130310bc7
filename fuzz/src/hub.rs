//! Hostile pushes: the whole hub, called without a socket: lines of a commit, xorbs, shards.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use examen_hub_server::{Rights, Settings, Storage, Tokens, router};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

const TOKEN: &str = "hf_fuzz_0123456789abcdef";
/// A hash that an input may claim; few inputs have it, and all are read before it is compared.
const HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

thread_local! {
    static HUB: Hub = Hub::new();
}

/// Pushes the lines of a commit.
pub fn commit(lines: &[u8]) {
    HUB.with(|hub| hub.send(TOKEN, "/api/datasets/org/set/commit/main", lines));
}

/// Sends a xorb.
pub fn xorb(bytes: &[u8]) {
    HUB.with(|hub| {
        hub.send(
            &hub.write_token,
            &format!("/v1/xorbs/default/{HASH}"),
            bytes,
        )
    });
}

/// Sends a shard.
pub fn shard(bytes: &[u8]) {
    HUB.with(|hub| hub.send(&hub.write_token, "/v1/shards", bytes));
}

/// A hub with one repository.
struct Hub {
    runtime: Runtime,
    router: Router,
    /// Of Xet's storage.
    write_token: String,
    _folder: tempfile::TempDir,
}

impl Hub {
    fn new() -> Self {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime can be made");
        let folder = tempfile::tempdir().expect("a folder can be made");
        let mut tokens = Tokens::open(folder.path()).expect("a new folder has no tokens");
        tokens
            .add("org", Rights::Write, TOKEN)
            .expect("a token can be kept");
        let storage = Storage::open(folder.path()).expect("a new folder is free");
        let router = router(
            storage,
            Arc::new(tokens),
            Settings::new(|| Timestamp::UNIX_EPOCH),
        );
        let mut hub = Self {
            runtime,
            router,
            write_token: String::new(),
            _folder: folder,
        };
        hub.ask(
            "POST",
            TOKEN,
            "/api/repos/create",
            json!({"name": "org/set", "type": "dataset"})
                .to_string()
                .as_bytes(),
        );
        let granted = hub.ask(
            "GET",
            TOKEN,
            "/api/datasets/org/set/xet-write-token/main",
            b"",
        );
        hub.write_token = granted["accessToken"]
            .as_str()
            .expect("the owner may write")
            .to_owned();
        hub
    }

    fn send(&self, token: &str, path: &str, body: &[u8]) {
        self.ask("POST", token, path, body);
    }

    fn ask(&self, method: &str, token: &str, path: &str, body: &[u8]) -> Value {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "hub.example");
        let request = request.header("authorization", format!("Bearer {token}"));
        let request = request
            .body(Body::from(body.to_vec()))
            .expect("the request is one");
        self.runtime.block_on(async {
            let answer = self
                .router
                .clone()
                .oneshot(request)
                .await
                .expect("the router answers");
            let status = answer.status();
            let body = to_bytes(answer.into_body(), usize::MAX)
                .await
                .unwrap_or_default();
            assert!(
                !status.is_server_error(),
                "{status}: {}",
                String::from_utf8_lossy(&body)
            );
            serde_json::from_slice(&body).unwrap_or_default()
        })
    }
}
