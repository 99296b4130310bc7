//! A store in a temporary folder, a small exam, and a server that is called without a socket.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, HeaderValue, Request, StatusCode, header},
};
use examen_annotate::{
    LoadOptions, Location, Role, Store, bootstrap, create_user, exam,
    server::{AppState, Clock, Settings, router},
    store::{DEFAULT_WORKSPACE, Existing, NewDataset, NewRecord, NewResponse, User},
};
use examen_core::{
    Language, Seed,
    annotation::{ResponseStatus, ReviewMode, Suggestion},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use sqlx::Connection;
use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};
use tower::ServiceExt;
use uuid::Uuid;

pub(crate) const PASSWORD: &str = "a fine password";
pub(crate) const API_KEY: &str = "argilla.apikey";

pub(crate) fn time(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

/// A time that the test moves, or sets.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<Mutex<(Timestamp, Duration)>>);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new((time(0), Duration::ZERO))))
    }

    pub(crate) fn set(&self, now: Timestamp) {
        self.0.lock().unwrap().0 = now;
    }

    pub(crate) fn advance(&self, duration: SignedDuration) {
        let mut time = self.0.lock().unwrap();
        time.0 += duration;
        time.1 += duration.unsigned_abs();
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.0.lock().unwrap().0
    }

    fn steady(&self) -> Duration {
        self.0.lock().unwrap().1
    }
}

/// Names the PostgreSQL server to run the tests on: the address of a database whose user may make others. Without it
/// they run on SQLite.
pub(crate) const SERVER: &str = "EXAMEN_TEST_POSTGRES";

/// A store and what it lies in; the folder goes when this goes.
pub(crate) struct Stored {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) location: Location,
    pub(crate) store: Store,
}

pub(crate) async fn stored() -> Stored {
    let (folder, location) = nowhere_yet().await;
    let store = location.open().await.unwrap();
    Stored {
        folder,
        location,
        store,
    }
}

/// Where a store can be made, and its folder.
pub(crate) async fn nowhere_yet() -> (tempfile::TempDir, Location) {
    let folder = tempfile::tempdir().unwrap();
    let database_url = match std::env::var(SERVER) {
        Ok(server) => Some(new_database(&server).await),
        Err(_) => None,
    };
    let location = Location {
        folder: folder.path().to_owned(),
        database_url,
    };
    (folder, location)
}

async fn new_database(server: &str) -> String {
    let name = format!("test_{}", Uuid::new_v4().simple());
    let mut connection = sqlx::PgConnection::connect(server).await.unwrap();
    let make = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name} STRATEGY file_copy"));
    sqlx::query(make).execute(&mut connection).await.unwrap();
    let (server, _) = server.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}

pub(crate) fn new_record(number: usize) -> NewRecord {
    let field = |name: &str, text: String| (name.to_owned(), Value::from(text));
    let mut fields = Map::from_iter([field("question", format!("Question {number}?"))]);
    for letter in ["answer_a", "answer_b", "answer_c", "answer_d"] {
        fields.extend([field(letter, format!("{letter} of {number}"))]);
    }
    fields.extend([field("passage", format!("Passage {number}."))]);
    NewRecord {
        id: Uuid::new_v4(),
        external_id: format!("q{number}"),
        fields,
        metadata: Map::from_iter([("quote".to_owned(), json!(format!("Passage {number}")))]),
        suggestions: vec![Suggestion {
            question: "correct_answer".to_owned(),
            value: json!("answer_b"),
            agent: Some("model".to_owned()),
        }],
    }
}

pub(crate) async fn new_dataset(store: &Store, name: &str, min_submitted: u32) -> NewDataset {
    let workspace = store
        .ensure_workspace(DEFAULT_WORKSPACE, Uuid::new_v4(), time(0))
        .await
        .unwrap();
    NewDataset {
        id: Uuid::new_v4(),
        workspace_id: workspace.id,
        name: name.to_owned(),
        settings: exam::settings(Language::ENGLISH, None, min_submitted),
        metadata: Map::new(),
    }
}

