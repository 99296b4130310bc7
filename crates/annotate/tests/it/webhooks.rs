//! Webhooks are told what happened, once it is true, until they have heard it or it was tried often enough.

use crate::support::{API_KEY, Client, Stored, TestClock, owner, private_webhooks, stored};
use axum::http::StatusCode;
use examen_annotate::{
    server::{AppState, send_due},
    store::FILE_NAME,
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sqlx::Connection;
use std::{collections::HashSet, sync::Arc};
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers::any};

const ALL: [&str; 11] = [
    "dataset.created",
    "dataset.updated",
    "dataset.deleted",
    "dataset.published",
    "record.created",
    "record.updated",
    "record.deleted",
    "record.completed",
    "response.created",
    "response.updated",
    "response.deleted",
];

struct World {
    stored: Stored,
    state: AppState,
    client: Client,
    clock: TestClock,
    receiver: MockServer,
}

impl World {
    /// A server with one webhook for all events.
    async fn new() -> Self {
        let stored = stored().await;
        owner(&stored.store).await;
        let clock = TestClock::new();
        let receiver = MockServer::start().await;
        let state = AppState::with_clock(stored.store.clone(), Arc::new(clock.clone()))
            .with_settings(private_webhooks());
        let client = Client::of(state.clone()).with("x-argilla-api-key", API_KEY);
        let world = Self {
            stored,
            state,
            client,
            clock,
            receiver,
        };
        world
            .ok(
                "POST",
                "/webhooks",
                json!({"url": world.receiver.uri(), "events": ALL}),
            )
            .await;
        world
    }

    async fn ok(&self, method: &str, path: &str, body: Value) -> Value {
        let body = (!body.is_null()).then(|| body.to_string());
        let answer = self
            .client
            .send(method, &format!("/api/v1{path}"), body)
            .await;
        assert!(
            answer.status.is_success(),
            "{method} {path}: {}",
            answer.text()
        );
        if answer.status == StatusCode::NO_CONTENT {
            Value::Null
        } else {
            answer.json()
        }
    }

    /// A published dataset with a text and a label; its path.
    async fn dataset(&self) -> String {
        let workspaces = self.ok("GET", "/me/workspaces", Value::Null).await;
        let body = json!({"name": "d", "workspace_id": workspaces["items"][0]["id"]});
        let dataset = format!(
            "/datasets/{}",
            id(&self.ok("POST", "/datasets", body).await)
        );
        let field = json!({"name": "text", "title": "Text", "required": true, "settings": {"type": "text"}});
        self.ok("POST", &format!("{dataset}/fields"), field).await;
        let options = json!([{"value": "a", "text": "a"}, {"value": "b", "text": "b"}]);
        let settings = json!({"type": "label_selection", "options": options});
        let question =
            json!({"name": "label", "title": "Label", "required": true, "settings": settings});
        self.ok("POST", &format!("{dataset}/questions"), question)
            .await;
        self.ok("PUT", &format!("{dataset}/publish"), Value::Null)
            .await;
        dataset
    }

    async fn answer_with(&self, status: u16) {
        self.receiver.reset().await;
        Mock::given(any())
            .respond_with(ResponseTemplate::new(status))
            .mount(&self.receiver)
            .await;
    }

    async fn send(&self) -> u32 {
        send_due(&self.state).await.unwrap()
    }

    async fn received(&self) -> Vec<Request> {
        self.receiver.received_requests().await.unwrap()
    }
}

fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

