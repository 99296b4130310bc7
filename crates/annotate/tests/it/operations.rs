//! What those who run the server are told: whether it is ready, what it counts; and who may read keys.

use crate::support::{API_KEY, Client, PASSWORD, TestClock, annotator, owner, stored};
use axum::http::StatusCode;
use examen_annotate::server::{ApiKeys, AppState, Settings};
use serde_json::{Value, json};
use sqlx::Connection;
use std::net::SocketAddr;

#[tokio::test]
async fn a_server_without_its_store_lives_and_is_not_ready() {
    let stored = stored().await;
    let client = Client::new(&stored.store, &TestClock::new());
    assert_eq!(
        client.get("/ready").await.json(),
        json!({"status": "ready"})
    );
    assert_eq!(
        client.get("/ready").await.headers["cache-control"],
        "no-store"
    );
    stored.store.close().await;
    let client = Client::new(&stored.store, &TestClock::new());
    let ready = client.get("/ready").await;
    assert_eq!(
        (ready.status, ready.json()["status"].as_str()),
        (
            StatusCode::SERVICE_UNAVAILABLE,
            Some("the store takes no writes")
        )
    );
    let health = client.get("/health").await;
    assert_eq!(
        (health.status, health.json()["status"].as_str()),
        (StatusCode::OK, Some("ok"))
    );
    assert_eq!(
        client.post("/health", json!({})).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn metrics_are_for_this_machine_and_for_owners() {
    let stored = stored().await;
    owner(&stored.store).await;
    let ben = examen_annotate::rotate_api_key(
        &stored.store,
        &annotator(&stored.store, "ben").await.username,
    )
    .await
    .unwrap();
    let client = Client::new(&stored.store, &TestClock::new());
    let status = async |client: &Client| client.get("/metrics").await.status;
    let at = |address: &str| client.from(SocketAddr::new(address.parse().unwrap(), 4711));
    assert_eq!(status(&client).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(&at("192.0.2.7")).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(&at("127.0.0.1")).await, StatusCode::OK);
    assert_eq!(status(&at("::1")).await, StatusCode::OK);
    for (host, expected) in [
        ("127.0.0.1:6900", StatusCode::OK),
        ("localhost:6900", StatusCode::OK),
        // A page of another site, whose name leads here.
        ("evil.example:6900", StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(status(&at("127.0.0.1").with("host", host)).await, expected);
    }
    // Somebody else, behind a proxy on this machine that was not named.
    for header in ["x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"] {
        assert_eq!(
            status(&at("127.0.0.1").with(header, "127.0.0.1")).await,
            StatusCode::UNAUTHORIZED
        );
    }
    for key in [API_KEY, &ben, "wrong"] {
        let expected = match key {
            API_KEY => StatusCode::OK,
            "wrong" => StatusCode::UNAUTHORIZED,
            _ => StatusCode::FORBIDDEN,
        };
        assert_eq!(
            status(&client.with("x-argilla-api-key", key)).await,
            expected
        );
        assert_eq!(
            status(&client.with("authorization", &format!("Bearer {key}"))).await,
            expected
        );
    }
}

#[tokio::test]
async fn requests_are_counted_by_the_template_of_their_route() {
    let stored = stored().await;
    let user = owner(&stored.store).await;
    let client = Client::new(&stored.store, &TestClock::new()).with("x-argilla-api-key", API_KEY);
    for _ in 0..3 {
        client.get(&format!("/api/v1/users/{}", user.id)).await;
    }
    client.get("/api/review/datasets").await;
    client.get("/api/review/nowhere/secret").await;
    client.get("/somewhere/secret").await;
    client.send("BREW", "/somewhere/secret", None).await;
    client
        .post(
            "/api/review/login",
            json!({"username": "owner", "password": "guess guess"}),
        )
        .await;
    let answer = client.get("/metrics").await;
    assert_eq!(
        answer.headers["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let text = answer.text();
    for line in [
        "examen_http_requests_total{method=\"GET\",route=\"/api/v1/users/{user_id}\",status=\"200\"} 3",
        "examen_http_requests_total{method=\"GET\",route=\"/api/review/datasets\",status=\"200\"} 1",
        "examen_http_requests_total{method=\"POST\",route=\"/api/review/login\",status=\"401\"} 1",
        "examen_http_request_duration_seconds_count{method=\"GET\",route=\"/api/v1/users/{user_id}\"} 3",
        "examen_login_failures_total 1",
        "examen_http_requests_in_flight 1",
        "examen_http_requests_total{method=\"GET\",route=\"other\",status=\"200\"} 1",
        "examen_http_requests_total{method=\"OTHER\",route=\"other\",status=\"405\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(!text.contains("secret"), "{text}");
}

#[tokio::test]
async fn every_answer_carries_the_id_of_its_request() {
    let stored = stored().await;
    let client = Client::new(&stored.store, &TestClock::new());
    let id = |answer: crate::support::Answer| {
        answer.headers["x-request-id"].to_str().unwrap().to_owned()
    };
    let (one, other) = (
        id(client.get("/health").await),
        id(client.get("/health").await),
    );
    assert!(one.len() == 32 && one != other);
    assert_eq!(
        id(client
            .with("x-request-id", "from-the-proxy.1")
            .get("/api/v1/me")
            .await),
        "from-the-proxy.1"
    );
    for bad in ["", "two words", "<b>", &"x".repeat(65)] {
        assert_eq!(
            id(client.with("x-request-id", bad).get("/health").await).len(),
            32,
            "{bad}"
        );
    }
}

#[tokio::test]
async fn a_key_that_is_shown_once_is_never_shown_again() {
    let stored = stored().await;
    owner(&stored.store).await;
    let client = |api_keys| {
        let settings = Settings {
            api_keys,
            ..Settings::default()
        };
        Client::of(AppState::new(stored.store.clone()).with_settings(settings))
            .with("x-argilla-api-key", API_KEY)
    };
    let once = client(ApiKeys::ShowOnce);
    let body =
        json!({"username": "ben", "first_name": "Ben", "password": PASSWORD, "role": "annotator"});
    let made = once.post("/api/v1/users", body).await.json();
    let key = made["api_key"].as_str().unwrap().to_owned();
    let of_ben = format!("/api/v1/users/{}", made["id"].as_str().unwrap());
    let me = once.with("x-argilla-api-key", &key).get("/api/v1/me").await;
    assert_eq!(
        (me.status, &me.json()["api_key"]),
        (StatusCode::OK, &Value::Null)
    );
    // Whoever may read keys reads them again when the server allows it.
    let readable = client(ApiKeys::Readable);
    assert_eq!(readable.get(&of_ben).await.json()["api_key"], key.as_str());
    for (method, path, body) in [
        ("GET", "/api/v1/me", None),
        ("GET", "/api/v1/users", None),
        ("GET", of_ben.as_str(), None),
        ("PATCH", of_ben.as_str(), Some("{\"first_name\": \"B.\"}")),
        ("DELETE", of_ben.as_str(), None),
    ] {
        let answer = once.send(method, path, body.map(str::to_owned)).await;
        assert_eq!(answer.status, StatusCode::OK, "{method} {path}");
        assert!(
            !answer.text().contains(&key) && !answer.text().contains(API_KEY),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn a_database_that_ends_its_connections_is_connected_to_again() {
    let stored = stored().await;
    owner(&stored.store).await;
    let client = Client::new(&stored.store, &TestClock::new()).with("x-argilla-api-key", API_KEY);
    // A file that is open cannot go away; a server can.
    let Some(url) = &stored.location.database_url else {
        return;
    };
    let mut other = sqlx::PgConnection::connect(url).await.unwrap();
    for round in 0..3 {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        sqlx::query(end).execute(&mut other).await.unwrap();
        let mut refused = 0;
        loop {
            let answer = client
                .post(
                    "/api/v1/workspaces",
                    json!({"name": format!("after {round}")}),
                )
                .await;
            match answer.status {
                StatusCode::CREATED => break,
                status => assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text()),
            }
            refused += 1;
            assert!(refused < 100);
        }
        assert_eq!(client.get("/ready").await.status, StatusCode::OK);
    }
}
