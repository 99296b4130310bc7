//! Every route with every role, and with nobody.

use crate::support::{Client, Stored, TestClock, stored, time};
use axum::http::StatusCode;
use examen_annotate::store::{NewUser, Role};
use serde_json::{Value, json};
use uuid::Uuid;

/// Who is let through; everybody further down is too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    Anybody,
    Users,
    Members,
    Admins,
    Owners,
}

use Who::{Admins, Anybody, Members, Owners, Users};

/// Callers, by the most that they are let through to.
const CALLERS: [(&str, Who); 6] = [
    ("", Anybody),
    ("an annotator elsewhere", Users),
    ("an admin elsewhere", Users),
    ("an annotator", Members),
    ("an admin", Admins),
    ("an owner", Owners),
];

#[expect(clippy::too_many_lines, reason = "one line a route")]
pub(crate) fn routes() -> Vec<(&'static str, &'static str, Who, Value)> {
    let option = |value: &str| json!({"value": value, "text": value});
    let label = json!({"type": "label_selection", "options": [option("yes"), option("no")]});
    let response = json!({"status": "draft", "values": {"label": {"value": "yes"}}});
    let records = json!({"items": [{"fields": {"text": "new"}}]});
    let none = || Value::Null;
    vec![
        ("GET", "/version", Anybody, none()),
        ("GET", "/status", Anybody, none()),
        ("GET", "/settings", Anybody, none()),
        ("GET", "/oauth2/providers", Anybody, none()),
        ("GET", "/me", Users, none()),
        ("GET", "/users", Owners, none()),
        (
            "POST",
            "/users",
            Owners,
            json!({"username": "x", "first_name": "x", "password": "long enough"}),
        ),
        ("GET", "/users/{user_id}", Owners, none()),
        (
            "PATCH",
            "/users/{user_id}",
            Owners,
            json!({"last_name": "x"}),
        ),
        ("DELETE", "/users/{user_id}", Owners, none()),
        ("GET", "/users/{user_id}/workspaces", Owners, none()),
        ("GET", "/me/workspaces", Users, none()),
        ("POST", "/workspaces", Owners, json!({"name": "x"})),
        ("GET", "/workspaces/{workspace_id}", Members, none()),
        ("DELETE", "/workspaces/{workspace_id}", Owners, none()),
        ("GET", "/workspaces/{workspace_id}/users", Admins, none()),
        (
            "POST",
            "/workspaces/{workspace_id}/users",
            Owners,
            json!({"user_id": "{user_id}"}),
        ),
        (
            "DELETE",
            "/workspaces/{workspace_id}/users/{user_id}",
            Admins,
            none(),
        ),
        ("GET", "/webhooks", Owners, none()),
        (
            "POST",
            "/webhooks",
            Owners,
            json!({"url": "http://a.example/", "events": ["record.created"]}),
        ),
        (
            "PATCH",
            "/webhooks/{webhook_id}",
            Owners,
            json!({"enabled": false}),
        ),
        ("DELETE", "/webhooks/{webhook_id}", Owners, none()),
        ("POST", "/webhooks/{webhook_id}/ping", Owners, none()),
        ("GET", "/me/datasets", Users, none()),
        (
            "POST",
            "/datasets",
            Admins,
            json!({"name": "x", "workspace_id": "{workspace_id}"}),
        ),
        ("GET", "/datasets/{dataset_id}", Members, none()),
        (
            "PATCH",
            "/datasets/{dataset_id}",
            Admins,
            json!({"guidelines": "x"}),
        ),
        ("DELETE", "/datasets/{dataset_id}", Admins, none()),
        ("PUT", "/datasets/{dataset_id}/publish", Admins, none()),
        ("GET", "/datasets/{dataset_id}/fields", Members, none()),
        (
            "POST",
            "/datasets/{dataset_id}/fields",
            Admins,
            json!({"name": "x", "title": "x", "settings": {"type": "text"}}),
        ),
        ("PATCH", "/fields/{field_id}", Admins, json!({"title": "x"})),
        ("DELETE", "/fields/{field_id}", Admins, none()),
        ("GET", "/datasets/{dataset_id}/questions", Members, none()),
        (
            "POST",
            "/datasets/{dataset_id}/questions",
            Admins,
            json!({"name": "x", "title": "x", "settings": label}),
        ),
        (
            "PATCH",
            "/questions/{question_id}",
            Admins,
            json!({"title": "x"}),
        ),
        ("DELETE", "/questions/{question_id}", Admins, none()),
        (
            "GET",
            "/me/datasets/{dataset_id}/metadata-properties",
            Members,
            none(),
        ),
        (
            "POST",
            "/datasets/{dataset_id}/metadata-properties",
            Admins,
            json!({"name": "x", "title": "x", "settings": {"type": "terms"}}),
        ),
        (
            "PATCH",
            "/metadata-properties/{metadata_property_id}",
            Admins,
            json!({"title": "x"}),
        ),
        (
            "DELETE",
            "/metadata-properties/{metadata_property_id}",
            Admins,
            none(),
        ),
        (
            "GET",
            "/metadata-properties/{metadata_property_id}/metrics",
            Members,
            none(),
        ),
        (
            "GET",
            "/datasets/{dataset_id}/vectors-settings",
            Members,
            none(),
        ),
        (
            "POST",
            "/datasets/{dataset_id}/vectors-settings",
            Admins,
            json!({"name": "x", "title": "x", "dimensions": 2}),
        ),
        (
            "PATCH",
            "/vectors-settings/{vector_settings_id}",
            Admins,
            json!({"title": "x"}),
        ),
        (
            "DELETE",
            "/vectors-settings/{vector_settings_id}",
            Admins,
            none(),
        ),
        ("GET", "/datasets/{dataset_id}/records", Admins, none()),
        ("DELETE", "/datasets/{dataset_id}/records", Admins, none()),
        (
            "PUT",
            "/datasets/{dataset_id}/records/bulk",
            Admins,
            records.clone(),
        ),
        (
            "POST",
            "/datasets/{dataset_id}/records/bulk",
            Admins,
            records,
        ),
        (
            "POST",
            "/datasets/{dataset_id}/records/search",
            Admins,
            json!({}),
        ),
        (
            "POST",
            "/me/datasets/{dataset_id}/records/search",
            Members,
            json!({}),
        ),
        (
            "GET",
            "/datasets/{dataset_id}/records/search/suggestions/options",
            Members,
            none(),
        ),
        ("GET", "/records/{record_id}", Members, none()),
        (
            "PATCH",
            "/records/{record_id}",
            Admins,
            json!({"metadata": {}}),
        ),
        ("DELETE", "/records/{record_id}", Admins, none()),
        (
            "POST",
            "/records/{record_id}/responses",
            Members,
            response.clone(),
        ),
        // The response is of an owner; one's own is tried below.
        ("PUT", "/responses/{response_id}", Admins, response.clone()),
        ("DELETE", "/responses/{response_id}", Admins, none()),
        (
            "POST",
            "/me/responses/bulk",
            Users,
            json!({"items": [{"record_id": "{record_id}", "status": "draft"}]}),
        ),
        ("GET", "/records/{record_id}/suggestions", Members, none()),
        (
            "PUT",
            "/records/{record_id}/suggestions",
            Admins,
            json!({"question_id": "{question_id}", "value": "yes"}),
        ),
        ("DELETE", "/records/{record_id}/suggestions", Admins, none()),
        ("DELETE", "/suggestions/{suggestion_id}", Admins, none()),
        ("GET", "/datasets/{dataset_id}/progress", Members, none()),
        (
            "GET",
            "/datasets/{dataset_id}/users/progress",
            Members,
            none(),
        ),
        ("GET", "/me/datasets/{dataset_id}/metrics", Members, none()),
    ]
}

