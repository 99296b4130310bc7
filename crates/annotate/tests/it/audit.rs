//! The audit log, and keys that are rotated and revoked.

use crate::support::{API_KEY, Client, PASSWORD, TestClock, annotator, owner, stored};
use axum::http::StatusCode;
use serde_json::{Value, json};

fn told(log: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let items = log["items"].as_array().unwrap().iter().rev();
    items
        .map(|act| {
            (
                text(&act["actor"]),
                text(&act["act"]),
                text(&act["subject"]),
            )
        })
        .collect()
}

#[tokio::test]
async fn administrative_acts_are_noted_with_what_they_did_or_not_at_all() {
    let stored = stored().await;
    owner(&stored.store).await;
    let client = Client::new(&stored.store, &TestClock::new());
    let owner = client
        .with("x-argilla-api-key", API_KEY)
        .from("192.0.2.7:4711".parse().unwrap());
    let made =
        async |path: &str, body: Value| owner.post(&format!("/api/v1{path}"), body).await.json();
    let user = made(
        "/users",
        json!({"username": "ben", "first_name": "Ben", "password": PASSWORD, "role": "annotator"}),
    )
    .await;
    let user_path = format!("/api/v1/users/{}", user["id"].as_str().unwrap());
    owner
        .send(
            "PATCH",
            &user_path,
            Some(json!({"password": "another password"}).to_string()),
        )
        .await;
    let workspace = made("/workspaces", json!({"name": "w"})).await;
    // Refused: nothing is done and nothing noted.
    let again = owner.post("/api/v1/workspaces", json!({"name": "w"})).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    made(
        &format!("/workspaces/{}/users", workspace["id"].as_str().unwrap()),
        json!({"user_id": user["id"]}),
    )
    .await;
    let dataset = made(
        "/datasets",
        json!({"name": "d", "workspace_id": workspace["id"]}),
    )
    .await;
    owner
        .delete(&format!(
            "/api/v1/datasets/{}",
            dataset["id"].as_str().unwrap()
        ))
        .await;
    let webhook = made(
        "/webhooks",
        json!({"url": "https://example.org/secret", "events": ["record.created"]}),
    )
    .await;
    owner.delete(&user_path).await;
    let wrong = json!({"username": "owner", "password": "wrong wrong"});
    assert_eq!(
        owner.post("/api/review/login", wrong).await.status,
        StatusCode::UNAUTHORIZED
    );
    // Somebody typed the password in the wrong box.
    owner
        .post(
            "/api/review/login",
            json!({"username": PASSWORD, "password": PASSWORD}),
        )
        .await;
    client.logged_in("owner").await;

    let log = owner.get("/api/review/audit").await.json();
    let act = |actor: &str, act: &str, subject: &str| {
        (actor.to_owned(), act.to_owned(), subject.to_owned())
    };
    assert_eq!(
        told(&log),
        [
            act("owner", "user.created", "ben"),
            act("owner", "user.password_changed", "ben"),
            act("owner", "workspace.created", "w"),
            act("owner", "member.added", "ben in w"),
            act("owner", "dataset.created", "d"),
            act("owner", "dataset.deleted", "d"),
            act("owner", "webhook.created", webhook["id"].as_str().unwrap()),
            act("owner", "user.deleted", "ben"),
            act("owner", "login.failed", "-"),
            act("unknown", "login.failed", "-"),
            act("owner", "login", "-"),
        ]
    );
    assert_eq!(log["total"], 11);
    let first = &log["items"][10];
    assert_eq!(
        (&first["address"], &first["at"]),
        (&json!("192.0.2.7"), &json!("2023-11-14T22:13:20Z"))
    );
    for secret in [
        PASSWORD,
        API_KEY,
        "another password",
        "secret",
        user["api_key"].as_str().unwrap(),
    ] {
        assert!(!log.to_string().contains(secret), "{secret}: {log}");
    }
    let page = owner.get("/api/review/audit?offset=9&limit=1").await.json();
    assert_eq!(
        (told(&page), &page["total"]),
        (
            vec![act("owner", "user.password_changed", "ben")],
            &json!(11)
        )
    );
    assert_eq!(
        owner.get("/api/review/audit?limit=1001").await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn keys_are_rotated_and_revoked() {
    let stored = stored().await;
    owner(&stored.store).await;
    let ben = annotator(&stored.store, "ben").await;
    let client = Client::new(&stored.store, &TestClock::new());
    let works = async |key: &str| {
        client
            .with("x-argilla-api-key", key)
            .get("/api/v1/me")
            .await
            .status
            == StatusCode::OK
    };
    let key = async |client: &Client, path: &str| {
        let answer = client.post(path, json!({})).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()["api_key"].as_str().unwrap().to_owned()
    };
    let session = client.logged_in("ben").await;
    let first = key(&session, "/api/review/me/api-key").await;
    let second = key(&session, "/api/review/me/api-key").await;
    assert!(!works(&first).await && works(&second).await);
    let owner = client.with("x-argilla-api-key", API_KEY);
    let of_ben = format!("/api/review/users/{}/api-key", ben.id);
    let third = key(&owner, &of_ben).await;
    assert!(!works(&second).await && works(&third).await);
    assert_eq!(owner.delete(&of_ben).await.status, StatusCode::NO_CONTENT);
    assert!(!works(&third).await);
    let shown = owner.get(&format!("/api/v1/users/{}", ben.id)).await;
    assert_eq!(
        (shown.status, &shown.json()["api_key"]),
        (StatusCode::OK, &Value::Null)
    );
    assert_eq!(session.get("/api/review/me").await.status, StatusCode::OK);
    key(&session, "/api/review/me/api-key").await;
    assert_eq!(
        session.delete("/api/review/me/api-key").await.status,
        StatusCode::NO_CONTENT
    );
    let nobody = format!("/api/review/users/{}/api-key", uuid::Uuid::new_v4());
    assert_eq!(
        owner.post(&nobody, json!({})).await.status,
        StatusCode::NOT_FOUND
    );
    let log = owner.get("/api/review/audit").await.json();
    let acts: Vec<_> = told(&log)
        .into_iter()
        .filter(|(_, act, _)| act.starts_with("api_key"))
        .collect();
    let act =
        |actor: &str, act: &str| (actor.to_owned(), format!("api_key.{act}"), "ben".to_owned());
    let (by_ben, by_owner) = (act("ben", "rotated"), act("owner", "rotated"));
    let revoked = [
        act("owner", "revoked"),
        by_ben.clone(),
        act("ben", "revoked"),
    ];
    assert_eq!(acts, [[by_ben.clone(), by_ben, by_owner], revoked].concat());
}
