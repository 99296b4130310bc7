//! The audit log, and keys that are rotated and revoked.

use crate::support::{
    API_KEY, Client, PASSWORD, TestClock, annotator, exam_of, load_options, owner, response,
    sample, stored, time,
};
use axum::http::StatusCode;
use examen_annotate::{delete_user, load_distiset, store::COMMAND_LINE};
use examen_core::{Silent, annotation::ResponseStatus};
use jiff::SignedDuration;
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

/// The audit log, oldest first, as `actor act subject`.
async fn lines(owner: &Client) -> Vec<String> {
    let log = owner.get("/api/review/audit?limit=1000").await.json();
    let acts = told(&log).into_iter();
    acts.map(|(actor, act, subject)| format!("{actor} {act} {subject}"))
        .collect()
}

#[tokio::test]
async fn records_and_answers_of_others_are_counted_as_they_are() {
    let stored = stored().await;
    let owner_user = owner(&stored.store).await;
    let ben = annotator(&stored.store, "ben").await;
    let dataset = exam_of(&stored.store, 4).await;
    let records = stored.store.records(dataset).await.unwrap();
    let (clock, ids) = (TestClock::new(), records.iter().map(|record| record.id));
    let ids: Vec<_> = ids.collect();
    let client = Client::new(&stored.store, &clock);
    let owner = client.with("x-argilla-api-key", API_KEY);
    let session = client.logged_in("ben").await;
    let path = |id| format!("/api/review/records/{id}/response");
    let answer =
        |option: &str| json!({"status": "submitted", "values": {"correct_answer": option}});
    for id in &ids {
        let given = session.put(&path(id), answer("answer_a")).await;
        assert_eq!(given.status, StatusCode::OK, "{}", given.text());
    }
    let bulk = format!("/api/v1/datasets/{dataset}/records/bulk");
    let answers = |user: &str, option: &str| json!({"user_id": user, "status": "submitted", "values": {"correct_answer": {"value": option}}});
    let item = |record: usize, option: &str| {
        let of_both = [
            answers(&ben.id.to_string(), option),
            answers(&owner_user.id.to_string(), option),
        ];
        json!({"id": ids[record], "responses": of_both})
    };
    let fields = json!({"question": "Q?", "answer_a": "a", "answer_b": "b", "answer_c": "c", "answer_d": "d"});
    // One new record, one whose answer of ben stays, one whose answer of ben changes.
    let items = json!({"items": [item(0, "answer_a"), item(1, "answer_b"), {"fields": fields}]});
    let written = owner.put(&bulk, items).await;
    assert_eq!(written.status, StatusCode::OK, "{}", written.text());
    let of_ben = stored
        .store
        .response_of(ids[2], ben.id)
        .await
        .unwrap()
        .unwrap();
    let by_owner =
        json!({"status": "submitted", "values": {"correct_answer": {"value": "answer_d"}}});
    let path_of_ben = format!("/api/v1/responses/{}", of_ben.id);
    assert_eq!(
        owner.put(&path_of_ben, by_owner).await.status,
        StatusCode::OK
    );
    assert_eq!(owner.delete(&path_of_ben).await.status, StatusCode::OK);
    let change = json!({"metadata": {"a": 1}}).to_string();
    owner
        .send(
            "PATCH",
            &format!("/api/v1/records/{}", ids[3]),
            Some(change),
        )
        .await;
    let nobody = uuid::Uuid::new_v4();
    let list = format!("/api/v1/datasets/{dataset}/records");
    let gone = format!("{list}?ids={},{},{nobody}", ids[0], ids[3]);
    assert_eq!(owner.delete(&gone).await.status, StatusCode::NO_CONTENT);
    // Nothing is deleted, so nothing is noted.
    owner.delete(&format!("{list}?ids={nobody}")).await;
    for _ in 0..3 {
        assert_eq!(owner.get(&list).await.status, StatusCode::OK);
    }
    clock.advance(SignedDuration::from_hours(2));
    owner.post(&format!("{list}/search"), json!({})).await;
    let role = json!({"role": "admin"}).to_string();
    owner
        .send("PATCH", &format!("/api/v1/users/{}", ben.id), Some(role))
        .await;
    assert_eq!(
        session.post("/api/review/logout", json!({})).await.status,
        StatusCode::NO_CONTENT
    );
    owner.delete(&format!("/api/v1/datasets/{dataset}")).await;
    let record = ids[2];
    let expected = [
        "ben login -".to_owned(),
        "owner records.created 1 in exam".to_owned(),
        "owner records.changed 2 in exam".to_owned(),
        "owner responses.rewritten 1 of ben in exam".to_owned(),
        format!("owner responses.rewritten 1 of ben in exam, to the record {record}"),
        format!("owner responses.deleted 1 of ben in exam, to the record {record}"),
        "owner records.changed 1 in exam".to_owned(),
        "owner records.deleted 2 of exam, with 3 responses".to_owned(),
        "owner dataset.exported exam".to_owned(),
        "owner dataset.exported exam".to_owned(),
        "owner user.role_changed ben: annotator to admin".to_owned(),
        "ben logout -".to_owned(),
        "owner dataset.deleted exam, with 3 records and 2 responses".to_owned(),
    ];
    assert_eq!(lines(&owner).await, expected);
}

#[tokio::test]
async fn what_the_command_line_does_is_noted() {
    let stored = stored().await;
    let user = owner(&stored.store).await;
    let store = stored.store.by_command_line();
    let mut options = load_options();
    let load = async |options| {
        load_distiset(&store, &sample(), &options, &Silent)
            .await
            .unwrap()
    };
    let loaded = load(options.clone()).await;
    let records = store.records(loaded.dataset_id).await.unwrap();
    let answer = response(records[0].id, &user, ResponseStatus::Discarded, "answer_a");
    stored.store.put_response(&answer, time(1)).await.unwrap();
    options.overwrite = true;
    load(options).await;
    annotator(&store, "ben").await;
    delete_user(&store, "ben").await.unwrap();
    let n = loaded.loaded;
    let (_, acts) = store.acts(0, 100).await.unwrap();
    let told: Vec<_> = acts
        .iter()
        .rev()
        .filter(|act| act.actor == COMMAND_LINE)
        .map(|act| format!("{} {}", act.act, act.subject.as_deref().unwrap_or("-")))
        .collect();
    assert_eq!(
        told,
        [
            "dataset.created exam".to_owned(),
            format!("records.created {n} in exam"),
            format!("dataset.deleted exam, with {n} records and 1 responses"),
            "dataset.created exam".to_owned(),
            format!("records.created {n} in exam"),
            "user.created ben".to_owned(),
            "user.deleted ben".to_owned(),
        ]
    );
}

#[tokio::test]
async fn the_log_forgets_what_is_older_than_it_is_kept() {
    let stored = stored().await;
    let store = stored.store.by_command_line();
    annotator(&store, "ben").await;
    let (before, _) = store.acts(0, 10).await.unwrap();
    assert_eq!(before, 1);
    assert_eq!(store.forget_acts(time(0)).await.unwrap(), 0);
    let later = jiff::Timestamp::now() + SignedDuration::from_secs(1);
    assert_eq!(store.forget_acts(later).await.unwrap(), 1);
    let (total, acts) = store.acts(0, 10).await.unwrap();
    assert_eq!((total, acts[0].act.as_str()), (1, "audit.shortened"));
    assert!(
        acts[0]
            .subject
            .as_ref()
            .unwrap()
            .starts_with("1 entries before ")
    );
}
