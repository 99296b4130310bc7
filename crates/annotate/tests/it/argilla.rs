//! Where Argilla's API is better here than there, and what the recording does not hold.

use crate::support::{
    Client, PASSWORD, Stored, TestClock, annotator, exam_of, owner, stored, time,
};
use axum::http::StatusCode;
use examen_annotate::{Store, store::FILE_NAME};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sqlx::Connection;

pub(crate) struct Server {
    pub(crate) client: Client,
    clock: TestClock,
    pub(crate) dataset: String,
    stored: Stored,
}

impl Server {
    /// A dataset with a text, a custom field, a label, a ranking, a number, and vectors of two.
    pub(crate) async fn new() -> Self {
        let stored = stored().await;
        owner(&stored.store).await;
        let clock = TestClock::new();
        let client =
            Client::new(&stored.store, &clock).with("x-argilla-api-key", crate::support::API_KEY);
        let mut server = Self {
            client,
            clock,
            dataset: String::new(),
            stored,
        };
        let workspaces = server.ok("GET", "/me/workspaces", Value::Null).await;
        let dataset = json!({"name": "d", "workspace_id": workspaces["items"][0]["id"], "allow_extra_metadata": false});
        let dataset = server.ok("POST", "/datasets", dataset).await;
        server.dataset = dataset["id"].as_str().unwrap().to_owned();
        let part = |name: &str, settings: Value| json!({"name": name, "title": name, "settings": settings});
        let options = json!([{"value": "a", "text": "a"}, {"value": "b", "text": "b"}]);
        let mut label = part(
            "label",
            json!({"type": "label_selection", "options": options}),
        );
        label["required"] = json!(true);
        for (path, body) in [
            ("fields", part("text", json!({"type": "text"}))),
            (
                "fields",
                part("card", json!({"type": "custom", "template": "<b></b>"})),
            ),
            ("questions", label),
            (
                "questions",
                part("order", json!({"type": "ranking", "options": options})),
            ),
            (
                "metadata-properties",
                part("score", json!({"type": "float"})),
            ),
            (
                "vectors-settings",
                json!({"name": "v", "title": "v", "dimensions": 2}),
            ),
        ] {
            server
                .ok(
                    "POST",
                    &format!("/datasets/{}/{path}", server.dataset),
                    body,
                )
                .await;
        }
        server
            .ok(
                "PUT",
                &format!("/datasets/{}/publish", server.dataset),
                Value::Null,
            )
            .await;
        server
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        self.clock.advance(SignedDuration::from_micros(5));
        let body = (!body.is_null()).then(|| body.to_string());
        let answer = self
            .client
            .send(method, &format!("/api/v1{path}"), body)
            .await;
        (
            answer.status,
            if answer.body.is_empty() {
                Value::Null
            } else {
                answer.json()
            },
        )
    }

    pub(crate) async fn ok(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask(method, path, body).await;
        assert!(status.is_success(), "{method} {path}: {status} {answer}");
        answer
    }

    pub(crate) async fn log(&self, items: Value) -> Value {
        self.ok(
            "PUT",
            &format!("/datasets/{}/records/bulk", self.dataset),
            json!({ "items": items }),
        )
        .await
    }

    /// The callers' ids of the records that are found, in order.
    async fn found(&self, body: Value) -> Vec<String> {
        let found = self
            .ok(
                "POST",
                &format!("/datasets/{}/records/search", self.dataset),
                body,
            )
            .await;
        let ids = found["items"].as_array().unwrap().iter();
        ids.map(|item| item["record"]["external_id"].as_str().unwrap().to_owned())
            .collect()
    }

    async fn words(&self, q: &str) -> Vec<String> {
        let mut found = self.found(json!({"query": {"text": {"q": q}}})).await;
        found.sort();
        found
    }
}

