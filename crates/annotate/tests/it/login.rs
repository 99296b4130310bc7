//! Sessions, their end, and what slows down those who guess.

use crate::support::{API_KEY, Client, PASSWORD, TestClock, annotator, owner, stored};
use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::json;

const ME: &str = "/api/review/me";
const LOGIN: &str = "/api/review/login";

#[tokio::test]
async fn a_session_ends_twelve_hours_after_its_last_use() {
    let stored = stored().await;
    owner(&stored.store).await;
    let clock = TestClock::new();
    let client = Client::new(&stored.store, &clock).logged_in("owner").await;
    clock.advance(SignedDuration::from_mins(4));
    assert_eq!(client.get(ME).await.cookie(), None);
    clock.advance(SignedDuration::from_hours(11));
    let extended = client.get(ME).await;
    assert_eq!(extended.status, StatusCode::OK);
    assert!(
        extended
            .cookie()
            .unwrap()
            .ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=43200")
    );
    clock.advance(SignedDuration::from_hours(11));
    assert_eq!(client.get(ME).await.status, StatusCode::OK);
    clock.advance(SignedDuration::from_hours(12));
    let ended = client.get(ME).await;
    assert_eq!(ended.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        ended.message(),
        "log in first, or send an API key that is valid"
    );
}

#[tokio::test]
async fn logging_out_ends_the_session_on_the_server_too() {
    let stored = stored().await;
    owner(&stored.store).await;
    let client = Client::new(&stored.store, &TestClock::new())
        .logged_in("owner")
        .await;
    let out = client.post("/api/review/logout", json!({})).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(out.cookie().unwrap().starts_with("examen_session=; "));
    assert!(out.cookie().unwrap().ends_with("Max-Age=0"));
    assert_eq!(client.get(ME).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_api_key_is_as_good_as_a_session() {
    let stored = stored().await;
    let user = owner(&stored.store).await;
    let client = Client::new(&stored.store, &TestClock::new());
    let me = client.with("x-argilla-api-key", API_KEY).get(ME).await;
    assert_eq!(
        me.json(),
        json!({"id": user.id, "username": "owner", "role": "owner"})
    );
    for wrong in ["", "argilla.apikex", &user.id.to_string()] {
        let refused = client.with("x-argilla-api-key", wrong).get(ME).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert!(wrong.is_empty() || !refused.text().contains(wrong));
    }
}

#[tokio::test]
async fn wrong_passwords_say_the_same_whoever_it_is_and_are_counted() {
    let stored = stored().await;
    owner(&stored.store).await;
    annotator(&stored.store, "ben").await;
    let clock = TestClock::new();
    let client = Client::new(&stored.store, &clock);
    for username in ["owner", "nobody"] {
        for _ in 0..5 {
            let wrong = client
                .post(
                    LOGIN,
                    json!({"username": username, "password": "guess guess"}),
                )
                .await;
            assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
            assert_eq!(wrong.message(), "wrong username or password");
        }
        let slowed = client
            .post(LOGIN, json!({"username": username, "password": PASSWORD}))
            .await;
        assert_eq!(slowed.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(slowed.headers["retry-after"], "300");
        assert!(!slowed.text().contains(PASSWORD));
    }
    client.logged_in("ben").await;
    clock.advance(SignedDuration::from_mins(5));
    client.logged_in("owner").await;
}

#[tokio::test]
async fn names_that_nobody_can_have_are_refused_and_not_remembered() {
    let stored = stored().await;
    let client = Client::new(&stored.store, &TestClock::new());
    let username = "ñ".repeat(101);
    for _ in 0..6 {
        let refused = client
            .post(
                LOGIN,
                json!({"username": username, "password": "guess guess"}),
            )
            .await;
        assert_eq!(
            (refused.status, refused.message().as_str()),
            (StatusCode::UNAUTHORIZED, "wrong username or password")
        );
    }
}

#[tokio::test]
async fn a_page_of_one_user_cannot_use_the_session_of_another() {
    let stored = stored().await;
    let ana = owner(&stored.store).await;
    let ben = annotator(&stored.store, "ben").await;
    let session = Client::new(&stored.store, &TestClock::new())
        .logged_in("ben")
        .await;
    assert_eq!(
        session
            .with("x-examen-user", &ben.id.to_string())
            .get(ME)
            .await
            .json()["username"],
        "ben"
    );
    for id in [ana.id.to_string(), "ben".to_owned(), String::new()] {
        let refused = session.with("x-examen-user", &id).get(ME).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{id}");
        assert_eq!(
            refused.message(),
            "another user has logged in meanwhile; log in again"
        );
    }
    // Nor end it.
    let out = session
        .with("x-examen-user", &ana.id.to_string())
        .post("/api/review/logout", json!({}))
        .await;
    assert_eq!((out.status, out.cookie()), (StatusCode::UNAUTHORIZED, None));
    assert_eq!(session.get(ME).await.status, StatusCode::OK);
}

#[tokio::test]
async fn bodies_that_are_no_login_are_refused() {
    let stored = stored().await;
    let client = Client::new(&stored.store, &TestClock::new());
    for (body, status) in [
        ("", StatusCode::BAD_REQUEST),
        ("{\"username\": \"owner", StatusCode::BAD_REQUEST),
        (
            "{\"username\": \"owner\"}",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            "{\"username\": 1, \"password\": \"x\"}",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    ] {
        let refused = client.send("POST", LOGIN, Some(body.to_owned())).await;
        assert_eq!(refused.status, status, "{body}");
        assert!(!refused.message().is_empty());
    }
    let long = json!({"username": "owner", "password": "x".repeat(300_000)});
    assert_eq!(
        client.post(LOGIN, long).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let long = json!({"username": "owner", "password": "x".repeat(3_000)});
    assert_eq!(
        client.post(LOGIN, long).await.status,
        StatusCode::UNAUTHORIZED
    );
}
