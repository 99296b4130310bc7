//! Named API keys, and second factors.

use crate::support::{API_KEY, Client, PASSWORD, TestClock, exam_of, owner, stored};
use axum::http::StatusCode;
use examen_annotate::{revoke_api_key, server::Clock};
use hmac::{Hmac, KeyInit, Mac};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha1::Sha1;

const KEYS: &str = "/api/review/me/api-keys";

/// Makes a named key; returns it and its id.
async fn make(client: &Client, body: Value) -> (String, String) {
    let made = client.post(KEYS, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let made = made.json();
    let text = |key: &str| made[key].as_str().unwrap().to_owned();
    (text("api_key"), text("id"))
}

#[tokio::test]
async fn a_key_for_reading_reads_and_changes_nothing() {
    let stored = stored().await;
    owner(&stored.store).await;
    let dataset = exam_of(&stored.store, 3).await;
    let client = Client::new(&stored.store, &TestClock::new());
    let owner = client.with("x-argilla-api-key", API_KEY);
    let (key, _) = make(&owner, json!({"name": "reading", "is_read_only": true})).await;
    let reader = client.with("x-argilla-api-key", &key);
    let records = format!("/api/v1/datasets/{dataset}/records");
    for path in [
        "/api/v1/me/datasets",
        "/api/review/datasets",
        "/api/review/audit",
        &records,
    ] {
        assert_eq!(reader.get(path).await.status, StatusCode::OK, "{path}");
    }
    for path in [
        format!("{records}/search"),
        format!("/api/v1/me/datasets/{dataset}/records/search"),
    ] {
        let found = reader.post(&path, json!({})).await;
        assert_eq!(found.json()["total"], 3, "{path}: {}", found.text());
    }
    // Nor does it read what opens more.
    for path in ["/api/v1/me", "/api/v1/users"] {
        let shown = reader.get(path).await;
        assert_eq!(shown.status, StatusCode::OK);
        assert!(!shown.text().contains(API_KEY), "{path}: {}", shown.text());
    }
    assert_eq!(
        reader.get("/api/v1/webhooks").await.status,
        StatusCode::FORBIDDEN
    );
    let record = stored.store.records(dataset).await.unwrap()[0].id;
    let answer = json!({"status": "submitted", "values": {"correct_answer": "answer_a"}});
    for (method, path, body) in [
        (
            "PUT",
            format!("/api/review/records/{record}/response"),
            answer,
        ),
        (
            "POST",
            format!("/api/v1/records/{record}/responses"),
            json!({"status": "draft"}),
        ),
        (
            "POST",
            "/api/v1/workspaces".to_owned(),
            json!({"name": "w"}),
        ),
        ("DELETE", format!("/api/v1/datasets/{dataset}"), Value::Null),
        ("POST", "/api/review/me/api-key".to_owned(), Value::Null),
        ("POST", KEYS.to_owned(), json!({"name": "another"})),
        (
            "POST",
            "/api/v1/me/responses/bulk".to_owned(),
            json!({"items": []}),
        ),
        ("POST", "/api/review/logout".to_owned(), Value::Null),
    ] {
        let refused = reader.send(method, &path, Some(body.to_string())).await;
        assert_eq!(
            refused.status,
            StatusCode::FORBIDDEN,
            "{method} {path}: {}",
            refused.text()
        );
    }
}

#[tokio::test]
async fn a_named_key_works_until_it_ends_and_makes_no_other() {
    let stored = stored().await;
    owner(&stored.store).await;
    let clock = TestClock::new();
    let client = Client::new(&stored.store, &clock);
    let owner = client.with("x-argilla-api-key", API_KEY);
    let (short, _) = make(&owner, json!({"name": "a day", "expires_in_days": 1})).await;
    let (long, id) = make(&owner, json!({"name": "for ever"})).await;
    let works = async |key: &str| {
        let me = client
            .with("x-argilla-api-key", key)
            .get("/api/v1/me")
            .await;
        me.status == StatusCode::OK
    };
    assert!(works(&short).await && works(&long).await && works(API_KEY).await);
    let by_long = client.with("x-argilla-api-key", &long);
    let made = by_long
        .post("/api/v1/workspaces", json!({"name": "w"}))
        .await;
    assert_eq!(made.status, StatusCode::CREATED);
    for (method, path) in [
        ("POST", "/api/review/me/api-key".to_owned()),
        ("DELETE", "/api/review/me/api-key".to_owned()),
        ("DELETE", format!("{KEYS}/{id}")),
    ] {
        let refused = by_long.send(method, &path, None).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{method} {path}");
    }
    assert!(!by_long.get("/api/v1/me").await.text().contains(API_KEY));
    for (body, expected) in [
        (json!({"name": "for ever"}), StatusCode::CONFLICT),
        (json!({"name": "  "}), StatusCode::UNPROCESSABLE_ENTITY),
        (
            json!({"name": "x", "expires_in_days": 0}),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            json!({"name": "x", "expires_in_days": 4_000_000_000_u32}),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    ] {
        let refused = owner.post(KEYS, body.clone()).await;
        assert_eq!(refused.status, expected, "{body}: {}", refused.text());
    }
    clock.advance(SignedDuration::from_hours(24));
    assert!(!works(&short).await && works(&long).await);
    let listed = owner.get(KEYS).await;
    assert_eq!(listed.json()["items"].as_array().unwrap().len(), 2);
    assert!(!listed.text().contains(&long));
    assert_eq!(
        owner.delete(&format!("{KEYS}/{id}")).await.status,
        StatusCode::NO_CONTENT
    );
    assert!(!works(&long).await && works(API_KEY).await);
    let (third, _) = make(&owner, json!({"name": "third"})).await;
    revoke_api_key(&stored.store, "owner").await.unwrap();
    assert!(!works(&third).await && !works(API_KEY).await);
}

/// The code that an authenticator shows: RFC 6238, written here a second time.
fn code(secret: &str, seconds: i64) -> String {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = secret
        .chars()
        .map(|digit| format!("{:05b}", alphabet.find(digit).unwrap()))
        .collect();
    let key: Vec<u8> = (0..bits.len() / 8)
        .map(|byte| u8::from_str_radix(&bits[byte * 8..][..8], 2).unwrap())
        .collect();
    let mut mac = Hmac::<Sha1>::new_from_slice(&key).unwrap();
    mac.update(&(seconds / 30).to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let start = usize::from(hash[19] & 15);
    let number = u32::from_be_bytes(hash[start..start + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_each_code_counts_once() {
    let stored = stored().await;
    owner(&stored.store).await;
    let clock = TestClock::new();
    let client = Client::new(&stored.store, &clock);
    let session = client.logged_in("owner").await;
    let path = "/api/review/me/second-factor";
    let now = || clock.now().as_second();
    let log_in = async |code: Option<&str>| {
        let body = json!({"username": "owner", "password": PASSWORD, "code": code});
        client.post("/api/review/login", body).await
    };
    let begin = async |password: &str| session.post(path, json!({"password": password})).await;
    assert_eq!(begin("wrong wrong").await.status, StatusCode::FORBIDDEN);
    let begun = begin(PASSWORD).await;
    assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.text());
    let secret = begun.json()["secret"].as_str().unwrap().to_owned();
    assert!(begun.json()["address"].as_str().unwrap().contains(&secret));
    // Until it is confirmed it does not count.
    assert_eq!(log_in(None).await.status, StatusCode::OK);
    let confirm = async |code: &str| {
        let body = json!({"code": code});
        session.post(&format!("{path}/confirm"), body).await.status
    };
    assert_eq!(confirm("000000").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(confirm(&code(&secret, now())).await, StatusCode::NO_CONTENT);
    assert_eq!(session.get(path).await.json(), json!({"is_enabled": true}));
    assert_eq!(begin(PASSWORD).await.status, StatusCode::CONFLICT);
    let asked = log_in(None).await;
    assert_eq!(asked.status, StatusCode::UNAUTHORIZED);
    assert_eq!(asked.json()["error"]["needs"], "code");
    let wrong =
        json!({"username": "owner", "password": "wrong wrong", "code": code(&secret, now())});
    let wrong = client.post("/api/review/login", wrong).await;
    assert_eq!(wrong.json()["error"]["needs"], Value::Null);
    // That of the confirmation was used.
    assert_eq!(
        log_in(Some(&code(&secret, now()))).await.status,
        StatusCode::UNAUTHORIZED
    );
    clock.advance(SignedDuration::from_mins(6));
    assert_eq!(
        log_in(Some(&code(&secret, now()))).await.status,
        StatusCode::OK
    );
    assert_eq!(
        log_in(Some(&code(&secret, now()))).await.status,
        StatusCode::UNAUTHORIZED
    );
    // Guessing is slowed down, whatever is right besides.
    for _ in 0..5 {
        log_in(Some("000000")).await;
    }
    clock.advance(SignedDuration::from_secs(60));
    assert_eq!(
        log_in(Some(&code(&secret, now()))).await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
    clock.advance(SignedDuration::from_mins(6));
    let form = |code: &str| {
        Some(format!(
            "username=owner&password={}&code={code}",
            PASSWORD.replace(' ', "+")
        ))
    };
    let form_type = "application/x-www-form-urlencoded";
    let token = async |code: &str| {
        client
            .send_as("POST", "/api/v1/token", form(code), form_type)
            .await
            .status
    };
    assert_eq!(token("").await, StatusCode::UNAUTHORIZED);
    assert_eq!(token(&code(&secret, now())).await, StatusCode::CREATED);
    // Sealed with the key file, and sealed anew with the next.
    stored.store.rotate_sealing_key().await.unwrap();
    stored.store.close().await;
    let store = stored.location.open().await.unwrap();
    let client = Client::new(&store, &clock);
    clock.advance(SignedDuration::from_mins(6));
    let body = json!({"username": "owner", "password": PASSWORD, "code": code(&secret, now())});
    let again = client.post("/api/review/login", body).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.text());
    let session = client.with("cookie", again.session());
    clock.advance(SignedDuration::from_secs(60));
    let disable = async |password: &str, code: &str| {
        let body = json!({"password": password, "code": code});
        session.post(&format!("{path}/disable"), body).await.status
    };
    assert_eq!(disable(PASSWORD, "000000").await, StatusCode::FORBIDDEN);
    assert_eq!(
        disable(PASSWORD, &code(&secret, now())).await,
        StatusCode::NO_CONTENT
    );
    client.logged_in("owner").await;
}