fn told(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

#[tokio::test]
async fn everything_that_happens_is_told_whole() {
    let world = World::new().await;
    world.answer_with(200).await;
    let dataset = world.dataset().await;
    let items = json!({"items": [{"fields": {"text": "one"}}, {"fields": {"text": "two"}}]});
    let records = world
        .ok("PUT", &format!("{dataset}/records/bulk"), items)
        .await;
    let (first, second) = (id(&records["items"][0]), id(&records["items"][1]));
    world
        .ok(
            "PATCH",
            &format!("/records/{first}"),
            json!({"metadata": {"n": 1}}),
        )
        .await;
    let answer = |status: &str| json!({"status": status, "values": {"label": {"value": "a"}}});
    let response = world
        .ok(
            "POST",
            &format!("/records/{first}/responses"),
            answer("draft"),
        )
        .await;
    world
        .ok(
            "PUT",
            &format!("/responses/{}", id(&response)),
            answer("submitted"),
        )
        .await;
    while world.send().await > 0 {}
    world
        .ok(
            "DELETE",
            &format!("/responses/{}", id(&response)),
            Value::Null,
        )
        .await;
    world
        .ok(
            "DELETE",
            &format!("{dataset}/records?ids={second}"),
            Value::Null,
        )
        .await;
    world.ok("DELETE", &dataset, Value::Null).await;
    while world.send().await > 0 {}

    let told: Vec<Value> = world.received().await.iter().map(told).collect();
    let events: HashSet<&str> = told
        .iter()
        .map(|told| told["type"].as_str().unwrap())
        .collect();
    assert_eq!(events, HashSet::from(ALL));
    let of = |event: &str| told.iter().find(|told| told["type"] == event).unwrap();
    let completed = &of("record.completed")["data"];
    assert_eq!(
        (&completed["id"], &completed["status"]),
        (&json!(first), &json!("completed"))
    );
    assert_eq!(completed["dataset"]["questions"][0]["name"], "label");
    assert_eq!(completed["dataset"]["workspace"]["name"], "default");
    let updated = &of("response.updated")["data"];
    assert_eq!(
        (
            &updated["values"]["label"]["value"],
            &updated["user"]["username"]
        ),
        (&json!("a"), &json!("owner"))
    );
    assert_eq!(
        updated["record"]["status"], "completed",
        "the status after the response"
    );
    assert!(updated["user"].get("api_key").is_none());
    assert_eq!(of("record.deleted")["data"]["fields"]["text"], "two");
    assert_eq!(of("dataset.deleted")["data"]["name"], "d");
    assert_eq!(
        told.iter()
            .filter(|told| told["type"] == "record.created")
            .count(),
        2
    );
}

#[tokio::test]
async fn what_does_not_arrive_is_tried_again_unchanged_and_then_given_up() {
    let world = World::new().await;
    world.answer_with(200).await;
    let dataset = world.dataset().await;
    while world.send().await > 0 {}
    world.answer_with(500).await;
    world
        .ok("PATCH", &dataset, json!({"guidelines": "first"}))
        .await;
    assert_eq!(world.send().await, 1);
    assert_eq!(world.send().await, 0, "not at once");
    // What is told does not change, whatever happens until it is heard.
    for pause in [10, 60, 180] {
        world.clock.advance(SignedDuration::from_secs(pause));
        assert_eq!(world.send().await, 1);
    }
    world.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(world.send().await, 0, "given up");
    let received = world.received().await;
    assert_eq!(received.len(), 4);
    assert!(
        received
            .iter()
            .all(|request| told(request)["data"]["guidelines"] == "first")
    );
    let ids: HashSet<_> = received
        .iter()
        .map(|request| request.headers["webhook-id"].clone())
        .collect();
    assert_eq!(ids.len(), 1);
    assert!(received.iter().all(|request| {
        request.headers["webhook-signature"]
            .to_str()
            .unwrap()
            .starts_with("v1,")
    }));
}

#[tokio::test]
async fn what_was_noted_is_sent_after_a_restart_and_by_one_process() {
    let world = World::new().await;
    world.answer_with(200).await;
    world.dataset().await;
    world.stored.store.close().await;
    let (one, other) = (
        world.stored.location.open().await.unwrap(),
        world.stored.location.open().await.unwrap(),
    );
    let state = |store| {
        AppState::with_clock(store, Arc::new(world.clock.clone())).with_settings(private_webhooks())
    };
    let (one, other) = (state(one), state(other));
    let (by_one, by_other) = tokio::join!(send_due(&one), send_due(&other));
    // Created, a field, a question, published.
    assert_eq!(by_one.unwrap() + by_other.unwrap(), 4);
    assert_eq!(world.received().await.len(), 4);
}

#[tokio::test]
async fn nothing_is_noted_for_those_who_do_not_listen() {
    let world = World::new().await;
    world.answer_with(200).await;
    let hooks = world.ok("GET", "/webhooks", Value::Null).await;
    let hook = format!("/webhooks/{}", id(&hooks["items"][0]));
    world
        .ok("PATCH", &hook, json!({"events": ["record.created"]}))
        .await;
    let dataset = world.dataset().await;
    assert_eq!(world.send().await, 0);
    world.ok("PATCH", &hook, json!({"enabled": false})).await;
    world
        .ok(
            "PUT",
            &format!("{dataset}/records/bulk"),
            json!({"items": [{"fields": {"text": "one"}}]}),
        )
        .await;
    world.ok("PATCH", &hook, json!({"enabled": true})).await;
    assert_eq!(world.send().await, 0);
    assert_eq!(world.received().await.len(), 0);
}

/// Changes the database behind the server's back.
async fn damage(stored: &Stored, sql: &'static str) {
    match &stored.location.database_url {
        Some(url) => {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        }
        None => {
            let path = stored.folder.path().join(FILE_NAME);
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
            let mut connection = sqlx::SqliteConnection::connect_with(&options)
                .await
                .unwrap();
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        }
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_described_keeps_no_other_waiting() {
    let world = World::new().await;
    world.answer_with(200).await;
    let dataset = world.dataset().await;
    while world.send().await > 0 {}
    let before = world.received().await.len();
    world
        .ok("PATCH", &dataset, json!({"guidelines": "g"}))
        .await;
    let second = json!({"name": "e", "workspace_id": world.ok("GET", "/me/workspaces", Value::Null).await["items"][0]["id"]});
    world.ok("POST", "/datasets", second).await;
    // The fields of the first dataset can no longer be read; nor can one of the events.
    damage(&world.stored, "UPDATE fields SET settings = '{'").await;
    damage(
        &world.stored,
        "INSERT INTO deliveries (id, webhook_id, event, object_id, happened_at, attempts, due_at)
         SELECT object_id, webhook_id, 'no.event', object_id, happened_at, 0, 0 FROM deliveries WHERE event = 'dataset.updated'",
    )
    .await;
    assert_eq!(world.send().await, 3);
    let told: Vec<Value> = world.received().await[before..].iter().map(told).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["data"]["name"], "e");
    // It is tried again as one that does not arrive, and given up in the end.
    for (pause, sent) in [(10, 1), (60, 1), (180, 1), (3_600, 0)] {
        world.clock.advance(SignedDuration::from_secs(pause));
        assert_eq!(world.send().await, sent, "after {pause} s");
    }
}

#[tokio::test]
async fn events_are_sent_although_the_clock_was_set_back() {
    let world = World::new().await;
    world.answer_with(200).await;
    world.dataset().await;
    world.clock.set(crate::support::time(-24 * 60 * 60));
    assert_eq!(world.send().await, 4);
}