/// A server with one of everything.
struct World {
    client: Client,
    ids: Vec<(&'static str, String)>,
    stored: Stored,
}

impl World {
    async fn new() -> Self {
        let stored = stored().await;
        let client = Client::new(&stored.store, &TestClock::new());
        let mut world = Self {
            client,
            ids: Vec::new(),
            stored,
        };
        for (name, role) in [
            ("an owner", Role::Owner),
            ("an admin", Role::Admin),
            ("an annotator", Role::Annotator),
            ("an admin elsewhere", Role::Admin),
            ("an annotator elsewhere", Role::Annotator),
        ] {
            world.add_user(name, role).await;
        }
        let workspace = world
            .make("workspace_id", "/workspaces", json!({"name": "here"}))
            .await;
        for name in ["an admin", "an annotator"] {
            let user = world
                .stored
                .store
                .credentials(name)
                .await
                .unwrap()
                .unwrap()
                .0;
            world
                .stored
                .store
                .add_member(workspace.parse().unwrap(), user.id)
                .await
                .unwrap();
        }
        world.ids.push((
            "user_id",
            world
                .add_user("somebody", Role::Annotator)
                .await
                .to_string(),
        ));
        world.fill().await;
        world
    }

    async fn add_user(&self, name: &str, role: Role) -> Uuid {
        let new = NewUser {
            id: Uuid::new_v4(),
            workspace_id: None,
            username: name.to_owned(),
            first_name: name.to_owned(),
            last_name: None,
            role,
            password_hash: "none".to_owned(),
            api_key: format!("the key of {name}"),
        };
        self.stored
            .store
            .insert_user(&new, time(0))
            .await
            .unwrap()
            .id
    }

