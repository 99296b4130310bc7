//! The OpenAPI document, and that it names every route and no other.

use crate::{
    roles,
    support::{Client, TestClock, stored},
};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A server, and its document.
async fn served() -> (Client, Value) {
    let stored = stored().await;
    let client = Client::new(&stored.store, &TestClock::new());
    let document = client.get("/api/v1/openapi.json").await.json();
    (client, document)
}

/// Each method with its path, as documented.
fn operations(document: &Value) -> BTreeSet<(String, String)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let operations = paths.flat_map(|(path, methods)| {
        methods
            .as_object()
            .unwrap()
            .keys()
            .map(move |method| (method.to_uppercase(), path.clone()))
    });
    operations.collect()
}

/// Each method with its path, as in the tables of who may do what, and logging in.
fn known() -> BTreeSet<(String, String)> {
    let argilla = roles::routes()
        .into_iter()
        .map(|(method, path, ..)| (method, format!("/api/v1{path}")));
    let review = roles::other_routes()
        .into_iter()
        .filter_map(|(method, path, ..)| {
            let path = path
                .split('?')
                .next()
                .unwrap()
                .strip_prefix("/api/review")?;
            let named = ["user_id", "dataset_id", "record_id"]
                .iter()
                .fold(path.to_owned(), |path, id| path.replace(id, "id"));
            Some((method, format!("/api/review{named}")))
        });
    let others = [
        ("POST", "/api/v1/token"),
        ("POST", "/api/review/login"),
        ("GET", "/api/v1/openapi.json"),
        // These take the session or the secrets of one user.
        ("PUT", "/api/review/me/password"),
        ("DELETE", "/api/review/me/sessions/{id}"),
        ("DELETE", "/api/review/me/api-keys/{id}"),
        ("POST", "/api/review/me/second-factor"),
        ("POST", "/api/review/me/second-factor/confirm"),
        ("POST", "/api/review/me/second-factor/disable"),
    ];
    let others = others.map(|(method, path)| (method, path.to_owned()));
    argilla
        .chain(review)
        .chain(others)
        .map(|(method, path)| (method.to_owned(), path))
        .collect()
}

#[tokio::test]
async fn the_document_is_as_it_was() {
    let (_, mut document) = served().await;
    document["info"]["version"] = json!("of this build");
    insta::assert_json_snapshot!(document);
}

#[tokio::test]
async fn the_document_names_every_route_and_no_other() {
    let (client, document) = served().await;
    let documented = operations(&document);
    assert_eq!(documented, known());
    for path in documented.iter().map(|(_, path)| path) {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let answer = client.send(method, path, None).await;
            let is_there = documented.contains(&(method.to_owned(), path.clone()));
            assert_eq!(
                answer.status != StatusCode::METHOD_NOT_ALLOWED,
                is_there,
                "{method} {path}"
            );
            assert_ne!(answer.status, StatusCode::NOT_FOUND, "{method} {path}");
        }
    }
    // Routes that are added otherwise would not be documented.
    for source in [
        include_str!("../../src/server/argilla/mod.rs"),
        include_str!("../../src/server/routes/mod.rs"),
    ] {
        assert!(source.contains(".routes(") && !source.contains(".route("));
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let document: Value = tokio::runtime::Runtime::new().unwrap().block_on(served()).1;
    let text = document.to_string();
    let references: BTreeSet<&str> = text
        .split("\"$ref\":\"#")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert!(references.len() > 50, "{references:?}");
    for reference in references {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
}