#[tokio::test]
async fn records_change_as_far_as_something_is_given() {
    let server = Server::new().await;
    let item = json!({"external_id": "r", "fields": {"text": "t"}, "metadata": {"score": 1}, "vectors": {"v": [0.1, 2]}});
    let written = server.log(json!([item])).await;
    assert_eq!(written["updated_item_ids"], json!([]));
    let path = format!("/records/{}", written["items"][0]["id"].as_str().unwrap());
    let record = server.ok("GET", &path, Value::Null).await;
    assert_eq!(record["vectors"], json!({"v": [0.1, 2.0]}));
    assert_eq!(record["metadata"], json!({"score": 1}));

    let written = server
        .log(json!([{"external_id": "r", "fields": null, "metadata": {"score": 0.5}}]))
        .await;
    assert_eq!(written["updated_item_ids"], json!([record["id"]]));
    assert_eq!(written["items"][0]["fields"], json!({"text": "t"}));
    assert_eq!(written["items"][0]["metadata"], json!({"score": 0.5}));
    let written = server
        .log(json!([{"external_id": "r", "fields": {"text": "u"}}]))
        .await;
    assert_eq!(written["items"][0]["metadata"], json!({"score": 0.5}));
    let (status, told) = server
        .ask(
            "PUT",
            &format!("/datasets/{}/records/bulk", server.dataset),
            json!({"items": [{"external_id": "new"}]}),
        )
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        told["detail"],
        "Record at position 0 is not valid because fields cannot be empty"
    );
}

#[tokio::test]
async fn rankings_may_be_plain_lists() {
    let server = Server::new().await;
    let written = server
        .log(json!([{"external_id": "r", "fields": {"text": "t"}}]))
        .await;
    let path = format!(
        "/records/{}/responses",
        written["items"][0]["id"].as_str().unwrap()
    );
    let values = json!({"label": {"value": "a"}, "order": {"value": ["b", "a"]}});
    let response = server
        .ok(
            "POST",
            &path,
            json!({"status": "submitted", "values": values}),
        )
        .await;
    assert_eq!(
        response["values"]["order"]["value"],
        json!([{"value": "b", "rank": 1}, {"value": "a", "rank": 2}])
    );
}

#[tokio::test]
async fn words_are_found_with_folded_accents_in_any_field() {
    let server = Server::new().await;
    let item = |id: &str, text: &str, card: &str| json!({"external_id": id, "fields": {"text": text, "card": {"deep": [{"of": card}]}}});
    server
        .log(json!([
            item("1", "El zorro marrón salta", "código civil"),
            item("2", "The lazy dog", "marron glacé"),
            item("3", "Nothing of the kind", "it's 42"),
        ]))
        .await;
    for (query, expected) in [
        ("MARRON", vec!["1", "2"]),
        ("marrón codigo", vec!["1"]),
        ("zorro | perro | \"lazy dog\"", vec!["1", "2"]),
        ("marron -glace", vec!["1"]),
        ("marron -(glace | civil)", vec![]),
        ("-marron", vec!["3"]),
        ("zorro | -marron", vec!["1", "3"]),
        ("mar*", vec!["1", "2"]),
        ("mar", vec![]),
        ("dog lazy", vec!["2"]),
        ("\"dog lazy\"", vec![]),
        ("it's 42", vec!["3"]),
        ("AND OR NOT NEAR(a b) words:x \"", vec![]),
        ("!!!", vec![]),
    ] {
        assert_eq!(server.words(query).await, expected, "{query}");
    }
    let in_field = |field: &str| json!({"query": {"text": {"q": "marron", "field": field}}});
    assert_eq!(server.found(in_field("card")).await, ["2"]);
    // A changed record is found by its new words, a deleted one by none.
    server.log(json!([item("2", "The cat", "")])).await;
    assert_eq!(server.words("marron").await, ["1"]);
    assert_eq!(server.words("cat").await, ["2"]);
    let record = server.log(json!([item("2", "The cat", "")])).await["items"][0]["id"].clone();
    server
        .ok(
            "DELETE",
            &format!("/records/{}", record.as_str().unwrap()),
            Value::Null,
        )
        .await;
    assert_eq!(server.words("cat").await, Vec::<String>::new());
}