    async fn fill(&mut self) {
        self.make(
            "dataset_id",
            "/datasets",
            json!({"name": "d", "workspace_id": "{workspace_id}"}),
        )
        .await;
        for (id, path, name) in [
            (
                "field_id",
                "/datasets/{dataset_id}/fields",
                "POST /fields text",
            ),
            ("question_id", "/datasets/{dataset_id}/questions", "label"),
            (
                "metadata_property_id",
                "/datasets/{dataset_id}/metadata-properties",
                "m",
            ),
            (
                "vector_settings_id",
                "/datasets/{dataset_id}/vectors-settings",
                "v",
            ),
        ] {
            let (_, _, _, mut body) = routes()
                .into_iter()
                .find(|route| route.0 == "POST" && route.1 == path)
                .unwrap();
            body["name"] = json!(name.rsplit(' ').next());
            body["required"] = json!(true);
            self.make(id, path, body).await;
        }
        self.must("PUT", "/datasets/{dataset_id}/publish", json!({}))
            .await;
        let suggestion = json!({"question_id": "{question_id}", "value": "yes"});
        let records = json!({"items": [{"fields": {"text": "t"}, "suggestions": [suggestion]}]});
        let written = self
            .must("PUT", "/datasets/{dataset_id}/records/bulk", records)
            .await;
        let at = |pointer: &str| {
            written
                .pointer(pointer)
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        };
        self.ids.push(("record_id", at("/items/0/id")));
        self.ids
            .push(("suggestion_id", at("/items/0/suggestions/0/id")));
        self.make(
            "response_id",
            "/records/{record_id}/responses",
            json!({"status": "draft"}),
        )
        .await;
        let webhook = json!({"url": "http://127.0.0.1:9/", "events": ["record.created"]});
        self.make("webhook_id", "/webhooks", webhook).await;
    }

    /// Makes something as an owner, and remembers its id.
    async fn make(&mut self, name: &'static str, path: &str, body: Value) -> String {
        let made = self.must("POST", path, body).await;
        let id = made["id"].as_str().unwrap().to_owned();
        self.ids.push((name, id.clone()));
        id
    }

    async fn must(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.call("an owner", method, path, &body).await;
        assert!(status.is_success(), "{method} {path}: {status} {answer}");
        answer
    }

    async fn call(
        &self,
        caller: &str,
        method: &str,
        path: &str,
        body: &Value,
    ) -> (StatusCode, Value) {
        self.call_at(&format!("/api/v1{path}"), caller, method, body)
            .await
    }

    async fn call_at(
        &self,
        path: &str,
        caller: &str,
        method: &str,
        body: &Value,
    ) -> (StatusCode, Value) {
        let filled = |text: &str| {
            let fill = |text: String, (name, id): &(&str, String)| {
                text.replace(&format!("{{{name}}}"), id)
            };
            self.ids.iter().fold(text.to_owned(), fill)
        };
        let client = match caller {
            "" => self.client.clone(),
            name => self
                .client
                .with("x-argilla-api-key", &format!("the key of {name}")),
        };
        let body = (!body.is_null()).then(|| filled(&body.to_string()));
        let answer = client.send(method, &filled(path), body).await;
        let json = serde_json::from_slice(&answer.body).unwrap_or_default();
        (answer.status, json)
    }
}

#[tokio::test]
async fn every_route_lets_the_right_ones_through() {
    let untouched = World::new().await;
    for (method, path, who, body) in routes() {
        // What changes something gets a world of its own.
        let own = if method == "GET" {
            None
        } else {
            Some(World::new().await)
        };
        let world = own.as_ref().unwrap_or(&untouched);
        for (caller, most) in CALLERS {
            let (status, answer) = world.call(caller, method, path, &body).await;
            let expected = match (most >= who, caller) {
                (true, _) => None,
                (false, "") => Some(StatusCode::UNAUTHORIZED),
                (false, _) => Some(StatusCode::FORBIDDEN),
            };
            let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN]
                .into_iter()
                .find(|one| *one == status);
            assert_eq!(
                refused, expected,
                "{method} {path} by {caller}: {status} {answer}"
            );
            assert!(
                !status.is_server_error(),
                "{method} {path} by {caller}: {status} {answer}"
            );
            if expected.is_some() {
                let detail = &answer["detail"]["params"]["detail"];
                assert!(
                    detail == "Operation not allowed" || detail == "Could not validate credentials",
                    "{answer}"
                );
            }
        }
    }
}

