//! Sessions, their end, and what slows down those who guess.

use crate::support::{API_KEY, Client, PASSWORD, TestClock, annotator, owner, stored, time};
use axum::http::StatusCode;
use examen_annotate::server::{AppState, Clock, Settings};
use jiff::SignedDuration;
use serde_json::json;
use std::sync::Arc;

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

/// The status of a login from an address, and the cookies that it sets.
async fn log_in_from(
    client: &Client,
    address: [u8; 4],
    username: &str,
    password: &str,
) -> (StatusCode, Vec<String>) {
    let client = client.from((address, 4711).into());
    let credentials = json!({"username": username, "password": password});
    let answer = client.post(LOGIN, credentials).await;
    let cookies = answer.headers.get_all("set-cookie").into_iter();
    let cookies = cookies.map(|cookie| cookie.to_str().unwrap().to_owned());
    (answer.status, cookies.collect())
}

#[tokio::test]
async fn invented_names_from_one_address_slow_only_that_address() {
    let stored = stored().await;
    owner(&stored.store).await;
    let client = Client::new(&stored.store, &TestClock::new());
    // Too long to be right: these were counted as failures, and written down nowhere.
    let long = "x".repeat(200);
    let mut refused = 0;
    for name in 0..100 {
        let (status, _) = log_in_from(&client, [192, 0, 2, 1], &name.to_string(), &long).await;
        refused += usize::from(status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(refused, 70);
    let (status, _) = log_in_from(&client, [192, 0, 2, 1], "owner", PASSWORD).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    let (status, _) = log_in_from(&client, [192, 0, 2, 2], "owner", PASSWORD).await;
    assert_eq!(status, StatusCode::OK);

    let owner = client.with("x-argilla-api-key", API_KEY);
    let metrics = owner.get("/metrics").await.text();
    for line in [
        "examen_login_failures_total 30",
        "examen_logins_refused_total{limit=\"address\"} 71",
    ] {
        assert!(
            metrics.lines().any(|found| found == line),
            "{line}\n{metrics}"
        );
    }
    let log = owner.get("/api/review/audit?limit=1000").await.json();
    let acts = |act: &str| {
        let items = log["items"].as_array().unwrap().iter();
        items.filter(|item| item["act"] == act).count()
    };
    assert_eq!((acts("login.failed"), acts("login.limited")), (30, 1));
}

#[tokio::test]
async fn an_account_is_guarded_against_changing_addresses_and_open_to_its_devices() {
    let stored = stored().await;
    owner(&stored.store).await;
    let clock = TestClock::new();
    let client = Client::new(&stored.store, &clock);
    let home = [192, 0, 2, 200];
    let (_, cookies) = log_in_from(&client, home, "owner", PASSWORD).await;
    let device = cookies
        .iter()
        .find(|cookie| cookie.starts_with("examen_device="))
        .unwrap();
    assert!(device.contains("; HttpOnly; SameSite=Strict; Max-Age=15552000"));
    let device = device.split(';').next().unwrap();

    let mut guesses = 0;
    for address in 0..40 {
        let (status, _) =
            log_in_from(&client, [198, 51, 100, address], "owner", "guess guess").await;
        guesses += usize::from(status == StatusCode::UNAUTHORIZED);
    }
    assert_eq!(guesses, 10);
    let elsewhere = [203, 0, 113, 7];
    let (status, _) = log_in_from(&client, elsewhere, "owner", PASSWORD).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    // Not from where the user has been, nor from their device, wherever it is.
    let (status, _) = log_in_from(&client, home, "owner", PASSWORD).await;
    assert_eq!(status, StatusCode::OK);
    let known = client.with("cookie", device);
    let (status, _) = log_in_from(&known, elsewhere, "owner", PASSWORD).await;
    assert_eq!(status, StatusCode::OK);
    // A device is one account's, and nobody makes one up.
    annotator(&stored.store, "ben").await;
    for address in 0..10 {
        log_in_from(&client, [198, 51, 100, address], "ben", "guess guess").await;
    }
    for client in [&known, &client.with("cookie", "examen_device=1.2")] {
        let (status, _) = log_in_from(client, [203, 0, 113, 8], "ben", PASSWORD).await;
        assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    }
    clock.advance(SignedDuration::from_mins(5));
    let (status, _) = log_in_from(&client, elsewhere, "owner", PASSWORD).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn neighbours_in_ipv6_are_one_client() {
    let stored = stored().await;
    owner(&stored.store).await;
    let client = Client::new(&stored.store, &TestClock::new());
    let mut statuses = Vec::new();
    for (network, host) in [(1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (1, 6), (2, 1)] {
        let address = [0x2001, 0xdb8, 0, network, 0, 0, 0, host];
        let client = client.from((address, 4711).into());
        let guess = json!({"username": "owner", "password": "guess guess"});
        statuses.push(client.post(LOGIN, guess).await.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 401]);
}

#[tokio::test]
async fn a_clock_that_is_set_back_lengthens_nothing() {
    let stored = stored().await;
    owner(&stored.store).await;
    let clock = TestClock::new();
    let client = Client::new(&stored.store, &clock);
    let session = client.logged_in("owner").await;
    let token = client
        .send_as(
            "POST",
            "/api/v1/token",
            Some(format!("username=owner&password={PASSWORD}")),
            "application/x-www-form-urlencoded",
        )
        .await;
    let token = token.json()["access_token"].as_str().unwrap().to_owned();
    let bearer = client.with("authorization", &format!("Bearer {token}"));
    for _ in 0..6 {
        let guess = json!({"username": "owner", "password": "guess guess"});
        client.post(LOGIN, guess).await;
    }
    assert_eq!(bearer.get("/api/v1/me").await.status, StatusCode::OK);
    clock.set(time(-24 * 60 * 60));
    assert_eq!(session.get(ME).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        bearer.get("/api/v1/me").await.status,
        StatusCode::UNAUTHORIZED
    );
    clock.advance(SignedDuration::from_mins(5));
    let session = client.logged_in("owner").await;
    // A clock that goes right by itself ends no session.
    clock.set(time(-24 * 60 * 60 + 5 * 60 - 2));
    assert_eq!(session.get(ME).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_session_that_is_used_all_the_time_ends_after_a_week() {
    let stored = stored().await;
    owner(&stored.store).await;
    let clock = TestClock::new();
    let client = Client::new(&stored.store, &clock).logged_in("owner").await;
    for _ in 0..16 {
        clock.advance(SignedDuration::from_hours(10));
        assert_eq!(client.get(ME).await.status, StatusCode::OK);
    }
    // 160 of 168 hours are over: the cookie is told how long it still is.
    let last = client.get("/api/review/me/sessions").await;
    let ends = last.json()["items"][0]["expires_at"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(ends, "2023-11-21T22:13:20Z");
    clock.advance(SignedDuration::from_hours(8));
    assert_eq!(client.get(ME).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_longest_time_of_a_session_can_be_set() {
    let stored = stored().await;
    owner(&stored.store).await;
    let clock = TestClock::new();
    let settings = Settings {
        session_limit: SignedDuration::from_hours(1),
        ..Settings::default()
    };
    let state = AppState::with_clock(stored.store.clone(), Arc::new(clock.clone()));
    let client = Client::of(state.with_settings(settings));
    let answer = client
        .post(LOGIN, json!({"username": "owner", "password": PASSWORD}))
        .await;
    assert!(answer.cookie().unwrap().ends_with("Max-Age=3600"));
    let session = client.logged_in("owner").await;
    clock.advance(SignedDuration::from_mins(59));
    assert_eq!(session.get(ME).await.status, StatusCode::OK);
    clock.advance(SignedDuration::from_mins(1));
    assert_eq!(session.get(ME).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn people_change_their_password_in_a_session_that_stays() {
    let stored = stored().await;
    owner(&stored.store).await;
    let client = Client::new(&stored.store, &TestClock::new());
    let (here, elsewhere) = (
        client.logged_in("owner").await,
        client.logged_in("owner").await,
    );
    let change = async |client: &Client, current: &str, new: &str| {
        let body = json!({"current": current, "new": new});
        client.put("/api/review/me/password", body).await.status
    };
    let by_key = client.with("x-argilla-api-key", API_KEY);
    let new = "four quiet words here";
    assert_eq!(change(&by_key, PASSWORD, new).await, StatusCode::FORBIDDEN);
    assert_eq!(
        change(&here, "wrong wrong", new).await,
        StatusCode::FORBIDDEN
    );
    for bad in ["short", "Password1", "owner123", &"x".repeat(101)] {
        assert_eq!(
            change(&here, PASSWORD, bad).await,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{bad}"
        );
    }
    assert_eq!(elsewhere.get(ME).await.status, StatusCode::OK);
    assert_eq!(change(&here, PASSWORD, new).await, StatusCode::NO_CONTENT);
    assert_eq!(here.get(ME).await.status, StatusCode::OK);
    assert_eq!(elsewhere.get(ME).await.status, StatusCode::UNAUTHORIZED);
    for (password, expected) in [(PASSWORD, StatusCode::UNAUTHORIZED), (new, StatusCode::OK)] {
        let body = json!({"username": "owner", "password": password});
        assert_eq!(client.post(LOGIN, body).await.status, expected);
    }
    // Whoever guesses the current password is slowed down as at the login.
    for _ in 0..5 {
        change(&here, "wrong wrong", "another fine one").await;
    }
    assert_eq!(
        change(&here, new, "another fine one").await,
        StatusCode::TOO_MANY_REQUESTS
    );
}

#[tokio::test]
async fn sessions_are_seen_and_ended_by_their_user() {
    let stored = stored().await;
    owner(&stored.store).await;
    annotator(&stored.store, "ben").await;
    let client = Client::new(&stored.store, &TestClock::new());
    let with_agent = client
        .with("user-agent", &"Firefox ".repeat(50))
        .from("192.0.2.7:4711".parse().unwrap());
    let (here, there) = (
        with_agent.logged_in("owner").await,
        client.logged_in("owner").await,
    );
    let of_ben = client.logged_in("ben").await;
    let list = async |client: &Client| {
        let answer = client.get("/api/review/me/sessions").await.json();
        answer["items"].as_array().unwrap().clone()
    };
    let all = list(&here).await;
    assert_eq!(all.len(), 2);
    let mine = all.iter().find(|one| one["is_current"] == true).unwrap();
    assert_eq!(mine["address"], "192.0.2.7");
    assert_eq!(mine["agent"].as_str().unwrap().len(), 200);
    let other = all.iter().find(|one| one["is_current"] == false).unwrap();
    let path = format!("/api/review/me/sessions/{}", other["id"].as_str().unwrap());
    // Not somebody else's.
    assert_eq!(of_ben.delete(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(there.get(ME).await.status, StatusCode::OK);
    assert_eq!(here.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(here.delete(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(there.get(ME).await.status, StatusCode::UNAUTHORIZED);
    let third = client.logged_in("owner").await;
    assert_eq!(
        here.delete("/api/review/me/sessions").await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(third.get(ME).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!((list(&here).await.len(), list(&of_ben).await.len()), (1, 1));
}

#[tokio::test]
async fn nobody_gets_or_uses_a_password_that_everybody_knows() {
    let stored = stored().await;
    owner(&stored.store).await;
    let clock = TestClock::new();
    let client = Client::new(&stored.store, &clock);
    let owner = client.with("x-argilla-api-key", API_KEY);
    for password in ["12345678", "iloveyou1", "IloveYou!", "marie123", "marie_li"] {
        let body = json!({"username": "marie_li", "first_name": "M", "password": password});
        let body = match password {
            "marie123" => json!({"username": "marie", "first_name": "M", "password": password}),
            _ => body,
        };
        let made = owner.post("/api/v1/users", body).await;
        assert_eq!(
            made.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{password}: {}",
            made.text()
        );
    }
    let ben = annotator(&stored.store, "ben").await;
    let path = format!("/api/v1/users/{}", ben.id);
    let known = Some(json!({"password": "password1"}).to_string());
    let changed = owner.send("PATCH", &path, known).await;
    assert_eq!(
        changed.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        changed.text()
    );
    // One from before it was refused.
    let hash = examen_annotate::secrets::hash_password("sunshine1").unwrap();
    stored
        .store
        .set_password(ben.id, &hash, clock.now())
        .await
        .unwrap();
    let login = json!({"username": "ben", "password": "sunshine1"});
    assert_eq!(
        client.post(LOGIN, login.clone()).await.status,
        StatusCode::OK
    );
    let settings = Settings {
        is_public: true,
        ..Settings::default()
    };
    let state = AppState::with_clock(stored.store.clone(), Arc::new(clock.clone()));
    let public = Client::of(state.with_settings(settings));
    let refused = public.post(LOGIN, login).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
    public.logged_in("owner").await;
}
