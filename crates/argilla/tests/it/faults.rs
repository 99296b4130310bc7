//! Servers that misbehave, and addresses that are no Argilla's.

use examen_argilla::{
    Client, ClientError, ClientOptions,
    bodies::BulkItem,
    client::{Include, MAX_BATCH, batches},
};
use examen_core::Silent;
use serde_json::{Map, Value, json};
use std::time::Duration;
use uuid::Uuid;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{body_partial_json, header, method, path, query_param},
};

const KEY: &str = "very-secret-key";
const TIME: &str = "2026-11-23T19:37:49.570055";

fn client_of(url: &str) -> Client {
    let options = ClientOptions {
        first_delay: Duration::from_millis(1),
        ..ClientOptions::new(url, KEY)
    };
    Client::new(&ClientOptions {
        max_retries: 3,
        timeout: Duration::from_secs(5),
        ..options
    })
    .unwrap()
}

fn user() -> Value {
    json!({
        "id": Uuid::nil(), "first_name": "Ana", "last_name": null, "username": "ana", "role": "owner",
        "api_key": "hers", "inserted_at": TIME, "updated_at": TIME,
    })
}

fn record(number: u128) -> Value {
    json!({
        "id": Uuid::from_u128(number), "status": "pending", "fields": {"text": "t"}, "metadata": {},
        "external_id": null, "dataset_id": Uuid::nil(), "inserted_at": TIME, "updated_at": TIME,
    })
}

fn item(number: usize, text: &str) -> BulkItem {
    BulkItem {
        id: None,
        external_id: Some(format!("r{number}")),
        fields: Some(Map::from_iter([("text".to_owned(), json!(text))])),
        metadata: None,
        suggestions: Vec::new(),
        responses: Vec::new(),
        vectors: Vec::new(),
    }
}

/// What the caller and a log would see.
fn told(error: &ClientError) -> String {
    let told = format!("{error}\n{error:?}\n{:?}", error.hint());
    assert!(!told.contains(KEY), "{told}");
    told
}

async fn answers_me(template: ResponseTemplate) -> ClientError {
    let server = MockServer::start().await;
    Mock::given(path("/api/v1/me"))
        .respond_with(template)
        .expect(1)
        .mount(&server)
        .await;
    client_of(&server.uri()).me().await.unwrap_err()
}

#[tokio::test]
async fn the_key_goes_along_with_every_request() {
    let server = MockServer::start().await;
    let asked = Mock::given(path("/x/api/v1/me")).and(header("x-argilla-api-key", KEY));
    asked
        .respond_with(ResponseTemplate::new(200).set_body_json(user()))
        .expect(1)
        .mount(&server)
        .await;
    let me = client_of(&format!("{}/x/", server.uri()))
        .me()
        .await
        .unwrap();
    assert_eq!(me.username, "ana");
}

#[tokio::test]
async fn what_is_no_argilla_is_told_from_a_wrong_key() {
    let body = json!({"detail": {"code": "argilla.api.errors::UnauthorizedError", "params": {"detail": "no"}}});
    let error = answers_me(ResponseTemplate::new(401).set_body_json(body)).await;
    assert!(
        matches!(error, ClientError::Unauthorized { .. })
            && told(&error).contains("--argilla-api-key"),
        "{error}"
    );
    let page = ResponseTemplate::new(200).set_body_string("<html>Welcome to nginx</html>");
    for template in [
        page,
        ResponseTemplate::new(404),
        ResponseTemplate::new(200).set_body_json(json!({"ok": true})),
    ] {
        let error = answers_me(template).await;
        assert!(matches!(error, ClientError::NotArgilla { .. }), "{error}");
        assert!(told(&error).contains("--argilla-url"));
    }
    let gone = MockServer::start().await.uri();
    let error = client_of(&gone).me().await.unwrap_err();
    assert!(
        matches!(
            error,
            ClientError::NobodyThere { .. } | ClientError::NotArgilla { .. }
        ),
        "{error}"
    );
    let error = client_of("http://127.0.0.1:1").me().await.unwrap_err();
    assert!(matches!(error, ClientError::NobodyThere { .. }), "{error}");
}