/// A dataset `exam` of `n` records; one submitted response completes a record.
pub(crate) async fn exam_of(store: &Store, n: usize) -> Uuid {
    let dataset = new_dataset(store, "exam", 1).await;
    let records: Vec<_> = (0..n).map(new_record).collect();
    store
        .create_dataset(&dataset, &records, Existing::Refuse, time(0))
        .await
        .unwrap();
    dataset.id
}

pub(crate) async fn owner(store: &Store) -> User {
    bootstrap(store, "owner", Some(PASSWORD), Some(API_KEY))
        .await
        .unwrap()
        .user
}

pub(crate) async fn annotator(store: &Store, name: &str) -> User {
    create_user(store, name, Some(PASSWORD), Role::Annotator)
        .await
        .unwrap()
        .user
}

pub(crate) fn response(
    record: Uuid,
    user: &User,
    status: ResponseStatus,
    answer: &str,
) -> NewResponse {
    NewResponse {
        id: Uuid::new_v4(),
        record_id: record,
        user_id: user.id,
        status,
        values: Map::from_iter([("correct_answer".to_owned(), json!(answer))]),
    }
}

/// Settings of a server whose webhooks may go to the tests' own receivers.
pub(crate) fn private_webhooks() -> Settings {
    Settings {
        allow_private_webhooks: true,
        ..Settings::default()
    }
}

/// Questions into the dataset `exam`.
pub(crate) fn load_options() -> LoadOptions {
    LoadOptions {
        dataset_name: "exam".to_owned(),
        config: None,
        split: "train".to_owned(),
        seed: Seed(7),
        overwrite: false,
        guidelines: None,
        min_submitted: 1,
        mode: ReviewMode::Blind,
    }
}

/// A server, and the headers that one client sends with every request.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) router: Router,
    headers: HeaderMap,
    address: Option<SocketAddr>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The message of an error of the API, which has nothing beside it.
    pub(crate) fn message(&self) -> String {
        let json = self.json();
        let message = json["error"]["message"].as_str().unwrap().to_owned();
        assert_eq!(json, json!({ "error": { "message": message } }));
        message
    }

    pub(crate) fn cookie(&self) -> Option<&str> {
        self.headers
            .get(header::SET_COOKIE)
            .map(|value| value.to_str().unwrap())
    }

    /// Name and value of the cookie, as a browser sends them back.
    pub(crate) fn session(&self) -> &str {
        self.cookie().unwrap().split(';').next().unwrap()
    }
}

impl Client {
    pub(crate) fn new(store: &Store, clock: &TestClock) -> Self {
        Self::of(AppState::with_clock(store.clone(), Arc::new(clock.clone())))
    }

    pub(crate) fn of(state: AppState) -> Self {
        Self {
            router: router(state),
            headers: HeaderMap::new(),
            address: None,
        }
    }

    /// This server for a client that sends one more header.
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut other = self.clone();
        other
            .headers
            .insert(name, HeaderValue::from_str(value).unwrap());
        other
    }

    /// This server for a client at an address.
    pub(crate) fn from(&self, address: SocketAddr) -> Self {
        Self {
            address: Some(address),
            ..self.clone()
        }
    }

    /// A client that holds the session of a user who logged in.
    pub(crate) async fn logged_in(&self, username: &str) -> Self {
        let answer = self
            .post(
                "/api/review/login",
                json!({"username": username, "password": PASSWORD}),
            )
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        self.with("cookie", answer.session())
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, Some(body.to_string())).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.send("PUT", path, Some(body.to_string())).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None).await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<String>) -> Answer {
        self.send_as(method, path, body, "application/json").await
    }

    pub(crate) async fn send_as(
        &self,
        method: &str,
        path: &str,
        body: Option<String>,
        content_type: &'static str,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::empty())
            .unwrap();
        *request.headers_mut() = self.headers.clone();
        if let Some(address) = self.address {
            request.extensions_mut().insert(ConnectInfo(address));
        }
        if let Some(body) = body {
            request
                .headers_mut()
                .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
            *request.body_mut() = Body::from(body);
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }
}

/// The Distiset that distilabel wrote.
pub(crate) fn sample() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/distiset/sample")
}
