//! Hostile requests: the whole review server, called without a socket, over a dataset with every kind of part.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use examen_annotate::{
    Store, bootstrap,
    server::{AppState, router},
};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

const API_KEY: &str = "owner.apikey";

/// Placeholder of the nth question's id in an input.
pub const QUESTIONS: [&str; 6] = [
    "00000000-0000-4000-8000-000000000001",
    "00000000-0000-4000-8000-000000000002",
    "00000000-0000-4000-8000-000000000003",
    "00000000-0000-4000-8000-000000000004",
    "00000000-0000-4000-8000-000000000005",
    "00000000-0000-4000-8000-000000000006",
];
/// Placeholder of the owner's id.
pub const OWNER: &str = "00000000-0000-4000-8000-0000000000ff";

thread_local! {
    static SERVER: Server = Server::new();
}

/// Sends the body of a request that writes records.
pub fn write(body: &[u8]) {
    SERVER.with(|server| server.write(body));
}

/// Looks for words.
pub fn search(words: &str) {
    SERVER.with(|server| server.search(words));
}

/// A server with one dataset.
struct Server {
    runtime: Runtime,
    router: Router,
    dataset: String,
    /// Placeholders in inputs, and the ids.
    ids: Vec<(&'static str, String)>,
    _folder: tempfile::TempDir,
}

impl Server {
    /// A server over a new store, with a dataset of one field, question, property and vector of each kind.
    fn new() -> Self {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime can be made");
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let router = runtime.block_on(async {
            let store = Store::open(folder.path())
                .await
                .expect("a store can be made");
            let made = bootstrap(&store, "owner", Some("a long password"), Some(API_KEY)).await;
            made.expect("an owner can be made");
            router(AppState::new(store))
        });
        let mut server = Self {
            runtime,
            router,
            dataset: String::new(),
            ids: Vec::new(),
            _folder: folder,
        };
        server.make_dataset();
        server
    }

    /// Sends records to write. A failure of the server is a finding, a refusal is none.
    fn write(&self, body: &[u8]) {
        let mut text = String::from_utf8_lossy(body).into_owned();
        for (placeholder, id) in &self.ids {
            text = text.replace(placeholder, id);
        }
        let (status, told) = self.ask(
            "PUT",
            &format!("/datasets/{}/records/bulk", self.dataset),
            text,
        );
        assert!(!status.is_server_error(), "{status}: {told}");
    }

    /// Looks for words. Whatever they are, it is a query, unless there are none or they hold what no database keeps.
    fn search(&self, words: &str) {
        let body = json!({ "query": { "text": { "q": words } } }).to_string();
        let (status, told) = self.ask(
            "POST",
            &format!("/datasets/{}/records/search", self.dataset),
            body,
        );
        let is_query = !words.is_empty() && !words.contains('\0');
        assert_eq!(
            status,
            if is_query {
                StatusCode::OK
            } else {
                StatusCode::UNPROCESSABLE_ENTITY
            },
            "{told}"
        );
    }

    fn make_dataset(&mut self) {
        let workspace = self.ok("GET", "/me/workspaces", Value::Null)["items"][0]["id"].clone();
        let dataset = self.ok(
            "POST",
            "/datasets",
            json!({ "name": "d", "workspace_id": workspace }),
        );
        self.dataset = string(&dataset["id"]);
        self.ids
            .push((OWNER, string(&self.ok("GET", "/me", Value::Null)["id"])));
        let options = json!([{ "value": "a", "text": "a" }, { "value": "b", "text": "b" }]);
        let fields = [
            ("text", json!({ "type": "text" })),
            ("chat", json!({ "type": "chat" })),
            ("image", json!({ "type": "image" })),
            ("card", json!({ "type": "custom", "template": "<b></b>" })),
        ];
        let questions = [
            (
                "label",
                json!({ "type": "label_selection", "options": options }),
            ),
            (
                "topics",
                json!({ "type": "multi_label_selection", "options": options }),
            ),
            (
                "rating",
                json!({ "type": "rating", "options": [{ "value": 0 }, { "value": 1 }] }),
            ),
            ("ranking", json!({ "type": "ranking", "options": options })),
            (
                "spans",
                json!({ "type": "span", "field": "text", "options": options }),
            ),
            ("comment", json!({ "type": "text" })),
        ];
        let properties = ["terms", "integer", "float"].map(|kind| (kind, json!({ "type": kind })));
        for (name, settings) in fields {
            self.add(
                "fields",
                json!({ "name": name, "title": name, "required": name == "text", "settings": settings }),
            );
        }
        for ((name, settings), placeholder) in questions.into_iter().zip(QUESTIONS) {
            let body = json!({ "name": name, "title": name, "required": name == "label", "settings": settings });
            let id = string(&self.add("questions", body)["id"]);
            self.ids.push((placeholder, id));
        }
        for (name, settings) in properties {
            self.add(
                "metadata-properties",
                json!({ "name": name, "title": name, "settings": settings }),
            );
        }
        self.add(
            "vectors-settings",
            json!({ "name": "v", "title": "v", "dimensions": 2 }),
        );
        self.ok(
            "PUT",
            &format!("/datasets/{}/publish", self.dataset),
            Value::Null,
        );
        let record = |n: usize, text: &str| json!({ "external_id": n.to_string(), "fields": { "text": text } });
        let texts = [
            "The lazy dog",
            "El veloz conejo saltó",
            "caf\u{e9} cafe\u{301}",
            "",
            "NEAR(a b) * \" ^ -",
        ];
        let items: Vec<Value> = texts
            .iter()
            .enumerate()
            .map(|(n, text)| record(n, text))
            .collect();
        self.ok(
            "PUT",
            &format!("/datasets/{}/records/bulk", self.dataset),
            json!({ "items": items }),
        );
    }

    fn add(&self, kind: &str, part: Value) -> Value {
        self.ok("POST", &format!("/datasets/{}/{kind}", self.dataset), part)
    }

    fn ok(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, told) = self.ask(method, path, body.to_string());
        assert!(status.is_success(), "{method} {path}: {status} {told}");
        serde_json::from_str(&told).unwrap_or_default()
    }

    fn ask(&self, method: &str, path: &str, body: String) -> (StatusCode, String) {
        let request = Request::builder()
            .method(method)
            .uri(format!("/api/v1{path}"));
        let request = request
            .header("x-argilla-api-key", API_KEY)
            .body(Body::from(body))
            .expect("a sound request");
        self.runtime.block_on(async {
            let answer = self
                .router
                .clone()
                .oneshot(request)
                .await
                .unwrap_or_else(|never| match never {});
            let status = answer.status();
            let body = to_bytes(answer.into_body(), usize::MAX)
                .await
                .expect("an answer in memory can be read");
            (status, String::from_utf8_lossy(&body).into_owned())
        })
    }
}

fn string(value: &Value) -> String {
    value.as_str().expect("an id").to_owned()
}