#[tokio::test]
async fn the_key_does_not_follow_a_redirection() {
    let other = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200))
        .expect(0)
        .mount(&other)
        .await;
    let target = format!("{}/api/v1/me", other.uri());
    let error = answers_me(ResponseTemplate::new(307).insert_header("location", target)).await;
    assert!(
        told(&error).contains(&format!("--argilla-url {}", other.uri())),
        "{error}"
    );
}

#[tokio::test]
async fn a_server_that_repeats_the_key_does_not_bring_it_into_the_error() {
    let error = answers_me(
        ResponseTemplate::new(403).set_body_json(json!({"detail": format!("{KEY} may not")})),
    )
    .await;
    assert!(told(&error).contains("… may not"));
}

#[tokio::test]
async fn what_may_be_asked_twice_is_asked_again() {
    let server = MockServer::start().await;
    for status in [429, 503, 502] {
        let busy = ResponseTemplate::new(status).insert_header("retry-after", "0");
        Mock::given(path("/api/v1/me"))
            .respond_with(busy)
            .up_to_n_times(1)
            .expect(1)
            .mount(&server)
            .await;
    }
    let fine = ResponseTemplate::new(200).set_body_json(user());
    Mock::given(path("/api/v1/me"))
        .respond_with(fine)
        .expect(1)
        .mount(&server)
        .await;
    client_of(&server.uri()).me().await.unwrap();
}

#[tokio::test]
async fn what_may_not_be_asked_twice_is_asked_once() {
    let server = MockServer::start().await;
    let busy = Mock::given(method("POST"))
        .and(path("/api/v1/workspaces"))
        .respond_with(ResponseTemplate::new(503));
    busy.expect(1).mount(&server).await;
    let error = client_of(&server.uri())
        .create_workspace("w")
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(503));
    assert!(told(&error).contains("making a workspace"));
}

#[tokio::test]
async fn a_server_that_asks_for_hours_is_not_waited_for() {
    let server = MockServer::start().await;
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "7200");
    Mock::given(path("/api/v1/me"))
        .respond_with(busy)
        .expect(1)
        .mount(&server)
        .await;
    assert_eq!(
        client_of(&server.uri()).me().await.unwrap_err().status(),
        Some(429)
    );
}

#[tokio::test]
async fn reasons_are_told_in_the_servers_words() {
    let sentence = "Record at position 3 is not valid because fields cannot be empty";
    let schema = json!({"detail": {"code": "argilla.api.errors::ValidationError", "params": {"errors": [
        {"type": "missing", "loc": ["body", "items", 0, "fields"], "msg": "Field required"},
    ]}}});
    for (body, expected) in [
        (json!({ "detail": sentence }), sentence),
        (schema, "body.items.0.fields: Field required"),
    ] {
        let server = MockServer::start().await;
        let refused = ResponseTemplate::new(422).set_body_json(body);
        Mock::given(method("PUT"))
            .respond_with(refused)
            .expect(1)
            .mount(&server)
            .await;
        let written = client_of(&server.uri())
            .upsert_records(Uuid::nil(), &[item(0, "t")])
            .await;
        let error = written.unwrap_err();
        assert!(error.to_string().ends_with(expected), "{error}");
    }
}

