//! Requests that nobody in their right mind makes are answered in words, the same on both databases.

use crate::{argilla::Server, support::PASSWORD};
use axum::http::StatusCode;
use serde_json::{Value, json};

#[tokio::test]
async fn no_text_with_u0000_comes_in() {
    let server = Server::new().await;
    let dataset = &server.dataset;
    let refused = |place| {
        json!({"detail": {"code": "argilla.api.errors::ValidationError", "params": {"errors": [
            {"type": "value_error", "loc": [place], "msg": "Value error, no text may hold the character U+0000"},
        ]}}})
    };
    for (method, path, body) in [
        ("POST", "/workspaces".to_owned(), json!({"name": "a\0b"})),
        (
            "PUT",
            format!("/datasets/{dataset}/records/bulk"),
            json!({"items": [{"fields": {"text": "t", "card": {"\0": 1}}}]}),
        ),
        (
            "POST",
            format!("/datasets/{dataset}/records/search"),
            json!({"query": {"text": {"q": "\0"}}}),
        ),
    ] {
        assert_eq!(
            server.ask(method, &path, body).await,
            (StatusCode::UNPROCESSABLE_ENTITY, refused("body")),
            "{path}"
        );
    }
    let records = format!("/datasets/{dataset}/records?include=vectors:%00");
    assert_eq!(
        server.ask("GET", &records, Value::Null).await,
        (StatusCode::UNPROCESSABLE_ENTITY, refused("query"))
    );
    // A backslash before `u0000` is no such character.
    server.log(json!([{"fields": {"text": "a \\u0000"}}])).await;

    let login = server
        .client
        .post(
            "/api/review/login",
            json!({"username": "\0", "password": PASSWORD}),
        )
        .await;
    assert_eq!(
        (login.status, login.message()),
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            "no text may hold the character U+0000".to_owned()
        )
    );
    let form = Some(format!("username=%00&password={PASSWORD}"));
    let token = server
        .client
        .send_as(
            "POST",
            "/api/v1/token",
            form,
            "application/x-www-form-urlencoded",
        )
        .await;
    assert_eq!(token.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn records_are_found_by_names_that_are_hard_to_quote() {
    let server = Server::new().await;
    let names = [
        "a\"b", "a\\", "$.a", "$", "[0]", "a.b", "it's", "ñ\u{1}", "0", "%", " ",
    ];
    let properties = format!("/datasets/{}/metadata-properties", server.dataset);
    for name in names {
        server
            .ok(
                "POST",
                &properties,
                json!({"name": name, "title": "t", "settings": {"type": "terms"}}),
            )
            .await;
    }
    let record = |name: &str| json!({"external_id": name, "fields": {"text": "t"}, "metadata": {name: ["x", "y"]}});
    server
        .log(names.iter().map(|name| record(name)).collect())
        .await;
    for name in names {
        let scope = json!({"entity": "metadata", "metadata_property": name});
        let filter = json!({"type": "terms", "values": ["y"], "scope": scope});
        let search = json!({"filters": {"type": "and", "and": [filter]}, "sort": [{"scope": scope, "order": "asc"}]});
        let found = server
            .ok(
                "POST",
                &format!("/datasets/{}/records/search", server.dataset),
                search,
            )
            .await;
        assert_eq!(
            (&found["total"], &found["items"][0]["record"]["external_id"]),
            (&json!(1), &json!(name)),
            "{name}"
        );
    }
    let listed = server
        .ok("GET", &format!("/me{properties}"), Value::Null)
        .await;
    for property in listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|property| property["name"] != "score")
    {
        let metrics = server
            .ok(
                "GET",
                &format!(
                    "/metadata-properties/{}/metrics",
                    property["id"].as_str().unwrap()
                ),
                Value::Null,
            )
            .await;
        assert_eq!(
            metrics["values"],
            json!([{"term": "x", "count": 1}, {"term": "y", "count": 1}]),
            "{property}"
        );
    }
}

#[tokio::test]
async fn names_are_as_long_as_both_databases_can_look_up() {
    let server = Server::new().await;
    // No two characters alike in a row, so that nothing can be compressed.
    let name = |length: u32| {
        (0..length)
            .map(|place| char::from_u32(0x2_0000 + place * 37 % 40_000).unwrap())
            .collect::<String>()
    };
    for (length, expected) in [
        (500, StatusCode::CREATED),
        (501, StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let user = json!({"username": name(length), "first_name": "x", "password": PASSWORD});
        assert_eq!(server.ask("POST", "/users", user).await.0, expected);
        assert_eq!(
            server
                .ask("POST", "/workspaces", json!({"name": name(length)}))
                .await
                .0,
            expected
        );
        let records = json!({"items": [{"external_id": name(length), "fields": {"text": "t"}}]});
        assert_eq!(
            server
                .ask(
                    "POST",
                    &format!("/datasets/{}/records/bulk", server.dataset),
                    records
                )
                .await
                .0,
            expected
        );
    }
}
