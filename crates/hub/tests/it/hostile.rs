//! Hubs that want the token, the disk or the memory of whoever fetches from them.

use crate::hub::COMMIT;
use examen_core::Silent;
use examen_hub::{HubAccess, HubError, ModelCache, ModelSource};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, method, path, path_regex},
};

const TOKEN: &str = "hf_very-secret-token";

/// A Hub with the model `org/tiny` at a commit of this name, and nothing else yet.
async fn hub(commit: &str) -> MockServer {
    let server = MockServer::start().await;
    let info = json!({"id": "org/tiny", "sha": commit});
    answers(
        &server,
        "/api/models/org/tiny",
        ResponseTemplate::new(200).set_body_json(info),
    )
    .await;
    server
}

async fn answers(server: &MockServer, at: &str, answer: ResponseTemplate) {
    Mock::given(path(at))
        .respond_with(answer)
        .mount(server)
        .await;
}

fn tree() -> String {
    format!("/api/models/org/tiny/tree/{COMMIT}")
}

fn file(path: &str, size: u64) -> Value {
    json!({"type": "file", "oid": "1", "size": size, "path": path})
}

fn list(files: &[Value]) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(files)
}

async fn fetch(server: &MockServer, folder: &TempDir) -> Result<PathBuf, HubError> {
    let access = HubAccess {
        endpoint: Some(server.uri()),
        token: Some(TOKEN.to_owned()),
        ..HubAccess::default()
    };
    let source = ModelSource::parse("hf:org/tiny").unwrap();
    ModelCache::new(folder.path(), access)
        .fetch(&source, None, &Silent)
        .await
}

async fn refused(server: &MockServer) -> HubError {
    let folder = tempfile::tempdir().unwrap();
    let error = fetch(server, &folder).await.unwrap_err();
    assert!(
        !format!("{error} {error:?} {:?}", error.hint()).contains("very-secret"),
        "{error}"
    );
    error
}

/// A server that nobody may ask.
async fn nobody() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(list(&[]))
        .expect(0)
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn the_token_goes_to_no_other_host_that_a_list_points_to() {
    let other = nobody().await;
    let next = format!("<{}/page?token={TOKEN}>; rel=\"next\"", other.uri());
    for answer in [
        list(&[file("m.gguf", 1)]).insert_header("link", next),
        ResponseTemplate::new(307).insert_header("location", other.uri()),
    ] {
        let server = hub(COMMIT).await;
        answers(&server, &tree(), answer).await;
        let error = refused(&server).await;
        assert!(matches!(error, HubError::Listing { .. }), "{error}");
        assert!(error.to_string().contains(&other.uri()), "{error}");
    }
}

#[tokio::test]
async fn a_list_without_an_end_and_one_that_is_too_long_are_refused() {
    let server = hub(COMMIT).await;
    let again = format!("<{}{}>; rel=\"next\"", server.uri(), tree());
    answers(
        &server,
        &tree(),
        list(&[file("m.gguf", 1)]).insert_header("link", again),
    )
    .await;
    let error = refused(&server).await;
    assert!(matches!(error, HubError::TooManyFiles { .. }), "{error}");

    let server = hub(COMMIT).await;
    let long = ResponseTemplate::new(200).set_body_string(" ".repeat(17 * 1024 * 1024));
    answers(&server, &tree(), long).await;
    let error = refused(&server).await;
    assert!(matches!(error, HubError::Listing { .. }), "{error}");
}

#[tokio::test]
async fn a_description_and_a_refusal_are_read_no_further_than_they_may_be_long() {
    let long = " ".repeat(17 * 1024 * 1024);
    let server = MockServer::start().await;
    let info = "/api/models/org/tiny";
    let answer = ResponseTemplate::new(200).set_body_string(long.clone());
    answers(&server, info, answer).await;
    let error = refused(&server).await;
    assert!(matches!(error, HubError::Listing { .. }), "{error}");

    let server = MockServer::start().await;
    let words = format!("{{\"error\": \"\u{1b}[31m{}\"}}", "no ".repeat(1_000_000));
    let answer = ResponseTemplate::new(403).set_body_string(words);
    answers(&server, info, answer).await;
    let error = refused(&server).await;
    let HubError::Refused { status, told, .. } = &error else {
        panic!("{error}")
    };
    assert!(*status == 403 && told.len() < 1_000, "{told}");
    assert!(!error.to_string().contains('\u{1b}'), "{error}");
}

#[tokio::test]
async fn a_page_is_found_where_its_own_host_points_to() {
    let server = hub(COMMIT).await;
    let moved = ResponseTemplate::new(307).insert_header("location", "/renamed");
    answers(&server, &tree(), moved).await;
    answers(&server, "/renamed", list(&[])).await;
    let error = refused(&server).await;
    assert!(matches!(error, HubError::NoModel { .. }), "{error}");
}

#[tokio::test]
async fn a_commit_is_no_path() {
    for commit in ["../../outside", "/outside", "main", ""] {
        let server = hub(commit).await;
        Mock::given(path_regex("/tree/"))
            .respond_with(list(&[file("m.gguf", 1)]))
            .mount(&server)
            .await;
        let error = refused(&server).await;
        assert!(
            matches!(error, HubError::NoCommit { .. }),
            "{commit}: {error}"
        );
    }
}

/// A Hub with one file, of which it announces `size` bytes and sends `sent`.
async fn with_file(size: u64, sent: usize) -> MockServer {
    let server = hub(COMMIT).await;
    answers(&server, &tree(), list(&[file("m.gguf", size)])).await;
    let at = format!("/org/tiny/resolve/{COMMIT}/m.gguf");
    let head = ResponseTemplate::new(200)
        .insert_header("x-repo-commit", COMMIT)
        .insert_header("etag", "\"1\"");
    Mock::given(method("HEAD"))
        .and(path(&at))
        .respond_with(head)
        .mount(&server)
        .await;
    answers(
        &server,
        &at,
        ResponseTemplate::new(200).set_body_bytes(vec![b'x'; sent]),
    )
    .await;
    server
}

#[tokio::test]
async fn a_file_that_is_longer_than_announced_does_not_fill_the_disk() {
    let server = with_file(1000, 64 * 1024 * 1024).await;
    let folder = tempfile::tempdir().unwrap();
    let error = fetch(&server, &folder).await.unwrap_err();
    let HubError::WrongSize {
        expected: 1000,
        found,
        ..
    } = error
    else {
        panic!("{error}");
    };
    assert!(found < 8 * 1024 * 1024, "{found} bytes were written");
    assert!(bytes_below(folder.path()) < 100_000);
}

fn bytes_below(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let size = |entry: std::fs::DirEntry| match entry.path().is_dir() {
        true => bytes_below(&entry.path()),
        false => entry.metadata().unwrap().len(),
    };
    entries.map(size).sum()
}

#[tokio::test]
async fn sizes_that_no_disk_holds_are_an_error() {
    let server = hub(COMMIT).await;
    let files = [
        file("model-00001-of-00002.safetensors", u64::MAX),
        file("model-00002-of-00002.safetensors", u64::MAX),
        file("config.json", u64::MAX),
    ];
    answers(&server, &tree(), list(&files)).await;
    let error = refused(&server).await;
    assert!(error.to_string().contains("org/tiny"), "{error}");
}