#[tokio::test]
async fn a_broken_page_is_an_error_and_no_end() {
    let server = MockServer::start().await;
    let broken = ResponseTemplate::new(200).set_body_string(r#"{"items": [{"id": "#);
    Mock::given(path(format!("/api/v1/datasets/{}/records", Uuid::nil())))
        .respond_with(broken)
        .mount(&server)
        .await;
    let client = client_of(&server.uri());
    let error = client
        .all_records(Uuid::nil(), Include::ALL, &Silent)
        .await
        .unwrap_err();
    assert!(matches!(error, ClientError::Unreadable { .. }), "{error}");
}

/// A page of a dataset, from `offset` on.
async fn mount_page(
    server: &MockServer,
    offset: u128,
    numbers: std::ops::Range<u128>,
    total: u64,
    times: u64,
) {
    let items: Vec<Value> = numbers.map(record).collect();
    let page = ResponseTemplate::new(200).set_body_json(json!({ "items": items, "total": total }));
    Mock::given(query_param("offset", offset.to_string()))
        .and(query_param("limit", "256"))
        .respond_with(page)
        .up_to_n_times(times)
        .mount(server)
        .await;
}

#[tokio::test]
async fn reading_starts_over_when_records_go_meanwhile() {
    let server = MockServer::start().await;
    let count =
        ResponseTemplate::new(200).set_body_json(json!({"items": [record(0)], "total": 300}));
    Mock::given(query_param("limit", "1"))
        .respond_with(count)
        .mount(&server)
        .await;
    // At first the second page is one that has moved; then all is quiet.
    mount_page(&server, 0, 0..256, 300, 1).await;
    mount_page(&server, 256, 266..300, 290, 1).await;
    mount_page(&server, 0, 10..266, 290, 1).await;
    mount_page(&server, 256, 266..300, 290, 1).await;
    let client = client_of(&server.uri());
    let records = client
        .all_records(Uuid::nil(), Include::default(), &Silent)
        .await
        .unwrap();
    let ids: Vec<u128> = records.iter().map(|record| record.id.as_u128()).collect();
    assert_eq!(ids, (10..300).collect::<Vec<_>>());
}

#[tokio::test]
async fn reading_gives_up_on_a_dataset_that_never_rests() {
    let server = MockServer::start().await;
    let count = ResponseTemplate::new(200).set_body_json(json!({"items": [record(0)], "total": 3}));
    Mock::given(query_param("limit", "1"))
        .respond_with(count)
        .mount(&server)
        .await;
    mount_page(&server, 0, 0..2, 3, 100).await;
    let same = ResponseTemplate::new(200).set_body_json(json!({"items": [record(1)], "total": 3}));
    Mock::given(query_param("offset", "2"))
        .respond_with(same)
        .mount(&server)
        .await;
    let error = client_of(&server.uri())
        .all_records(Uuid::nil(), Include::default(), &Silent)
        .await
        .unwrap_err();
    assert!(matches!(error, ClientError::Changing { .. }), "{error}");
}

#[tokio::test]
async fn a_dataset_published_by_a_try_whose_answer_was_lost_is_published() {
    let server = MockServer::start().await;
    let twice = json!({"detail": "Dataset has already been published"});
    Mock::given(method("PUT"))
        .respond_with(ResponseTemplate::new(504))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(method("PUT"))
        .respond_with(ResponseTemplate::new(422).set_body_json(twice))
        .mount(&server)
        .await;
    let dataset = json!({
        "id": Uuid::nil(), "name": "d", "guidelines": null, "allow_extra_metadata": true, "status": "ready",
        "distribution": {"strategy": "overlap", "min_submitted": 1}, "metadata": null, "workspace_id": Uuid::nil(),
        "last_activity_at": TIME, "inserted_at": TIME, "updated_at": TIME,
    });
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(dataset))
        .mount(&server)
        .await;
    assert_eq!(
        client_of(&server.uri())
            .publish_dataset(Uuid::nil())
            .await
            .unwrap()
            .status,
        "ready"
    );
}

#[tokio::test]
async fn records_that_do_not_come_back_are_missed() {
    let server = MockServer::start().await;
    let fewer = ResponseTemplate::new(200).set_body_json(json!({"items": [record(0)]}));
    let sent = json!({"items": [{"external_id": "r0"}, {"external_id": "r1"}]});
    Mock::given(body_partial_json(sent))
        .respond_with(fewer)
        .expect(1)
        .mount(&server)
        .await;
    let written = client_of(&server.uri())
        .upsert_records(Uuid::nil(), &[item(0, "t"), item(1, "t")])
        .await;
    assert!(
        written
            .unwrap_err()
            .to_string()
            .ends_with("2 records were sent, 1 came back")
    );
}

#[test]
fn batches_are_bounded_in_records_and_bytes() {
    let small: Vec<BulkItem> = (0..600).map(|number| item(number, "t")).collect();
    let sizes: Vec<usize> = batches(&small).iter().map(|batch| batch.len()).collect();
    assert_eq!(sizes, [MAX_BATCH, MAX_BATCH, 88]);
    let large: Vec<BulkItem> = (0..5)
        .map(|number| item(number, &"x".repeat(400_000)))
        .collect();
    let sizes: Vec<usize> = batches(&large).iter().map(|batch| batch.len()).collect();
    assert_eq!(sizes, [2, 2, 1]);
    assert_eq!(batches(&[item(0, &"x".repeat(2_000_000))]).len(), 1);
    assert!(batches(&[]).is_empty());
}