/// What lies outside Argilla's API; ids as in [`World`].
pub(crate) fn other_routes() -> Vec<(&'static str, &'static str, Who, Value)> {
    let answer = json!({"status": "draft", "values": {}});
    vec![
        ("GET", "/health", Anybody, Value::Null),
        ("GET", "/ready", Anybody, Value::Null),
        ("GET", "/metrics", Owners, Value::Null),
        ("GET", "/api/review/health", Anybody, Value::Null),
        ("POST", "/api/review/logout", Users, Value::Null),
        ("GET", "/api/review/me", Users, Value::Null),
        ("POST", "/api/review/me/api-key", Users, Value::Null),
        ("DELETE", "/api/review/me/api-key", Users, Value::Null),
        ("GET", "/api/review/me/api-keys", Users, Value::Null),
        (
            "POST",
            "/api/review/me/api-keys",
            Users,
            json!({"name": "x", "is_read_only": true}),
        ),
        ("GET", "/api/review/me/sessions", Users, Value::Null),
        ("DELETE", "/api/review/me/sessions", Users, Value::Null),
        ("GET", "/api/review/me/second-factor", Users, Value::Null),
        (
            "DELETE",
            "/api/review/users/{user_id}/second-factor",
            Owners,
            Value::Null,
        ),
        (
            "POST",
            "/api/review/users/{user_id}/api-key",
            Owners,
            Value::Null,
        ),
        (
            "DELETE",
            "/api/review/users/{user_id}/api-key",
            Owners,
            Value::Null,
        ),
        ("GET", "/api/review/users", Owners, Value::Null),
        (
            "POST",
            "/api/review/users/{user_id}/disable",
            Owners,
            Value::Null,
        ),
        (
            "POST",
            "/api/review/users/{user_id}/enable",
            Owners,
            Value::Null,
        ),
        ("GET", "/api/review/audit", Owners, Value::Null),
        ("GET", "/api/review/datasets", Users, Value::Null),
        (
            "GET",
            "/api/review/datasets/{dataset_id}",
            Members,
            Value::Null,
        ),
        (
            "GET",
            "/api/review/datasets/{dataset_id}/records?status=pending",
            Members,
            Value::Null,
        ),
        (
            "PUT",
            "/api/review/records/{record_id}/response",
            Members,
            answer,
        ),
        (
            "DELETE",
            "/api/review/records/{record_id}/response",
            Members,
            Value::Null,
        ),
    ]
}

#[tokio::test]
async fn every_other_route_lets_the_right_ones_through() {
    for (method, path, who, body) in other_routes() {
        let world = World::new().await;
        for (caller, most) in CALLERS {
            let (status, answer) = world.call_at(path, caller, method, &body).await;
            let expected = match (most >= who, caller) {
                (true, _) => None,
                (false, "") => Some(StatusCode::UNAUTHORIZED),
                (false, _) => Some(StatusCode::FORBIDDEN),
            };
            let refused = (!status.is_success()).then_some(status);
            assert_eq!(
                refused, expected,
                "{method} {path} by {caller}: {status} {answer}"
            );
        }
    }
    // Those of the APIs are compared with their document.
    let source = include_str!("../../src/server/operations.rs");
    let paths: Vec<_> = source
        .split(".route(")
        .skip(1)
        .map(|rest| rest.split('"').nth(1).unwrap())
        .collect();
    let known: Vec<_> = other_routes()
        .iter()
        .map(|route| route.1)
        .filter(|path| !path.starts_with("/api"))
        .collect();
    assert_eq!(paths, known);
}

#[tokio::test]
async fn everybody_changes_their_own_responses() {
    let world = World::new().await;
    let draft = json!({"status": "draft"});
    let (status, own) = world
        .call(
            "an annotator",
            "POST",
            "/records/{record_id}/responses",
            &draft,
        )
        .await;
    assert_eq!(status, StatusCode::CREATED);
    let path = format!("/responses/{}", own["id"].as_str().unwrap());
    for (caller, expected) in [
        ("an annotator elsewhere", StatusCode::FORBIDDEN),
        ("an annotator", StatusCode::OK),
        ("an admin", StatusCode::OK),
    ] {
        assert_eq!(
            world.call(caller, "PUT", &path, &draft).await.0,
            expected,
            "{caller}"
        );
    }
    // Who is not in the workspace is told so, item by item.
    let bulk = json!({"items": [{"record_id": "{record_id}", "status": "draft"}]});
    let (_, told) = world
        .call("an admin elsewhere", "POST", "/me/responses/bulk", &bulk)
        .await;
    assert_eq!(
        told,
        json!({"items": [{"item": null, "error": {"detail": "Operation not allowed"}}]})
    );
    // An annotator does not see what others answered.
    let (_, record) = world
        .call("an annotator", "GET", "/records/{record_id}", &Value::Null)
        .await;
    assert_eq!(record["responses"].as_array().unwrap().len(), 1);
    let (_, record) = world
        .call("an admin", "GET", "/records/{record_id}", &Value::Null)
        .await;
    assert_eq!(record["responses"].as_array().unwrap().len(), 2);
}

