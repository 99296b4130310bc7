//! Pages of large records, and searches that take long.

use crate::support::{
    API_KEY, Client, Stored, TestClock, annotator, exam_of, new_dataset, new_record, owner, stored,
    time,
};
use axum::http::StatusCode;
use examen_annotate::{
    server::{AppState, Settings},
    store::{Existing, Queue},
};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// A dataset whose records have a passage of half a megabyte.
async fn large(stored: &Stored, n: usize) -> Uuid {
    let dataset = new_dataset(&stored.store, "large", 1).await;
    let records: Vec<_> = (0..n)
        .map(|number| {
            let mut record = new_record(number);
            let passage = format!("{number} ").repeat(250_000);
            record.fields.insert("passage".to_owned(), passage.into());
            record
        })
        .collect();
    stored
        .store
        .create_dataset(&dataset, &records, Existing::Refuse, time(0))
        .await
        .unwrap();
    dataset.id
}

fn client(stored: &Stored, settings: Settings) -> Client {
    let state = AppState::with_clock(stored.store.clone(), Arc::new(TestClock::new()));
    Client::of(state.with_settings(settings)).with("x-argilla-api-key", API_KEY)
}

#[tokio::test]
async fn a_long_page_comes_in_parts_and_whole() {
    let stored = stored().await;
    owner(&stored.store).await;
    let dataset = large(&stored, 7).await;
    let client = client(&stored, Settings::default());
    let records = format!("/api/v1/datasets/{dataset}/records");
    for (method, path, body) in [
        ("GET", records.clone(), None),
        ("POST", format!("{records}/search"), Some("{}".to_owned())),
    ] {
        let answer = client.send(method, &path, body).await;
        let page = answer.json();
        let items = page["items"].as_array().unwrap();
        let record = |item: &Value| item.get("record").unwrap_or(item)["external_id"].clone();
        let found: Vec<Value> = items.iter().map(record).collect();
        assert_eq!(found, ["q0", "q1", "q2", "q3", "q4", "q5", "q6"], "{path}");
        assert_eq!(page["total"], 7);
        assert_eq!(answer.headers["content-type"], "application/json");
    }
    let nothing = client.get(&format!("{records}?offset=7")).await;
    assert_eq!(nothing.text(), "{\"items\":[],\"total\":7}");
}

#[tokio::test]
async fn unread_pages_hold_one_part_each() {
    let stored = stored().await;
    owner(&stored.store).await;
    let dataset = large(&stored, 24).await;
    let state = AppState::with_clock(stored.store.clone(), Arc::new(TestClock::new()));
    let client = Client::of(state.clone()).with("x-argilla-api-key", API_KEY);
    let router = examen_annotate::server::router(state);
    let mut unread = Vec::new();
    for _ in 0..16 {
        let path = format!("/api/v1/datasets/{dataset}/records/search?limit=1000");
        let request = axum::http::Request::post(path)
            .header("x-argilla-api-key", API_KEY)
            .body(axum::body::Body::from("{}"))
            .unwrap();
        let answer = tower::ServiceExt::oneshot(router.clone(), request).await;
        unread.push(answer.unwrap());
    }
    let metrics = client.get("/metrics").await.text();
    let held = metrics
        .lines()
        .find_map(|line| line.strip_prefix("examen_request_memory_bytes "))
        .unwrap();
    let held: u64 = held.parse().unwrap();
    // Two records of half a megabyte and a half are more than a megabyte.
    assert!((16 * 500_000..16 * 1_200_000).contains(&held), "{held}");
    drop(unread);
}

#[tokio::test]
async fn a_queue_of_large_records_comes_in_smaller_pages() {
    let stored = stored().await;
    let user = owner(&stored.store).await;
    let dataset = large(&stored, 12).await;
    let page = async |offset| {
        let page = stored
            .store
            .queue_page(dataset, user.id, Queue::Pending, offset, 100)
            .await
            .unwrap();
        assert_eq!(page.total, 12);
        page.items.len()
    };
    let first = page(0).await;
    assert!((4..12).contains(&first), "{first}");
    let rest = u32::try_from(first).unwrap();
    assert_eq!(page(rest).await, (12 - first).min(first));
}

#[tokio::test]
async fn a_search_that_takes_too_long_is_stopped_with_a_sentence() {
    let stored = stored().await;
    owner(&stored.store).await;
    let dataset = exam_of(&stored.store, 3_000).await;
    let path = format!("/api/v1/datasets/{dataset}/records/search");
    let hasty = client(
        &stored,
        Settings {
            search_timeout: Duration::ZERO,
            ..Settings::default()
        },
    );
    let body = json!({"query": {"text": {"q": "answer* -(nothing | passage)"}}});
    let stopped = hasty.post(&path, body.clone()).await;
    assert_eq!(
        stopped.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        stopped.text()
    );
    assert_eq!(stopped.headers["retry-after"], "10");
    let sentence = stopped.json()["detail"].as_str().unwrap().to_owned();
    assert!(sentence.starts_with("the search took too long and was stopped"));
    // The connections that it was stopped on are good for others.
    let patient = client(&stored, Settings::default());
    for _ in 0..8 {
        assert_eq!(
            patient.post(&path, body.clone()).await.status,
            StatusCode::OK
        );
    }
}

#[tokio::test]
async fn the_beginning_of_a_word_finds_all_alike_in_their_order() {
    let stored = stored().await;
    owner(&stored.store).await;
    annotator(&stored.store, "ben").await;
    let dataset = exam_of(&stored.store, 30).await;
    let client = client(&stored, Settings::default());
    let path = format!("/api/v1/datasets/{dataset}/records/search?limit=100");
    let found = client
        .post(&path, json!({"query": {"text": {"q": "pass*"}}}))
        .await
        .json();
    assert_eq!(found["total"], 30);
    let items = found["items"].as_array().unwrap();
    for (number, item) in items.iter().enumerate() {
        assert_eq!(item["record"]["external_id"], format!("q{number}"));
        assert_eq!(item["query_score"], 1.0);
    }
    let narrower = client
        .post(&path, json!({"query": {"text": {"q": "pass* 17"}}}))
        .await
        .json();
    assert_eq!(narrower["total"], 1);
    assert!(narrower["items"][0]["query_score"].as_f64().unwrap() > 1.0);
}
