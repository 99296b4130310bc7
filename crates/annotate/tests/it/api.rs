//! The review API as the page uses it.

use crate::support::{
    Client, TestClock, annotator, exam_of, new_dataset, new_record, owner, stored, time,
};
use axum::http::StatusCode;
use examen_annotate::{
    exam,
    store::{Existing, NewDataset},
};
use examen_core::Language;
use serde_json::{Map, Value, json};
use uuid::Uuid;

async fn pending(client: &Client, dataset: Uuid) -> Value {
    client
        .get(&format!(
            "/api/review/datasets/{dataset}/records?status=pending"
        ))
        .await
        .json()
}

#[tokio::test]
async fn two_reviewers_answer_undo_and_see_their_own() {
    let stored = stored().await;
    let dataset = exam_of(&stored.store, 10).await;
    owner(&stored.store).await;
    annotator(&stored.store, "ben").await;
    let server = Client::new(&stored.store, &TestClock::new());
    let (ana, ben) = (
        server.logged_in("owner").await,
        server.logged_in("ben").await,
    );

    let listed = ben.get("/api/review/datasets").await.json();
    let untouched = json!({"total": 10, "completed": 0, "mine": {"pending": 10, "draft": 0, "submitted": 0, "discarded": 0}});
    assert_eq!(
        listed,
        json!({"items": [{"id": dataset, "name": "exam", "progress": untouched}]})
    );
    let page = pending(&ben, dataset).await;
    assert_eq!(
        (
            page["total"].as_u64(),
            page["items"].as_array().unwrap().len()
        ),
        (Some(10), 5)
    );
    let record = &page["items"][0];
    assert_eq!(record["response"], Value::Null);
    assert_eq!(record["status"], "pending");
    assert_eq!(
        record["suggestions"],
        json!({"correct_answer": {"value": "answer_b", "agent": "model"}})
    );
    assert!(record["fields"]["passage"].is_string() && record["metadata"]["quote"].is_string());

    let path = format!(
        "/api/review/records/{}/response",
        record["id"].as_str().unwrap()
    );
    let values = json!({"correct_answer": "answer_c", "improved_question": "Better?"});
    let answered = ben
        .put(&path, json!({"status": "submitted", "values": values}))
        .await;
    assert_eq!(answered.status, StatusCode::OK);
    let progress = json!({"total": 10, "completed": 1, "mine": {"pending": 9, "draft": 0, "submitted": 1, "discarded": 0}});
    assert_eq!(
        answered.json(),
        json!({"response": {"status": "submitted", "values": values}, "progress": progress})
    );
    // Ana's queue has one less; her own counts say nothing of it.
    let anas = pending(&ana, dataset).await;
    assert_eq!(
        anas["progress"]["mine"],
        json!({"pending": 9, "draft": 0, "submitted": 0, "discarded": 0})
    );
    assert!(
        anas["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|item| item["id"] != record["id"])
    );
    let submitted = ben
        .get(&format!(
            "/api/review/datasets/{dataset}/records?status=submitted"
        ))
        .await
        .json();
    assert_eq!(submitted["items"][0]["response"]["values"], values);

    let undone = ben.delete(&path).await;
    assert_eq!(undone.json(), json!({"progress": untouched}));
    assert_eq!(pending(&ben, dataset).await, page);
    // Taking back what is not there is no error.
    assert_eq!(ben.delete(&path).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_dataset_tells_what_it_shows_and_asks() {
    let stored = stored().await;
    let dataset = exam_of(&stored.store, 1).await;
    owner(&stored.store).await;
    let client = Client::new(&stored.store, &TestClock::new())
        .logged_in("owner")
        .await;
    let mut shown = client
        .get(&format!("/api/review/datasets/{dataset}"))
        .await
        .json();
    shown["id"] = json!("ID");
    shown["guidelines"] = json!("GUIDELINES");
    insta::assert_json_snapshot!(shown);
}

#[tokio::test]
async fn a_dataset_tells_its_usual_mode_where_answers_note_theirs() {
    let stored = stored().await;
    owner(&stored.store).await;
    let client = Client::new(&stored.store, &TestClock::new())
        .logged_in("owner")
        .await;
    let mode = async |name: &str, change: fn(&mut NewDataset)| {
        let mut dataset = new_dataset(&stored.store, name, 1).await;
        change(&mut dataset);
        let (store, records) = (&stored.store, [new_record(0)]);
        let made = store.create_dataset(&dataset, &records, Existing::Refuse, time(0));
        made.await.unwrap();
        let path = format!("/api/review/datasets/{}", dataset.id);
        client.get(&path).await.json()["mode"].clone()
    };
    let assisted = |dataset: &mut NewDataset| {
        let usual = ("review_mode".to_owned(), json!("assisted"));
        dataset.metadata.extend([usual]);
    };
    assert_eq!(mode("assisted", assisted).await, "assisted");
    assert_eq!(mode("forgotten", |_| ()).await, "blind");
    let others = |dataset: &mut NewDataset| {
        let questions = &mut dataset.settings.questions;
        questions.retain(|question| question.name != "first_answer");
        dataset
            .metadata
            .insert("review_mode".to_owned(), json!("blind"));
    };
    assert_eq!(mode("others", others).await, Value::Null);
}

#[tokio::test]
async fn responses_that_break_a_rule_are_refused_and_not_stored() {
    let stored = stored().await;
    let dataset = exam_of(&stored.store, 1).await;
    owner(&stored.store).await;
    let client = Client::new(&stored.store, &TestClock::new())
        .logged_in("owner")
        .await;
    let record = pending(&client, dataset).await["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/review/records/{record}/response");
    let long = "x".repeat(20_001);
    for (body, message) in [
        (
            json!({"status": "submitted", "values": {}}),
            "missing response values for submitted response",
        ),
        (
            json!({"status": "submitted"}),
            "missing response values for submitted response",
        ),
        (
            json!({"status": "draft", "values": {"correct_answer": "answer_e"}}),
            "'answer_e' is not a valid label for label selection question.\nValid labels are: ['answer_a', 'answer_b', 'answer_c', 'answer_d']",
        ),
        (
            json!({"status": "discarded", "values": {"correct_answer": 1}}),
            "1 is not a valid label for label selection question.\nValid labels are: ['answer_a', 'answer_b', 'answer_c', 'answer_d']",
        ),
        (
            json!({"status": "draft", "values": {"rating": "5"}}),
            "found response value for non configured question with name='rating'",
        ),
        (
            json!({"status": "draft", "values": {"improved_answer": null}}),
            "text question expects a text value, found <class 'NoneType'>",
        ),
        (
            json!({"status": "draft", "values": {"improved_answer": long}}),
            "the answer to `improved_answer` has 20001 bytes; 20000 are allowed",
        ),
    ] {
        let refused = client.put(&path, body.clone()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(refused.message(), message);
    }
    let unknown = client
        .put(&path, json!({"status": "finished", "values": {}}))
        .await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        stored.store.records(dataset).await.unwrap()[0].responses,
        []
    );
    // A discarded record needs no answer, and may have one.
    for values in [
        json!({}),
        json!({"correct_answer": "answer_a", "improved_answer": ""}),
    ] {
        let stored = client
            .put(&path, json!({"status": "discarded", "values": values}))
            .await;
        assert_eq!(
            (stored.status, &stored.json()["response"]["values"]),
            (StatusCode::OK, &values)
        );
    }
}

#[tokio::test]
async fn every_route_but_health_needs_a_user() {
    let stored = stored().await;
    let dataset = exam_of(&stored.store, 1).await;
    let client = Client::new(&stored.store, &TestClock::new())
        .with("cookie", "examen_session=guess; other=1");
    let record = Uuid::new_v4();
    for (method, path) in [
        ("GET", "/api/review/me".to_owned()),
        ("POST", "/api/review/logout".to_owned()),
        ("POST", "/api/review/me/api-key".to_owned()),
        ("DELETE", "/api/review/me/api-key".to_owned()),
        ("POST", format!("/api/review/users/{record}/api-key")),
        ("DELETE", format!("/api/review/users/{record}/api-key")),
        ("GET", "/api/review/audit".to_owned()),
        ("GET", "/api/review/datasets".to_owned()),
        ("GET", format!("/api/review/datasets/{dataset}")),
        (
            "GET",
            format!("/api/review/datasets/{dataset}/records?status=pending"),
        ),
        ("PUT", format!("/api/review/records/{record}/response")),
        ("DELETE", format!("/api/review/records/{record}/response")),
    ] {
        let refused = client.send(method, &path, Some("{}".to_owned())).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{method} {path}");
        refused.message();
    }
    let health = client.get("/api/review/health").await;
    assert_eq!(
        health.json(),
        json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")})
    );
}

#[tokio::test]
async fn annotators_see_only_their_workspaces() {
    let stored = stored().await;
    let store = &stored.store;
    owner(store).await;
    annotator(store, "ben").await;
    let other = store
        .ensure_workspace("other", Uuid::new_v4(), time(0))
        .await
        .unwrap();
    let settings = exam::settings(Language::ENGLISH, None, 1);
    let (id, name) = (Uuid::new_v4(), "secret".to_owned());
    let dataset = NewDataset {
        id,
        workspace_id: other.id,
        name,
        settings,
        metadata: Map::new(),
    };
    let record = new_record(0);
    store
        .create_dataset(
            &dataset,
            std::slice::from_ref(&record),
            Existing::Refuse,
            time(0),
        )
        .await
        .unwrap();
    let server = Client::new(store, &TestClock::new());
    let (ana, ben) = (
        server.logged_in("owner").await,
        server.logged_in("ben").await,
    );
    assert_eq!(
        ben.get("/api/review/datasets").await.json(),
        json!({"items": []})
    );
    assert_eq!(
        ana.get("/api/review/datasets").await.json()["items"][0]["name"],
        "secret"
    );
    let path = format!("/api/review/records/{}/response", record.id);
    for refused in [
        ben.get(&format!("/api/review/datasets/{id}")).await,
        ben.get(&format!("/api/review/datasets/{id}/records?status=pending"))
            .await,
        ben.put(&path, json!({"status": "discarded", "values": {}}))
            .await,
        ben.delete(&path).await,
    ] {
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(!refused.message().contains("secret"));
    }
    assert_eq!(
        ana.put(&path, json!({"status": "discarded", "values": {}}))
            .await
            .status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn what_is_not_there_and_what_cannot_be_read() {
    let stored = stored().await;
    let dataset = exam_of(&stored.store, 1).await;
    owner(&stored.store).await;
    let client = Client::new(&stored.store, &TestClock::new())
        .logged_in("owner")
        .await;
    let nothing = Uuid::new_v4();
    let cases = [
        (
            "GET",
            format!("/api/review/datasets/{nothing}"),
            StatusCode::NOT_FOUND,
        ),
        (
            "GET",
            "/api/review/datasets/exam".to_owned(),
            StatusCode::NOT_FOUND,
        ),
        (
            "GET",
            format!("/api/review/datasets/{nothing}/records?status=pending"),
            StatusCode::NOT_FOUND,
        ),
        (
            "DELETE",
            format!("/api/review/records/{nothing}/response"),
            StatusCode::NOT_FOUND,
        ),
        (
            "GET",
            "/api/review/nowhere".to_owned(),
            StatusCode::NOT_FOUND,
        ),
        ("GET", "/api/nowhere".to_owned(), StatusCode::NOT_FOUND),
        ("GET", "/api".to_owned(), StatusCode::NOT_FOUND),
        (
            "POST",
            "/api/review/me".to_owned(),
            StatusCode::METHOD_NOT_ALLOWED,
        ),
        ("POST", "/".to_owned(), StatusCode::METHOD_NOT_ALLOWED),
        (
            "GET",
            format!("/api/review/datasets/{dataset}/records"),
            StatusCode::BAD_REQUEST,
        ),
        (
            "GET",
            format!("/api/review/datasets/{dataset}/records?status=done"),
            StatusCode::BAD_REQUEST,
        ),
        (
            "GET",
            format!("/api/review/datasets/{dataset}/records?status=draft&limit=0"),
            StatusCode::BAD_REQUEST,
        ),
        (
            "GET",
            format!("/api/review/datasets/{dataset}/records?status=draft&limit=101"),
            StatusCode::BAD_REQUEST,
        ),
        (
            "GET",
            format!("/api/review/datasets/{dataset}/records?status=draft&offset=-1"),
            StatusCode::BAD_REQUEST,
        ),
    ];
    for (method, path, status) in cases {
        let refused = client.send(method, &path, None).await;
        assert_eq!(refused.status, status, "{method} {path}");
        assert!(!refused.message().is_empty(), "{path}");
    }
}

#[tokio::test]
async fn a_change_from_another_site_is_refused() {
    let stored = stored().await;
    owner(&stored.store).await;
    let client = Client::new(&stored.store, &TestClock::new())
        .with("host", "localhost:6900")
        .logged_in("owner")
        .await;
    for origin in [
        "http://evil.example",
        "http://localhost:7000",
        "null",
        "http://localhost:6900.evil.example",
    ] {
        let foreign = client.with("origin", origin);
        assert_eq!(
            foreign.post("/api/review/logout", json!({})).await.status,
            StatusCode::FORBIDDEN,
            "{origin}"
        );
        assert_eq!(foreign.get("/api/review/me").await.status, StatusCode::OK);
    }
    let own = client.with("origin", "http://localhost:6900");
    assert_eq!(
        own.post("/api/review/logout", json!({})).await.status,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn a_failing_store_tells_the_client_nothing() {
    let stored = stored().await;
    owner(&stored.store).await;
    let client = Client::new(&stored.store, &TestClock::new())
        .logged_in("owner")
        .await;
    stored.store.close().await;
    let failed = client.get("/api/review/datasets").await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(failed.message(), "the server failed; its log says why");
}

#[tokio::test]
async fn answers_carry_the_headers_that_protect() {
    let stored = stored().await;
    exam_of(&stored.store, 5).await;
    owner(&stored.store).await;
    let client = Client::new(&stored.store, &TestClock::new());
    for path in ["/", "/api/review/health", "/api/review/me", "/api/nowhere"] {
        let headers = client.get(path).await.headers;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "no-referrer");
    }
    assert_eq!(
        client.get("/api/review/me").await.headers["cache-control"],
        "no-store"
    );
    let zipped = client
        .with("accept-encoding", "gzip")
        .logged_in("owner")
        .await
        .get("/api/review/datasets")
        .await;
    assert_eq!(zipped.headers["content-encoding"], "gzip");
}