/// A property that annotators may not see, with the value that each of three records has for it.
async fn with_hidden_ratings(world: &World) -> String {
    let owner = world
        .client
        .with("x-argilla-api-key", "the key of an owner");
    let dataset = owner
        .post(
            "/api/v1/datasets",
            json!({"name": "rated", "workspace_id": world.ids[0].1}),
        )
        .await
        .json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let text = json!({"name": "text", "title": "Text", "settings": {"type": "text"}});
    let question =
        json!({"name": "q", "title": "Q", "required": true, "settings": {"type": "text"}});
    let property = |name: &str, is_visible: bool| {
        let settings = json!({"type": "integer"});
        json!({"name": name, "title": name, "settings": settings, "visible_for_annotators": is_visible})
    };
    for (part, body) in [
        ("fields", text),
        ("questions", question),
        ("metadata-properties", property("hidden", false)),
        ("metadata-properties", property("shown", true)),
    ] {
        let made = owner
            .post(&format!("/api/v1/datasets/{dataset}/{part}"), body)
            .await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    }
    let published = owner
        .put(&format!("/api/v1/datasets/{dataset}/publish"), json!({}))
        .await;
    assert_eq!(published.status, StatusCode::OK, "{}", published.text());
    let record = |n: usize| json!({"fields": {"text": format!("text {n}")}, "metadata": {"hidden": 4242 + n, "shown": n, "extra": "e"}});
    let records = json!({"items": [record(0), record(1), record(2)]});
    let made = owner
        .post(&format!("/api/v1/datasets/{dataset}/records/bulk"), records)
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    dataset
}

#[tokio::test]
async fn hidden_metadata_is_not_shown_to_annotators_nor_found_by_them() {
    let world = World::new().await;
    let dataset = with_hidden_ratings(&world).await;
    let search = format!("/api/v1/me/datasets/{dataset}/records/search");
    let scope = |name: &str| json!({"entity": "metadata", "metadata_property": name});
    let filter: &dyn Fn(&str) -> Value = &|name| json!({"filters": {"type": "and", "and": [{"type": "range", "scope": scope(name), "ge": 0}]}});
    let sort: &dyn Fn(&str) -> Value =
        &|name| json!({"sort": [{"scope": scope(name), "order": "desc"}]});
    let reads = async |name: &str| {
        let client = world
            .client
            .with("x-argilla-api-key", &format!("the key of {name}"));
        let page = client
            .get(&format!(
                "/api/review/datasets/{dataset}/records?status=pending"
            ))
            .await;
        let all = client.post(&search, json!({})).await;
        let first = all.json()["items"][0]["record"]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let one = client.get(&format!("/api/v1/records/{first}")).await;
        let properties = client
            .get(&format!(
                "/api/v1/me/datasets/{dataset}/metadata-properties"
            ))
            .await;
        [page, all, one, properties].map(|answer| answer.text())
    };
    for (name, is_shown) in [
        ("an annotator", false),
        ("an admin", true),
        ("an owner", true),
    ] {
        for (route, text) in ["page", "search", "record", "properties"]
            .iter()
            .zip(reads(name).await)
        {
            let is_told = text.contains("hidden") || text.contains("424");
            assert_eq!(is_told, is_shown, "{name}, {route}: {text}");
            assert!(text.contains("shown"), "{name}, {route}: {text}");
        }
        let client = world
            .client
            .with("x-argilla-api-key", &format!("the key of {name}"));
        for body in [filter, sort] {
            let visible = client.post(&search, body("shown")).await;
            assert_eq!(visible.json()["total"], 3, "{name}: {}", visible.text());
            let hidden = client.post(&search, body("hidden")).await;
            if is_shown {
                assert_eq!(hidden.json()["total"], 3, "{name}: {}", hidden.text());
            } else {
                // As of a property that there is not.
                let none = client.post(&search, body("nothing")).await;
                assert_eq!(hidden.status, none.status);
                assert_eq!(hidden.text().replace("hidden", "nothing"), none.text());
            }
        }
    }
}