#[tokio::test]
async fn words_are_found_that_no_space_separates() {
    let server = Server::new().await;
    let item = |id: &str, text: &str| json!({"external_id": id, "fields": {"text": text}});
    server
        .log(json!([
            item("1", "我买了3apples和蘋果汁"),
            item("2", "東京タワーは高い"),
            item("3", "ยาแก้ปวดศีรษะ, vitamin B12"),
        ]))
        .await;
    for (query, expected) in [
        ("蘋果", vec!["1"]),
        ("果蘋", vec![]),
        ("apples", vec!["1"]),
        ("3apples", vec!["1"]),
        ("app*", vec!["1"]),
        ("タワー", vec!["2"]),
        ("京", vec!["2"]),
        ("ปวด", vec!["3"]),
        ("b12", vec!["3"]),
        ("b1*", vec!["3"]),
        ("蘋果 | b12", vec!["1", "3"]),
    ] {
        assert_eq!(server.words(query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn records_of_one_request_are_sorted_by_their_time_of_insertion() {
    let server = Server::new().await;
    let items: Vec<Value> = (0..30)
        .map(|n| json!({"external_id": format!("{n:02}"), "fields": {"text": "t"}}))
        .collect();
    server.log(json!(items)).await;
    let sorted = |order: &str| {
        let scope = json!({"entity": "record", "property": "inserted_at"});
        json!({"sort": [{"scope": scope, "order": order}]})
    };
    let rising = server.found(sorted("asc")).await;
    let expected: Vec<String> = (0..30).map(|n| format!("{n:02}")).collect();
    assert_eq!(rising, expected);
    let falling = server.found(sorted("desc")).await;
    assert!(falling.iter().eq(expected.iter().rev()), "{falling:?}");
}

#[tokio::test]
async fn a_bearer_token_ends_with_time_and_password() {
    let server = Server::new().await;
    annotator(&server.stored.store, "ben").await;
    let plain = Client::new(&server.stored.store, &server.clock);
    let form = format!("username=ben&password={}", PASSWORD.replace(' ', "+"));
    let kind = "application/x-www-form-urlencoded";
    let answer = plain
        .send_as("POST", "/api/v1/token", Some(form), kind)
        .await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    let ben = plain.with("authorization", &format!("Bearer {token}"));
    let status = async || ben.get("/api/v1/me").await.status;
    assert_eq!(ben.get("/api/v1/me").await.json()["username"], "ben");
    server.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(status().await, StatusCode::UNAUTHORIZED);
    let forged = plain.with(
        "authorization",
        &format!("Bearer {}x", &token[..token.len() - 1]),
    );
    assert_eq!(
        forged.get("/api/v1/me").await.status,
        StatusCode::UNAUTHORIZED
    );
    // The cookie of the page's session opens nothing here.
    let page = plain.logged_in("ben").await;
    assert_eq!(
        page.get("/api/v1/me").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn webhooks_do_not_go_to_private_addresses_unasked() {
    let server = Server::new().await;
    let webhook = json!({"url": "http://127.0.0.1:9/", "events": ["record.created"]});
    let id = server.ok("POST", "/webhooks", webhook).await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let (status, told) = server
        .ask("POST", &format!("/webhooks/{id}/ping"), Value::Null)
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        told["detail"].as_str().unwrap().contains("private address"),
        "{told}"
    );
}

#[tokio::test]
async fn an_exam_of_the_page_is_a_dataset_of_argilla() {
    let stored = stored().await;
    let id = exam_of(&stored.store, 3).await;
    owner(&stored.store).await;
    let clock = TestClock::new();
    let client =
        Client::new(&stored.store, &clock).with("x-argilla-api-key", crate::support::API_KEY);
    let page = client
        .get(&format!(
            "/api/v1/datasets/{id}/records?include=suggestions,responses"
        ))
        .await
        .json();
    assert_eq!(page["total"], 3);
    let record = &page["items"][0];
    assert_eq!(record["suggestions"][0]["value"], "answer_b");
    let answer =
        json!({"status": "submitted", "values": {"correct_answer": {"value": "answer_c"}}});
    let path = format!(
        "/api/v1/records/{}/responses",
        record["id"].as_str().unwrap()
    );
    assert_eq!(client.post(&path, answer).await.status, StatusCode::CREATED);
    let queue = client
        .get(&format!(
            "/api/review/datasets/{id}/records?status=submitted"
        ))
        .await
        .json();
    assert_eq!(
        queue["items"][0]["response"]["values"],
        json!({"correct_answer": "answer_c"})
    );
    let search = json!({"query": {"text": {"q": "passage"}}});
    let found = client
        .post(&format!("/api/v1/datasets/{id}/records/search"), search)
        .await
        .json();
    assert_eq!(found["total"], 3);
}

#[tokio::test]
async fn a_store_of_the_first_format_keeps_everything() {
    let folder = tempfile::tempdir().unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join(FILE_NAME));
    let mut old = sqlx::SqliteConnection::connect_with(&options.create_if_missing(true))
        .await
        .unwrap();
    sqlx::raw_sql(include_str!(
        "../../src/store/database/migrations/sqlite/0001_foundation.sql"
    ))
    .execute(&mut old)
    .await
    .unwrap();
    sqlx::raw_sql(
        r#"INSERT INTO users VALUES (x'00000000000000000000000000000001', 'ana', 'ana', NULL, 'owner', 'hash', 'key', 1, 1);
        INSERT INTO workspaces VALUES (x'00000000000000000000000000000002', 'default', 1, 1);
        INSERT INTO datasets VALUES (x'00000000000000000000000000000003', x'00000000000000000000000000000002', 'exam', NULL, 'ready', 1, '{}', 7, 7, 7);
        INSERT INTO fields VALUES (x'00000000000000000000000000000004', x'00000000000000000000000000000003', 0, 'question', 'Q', 1,
            '{"type":"text","use_markdown":false}');
        INSERT INTO questions VALUES (x'00000000000000000000000000000005', x'00000000000000000000000000000003', 0, 'correct_answer', 'Q', NULL, 1,
            '{"type":"label_selection","options":[{"value":"a","text":"A"},{"value":"b","text":"B"}]}');
        INSERT INTO records (id, dataset_id, position, external_id, fields, metadata, status, shuffle_key, inserted_at,
                             updated_at)
            VALUES (x'00000000000000000000000000000006', x'00000000000000000000000000000003', 0, 'q0', '{"question":"¿Qué código?"}', '{"n":1}',
                    'completed', 5, 7, 7);
        INSERT INTO suggestions VALUES (x'00000000000000000000000000000007', x'00000000000000000000000000000006', x'00000000000000000000000000000005', '"a"', 'm', 7, 7);
        INSERT INTO responses VALUES (x'00000000000000000000000000000008', x'00000000000000000000000000000006', x'00000000000000000000000000000001', 'submitted',
            '{"correct_answer":"b"}', 8, 8);
        PRAGMA user_version = 1; PRAGMA application_id = 1165520238;"#,
    )
    .execute(&mut old)
    .await
    .unwrap();
    old.close().await.unwrap();

    let store = Store::open(folder.path()).await.unwrap();
    let dataset = store.dataset_by_name("exam").await.unwrap();
    let records = store.records(dataset.id).await.unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].suggestions[0].value, json!("a"));
    assert_eq!(records[0].responses[0].values["correct_answer"], json!("b"));
    let schema = store.schema(dataset.id).await.unwrap().unwrap();
    assert_eq!(
        schema.questions[0].inserted_at,
        jiff::Timestamp::from_microsecond(7).unwrap()
    );
    let search = examen_annotate::store::Search {
        text: Some(examen_annotate::store::TextQuery {
            words: "codigo".to_owned(),
            field: None,
        }),
        ..Default::default()
    };
    let hits = store
        .search(
            &schema,
            &search,
            examen_annotate::store::Asker::Manager,
            0,
            10,
            std::time::Duration::from_secs(60),
        )
        .await
        .unwrap();
    assert_eq!((hits.total, hits.hits[0].id), (1, records[0].id));
    // Its key was never kept, so nobody can be shown it.
    let user = store.users().await.unwrap().remove(0);
    assert_eq!(store.api_keys(&[user.id]).await.unwrap().len(), 0);
    store
        .set_api_key(user.id, "a new key", time(0))
        .await
        .unwrap();
    assert_eq!(
        store.api_keys(&[user.id]).await.unwrap()[&user.id],
        "a new key"
    );
}
