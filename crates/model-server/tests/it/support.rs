//! A server with a tiny model.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{Request, StatusCode, request::Builder},
};
use examen_engine::{Engine, EngineOptions};
use examen_model_server::{Settings, router};
use serde_json::Value;
use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, OnceLock},
};
use tower::ServiceExt;

/// The model, loaded once.
pub(crate) fn engine() -> Arc<Engine> {
    static ENGINE: OnceLock<Arc<Engine>> = OnceLock::new();
    let load = || {
        let folder = Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../testdata/engine/llama3"
        ));
        Arc::new(Engine::load(folder, EngineOptions::default()).unwrap())
    };
    Arc::clone(ENGINE.get_or_init(load))
}

pub(crate) fn settings() -> Settings {
    Settings::new("tiny", || jiff::Timestamp::UNIX_EPOCH)
}

pub(crate) fn application(settings: Settings) -> Router {
    router(engine(), settings)
}

/// A request of this machine.
pub(crate) fn request(path: &str) -> Builder {
    let client = SocketAddr::from(([127, 0, 0, 1], 4711));
    Request::builder()
        .uri(path)
        .header("host", "localhost:8080")
        .extension(ConnectInfo(client))
}

/// The status and the text of an answer.
pub(crate) async fn send(application: &Router, request: Request<Body>) -> (StatusCode, String) {
    let answer = application.clone().oneshot(request).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// The answer to a JSON body.
pub(crate) async fn post(application: &Router, path: &str, body: &Value) -> (StatusCode, String) {
    let request = request(path)
        .method("POST")
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()));
    send(application, request.unwrap()).await
}

/// The same where it must be good.
pub(crate) async fn good(application: &Router, path: &str, body: &Value) -> Value {
    let (status, text) = post(application, path, body).await;
    assert_eq!(status, StatusCode::OK, "{body}: {text}");
    serde_json::from_str(&text).unwrap()
}

/// The objects of a stream, which must end as one.
pub(crate) async fn stream(application: &Router, path: &str, body: &Value) -> Vec<Value> {
    let (status, text) = post(application, path, body).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    let events: Vec<&str> = text.split_terminator("\n\n").collect();
    let (last, events) = events.split_last().unwrap();
    assert_eq!(*last, "data: [DONE]");
    let read = |event: &&str| serde_json::from_str(event.strip_prefix("data: ").unwrap()).unwrap();
    events.iter().map(read).collect()
}
