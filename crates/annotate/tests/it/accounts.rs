//! The owner that `serve` starts with, and further reviewers.

use crate::support::{
    API_KEY, Client, PASSWORD, TestClock, annotator, exam_of, owner, response, stored, time,
};
use axum::http::StatusCode;
use examen_annotate::{
    AnnotateError, Bootstrap, Refusal, Role, Store,
    accounts::log_in,
    bootstrap, create_user, disable_user, enable_user, reset_password, rotate_api_key,
    store::{NewUser, Queue, User, UserUpdate},
};
use examen_core::annotation::ResponseStatus;
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn bootstrapping_twice_changes_nothing() {
    let stored = stored().await;
    let first = bootstrap(&stored.store, "owner", Some(PASSWORD), Some(API_KEY))
        .await
        .unwrap();
    assert!(
        first.created && first.generated_password.is_none() && first.generated_api_key.is_none()
    );
    let second = bootstrap(&stored.store, "owner", Some(PASSWORD), Some(API_KEY))
        .await
        .unwrap();
    assert_eq!(
        second,
        Bootstrap {
            created: false,
            ..first.clone()
        }
    );
    let third = bootstrap(&stored.store, "owner", None, None).await.unwrap();
    assert_eq!(third, second);
    assert_eq!(stored.store.users().await.unwrap(), [first.user]);
}

#[tokio::test]
async fn secrets_that_are_not_given_are_made_and_work() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let made = bootstrap(&store, "owner", None, None).await.unwrap();
    let (password, key) = (
        made.generated_password.unwrap(),
        made.generated_api_key.unwrap(),
    );
    assert_eq!(
        log_in(&store, "owner", &password)
            .await
            .unwrap()
            .unwrap()
            .id,
        made.user.id
    );
    let client = Client::new(&store, &TestClock::new()).with("x-argilla-api-key", &key);
    assert_eq!(
        client.get("/api/review/me").await.json()["username"],
        "owner"
    );
    store.close().await;
    // Neither secret is anywhere in the file.
    let bytes = std::fs::read(folder.path().join("examen.sqlite")).unwrap();
    for secret in [password, key] {
        assert!(
            !bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes())
        );
    }
}

#[tokio::test]
async fn a_changed_password_ends_the_sessions_of_the_old_one() {
    let stored = stored().await;
    owner(&stored.store).await;
    let client = Client::new(&stored.store, &TestClock::new());
    let session = client.logged_in("owner").await;
    assert_eq!(session.get("/api/review/me").await.status, StatusCode::OK);
    let changed = bootstrap(
        &stored.store,
        "owner",
        Some("another password"),
        Some("another key"),
    )
    .await
    .unwrap();
    assert!(changed.password_changed && changed.api_key_changed && !changed.created);
    assert_eq!(
        session.get("/api/review/me").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert!(
        log_in(&stored.store, "owner", PASSWORD)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        log_in(&stored.store, "owner", "another password")
            .await
            .unwrap()
            .is_some()
    );
    let old_key = client.with("x-argilla-api-key", API_KEY);
    assert_eq!(
        old_key.get("/api/review/me").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_forgotten_password_is_replaced() {
    let stored = stored().await;
    let store = &stored.store;
    annotator(store, "ben").await;
    let session = Client::new(store, &TestClock::new()).logged_in("ben").await;
    let made = reset_password(store, "ben", None).await.unwrap().unwrap();
    assert_eq!(
        session.get("/api/review/me").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert!(log_in(store, "ben", PASSWORD).await.unwrap().is_none());
    assert!(log_in(store, "ben", &made).await.unwrap().is_some());
    assert_eq!(
        reset_password(store, "ben", Some("a third password"))
            .await
            .unwrap(),
        None
    );
    assert!(
        log_in(store, "ben", "a third password")
            .await
            .unwrap()
            .is_some()
    );
    let nobody = reset_password(store, "bem", None).await.unwrap_err();
    assert_eq!(nobody.to_string(), "there is no user named `bem`");
}

#[tokio::test]
async fn a_user_without_a_workspace_is_not_added() {
    let stored = stored().await;
    let new = NewUser {
        id: Uuid::new_v4(),
        workspace_id: Some(Uuid::new_v4()),
        username: "ben".to_owned(),
        role: Role::Annotator,
        password_hash: "hash".to_owned(),
        first_name: "ben".to_owned(),
        last_name: None,
        api_key: "a key of ben".to_owned(),
    };
    assert!(matches!(
        stored.store.insert_user(&new, time(0)).await,
        Err(AnnotateError::Store { .. })
    ));
    assert_eq!(stored.store.users().await.unwrap(), []);
}

#[tokio::test]
async fn names_and_secrets_that_cannot_be_used_are_refused() {
    let stored = stored().await;
    let store = &stored.store;
    let short = bootstrap(store, "owner", Some("1234567"), None)
        .await
        .unwrap_err();
    assert_eq!(
        short.to_string(),
        "the password must have 8 to 100 characters"
    );
    let short = bootstrap(store, "owner", None, Some("key"))
        .await
        .unwrap_err();
    assert_eq!(
        short.to_string(),
        "the API key must have 8 to 200 characters"
    );
    for name in ["", " owner", "own\ner"] {
        assert!(
            matches!(
                bootstrap(store, name, None, None).await,
                Err(AnnotateError::Username { .. })
            ),
            "{name}"
        );
    }
    assert_eq!(store.users().await.unwrap(), []);

    owner(store).await;
    let made = create_user(store, "ben", None, Role::Annotator)
        .await
        .unwrap();
    assert!(made.generated_password.is_some());
    let twice = create_user(store, "ben", None, Role::Annotator)
        .await
        .unwrap_err();
    assert_eq!(twice.to_string(), "there is already a user named `ben`");
    let promoted = bootstrap(store, "ben", None, None).await.unwrap_err();
    assert!(
        matches!(promoted, AnnotateError::NotAnOwner { .. }),
        "{promoted}"
    );
    let taken = bootstrap(store, "second", Some(PASSWORD), Some(API_KEY))
        .await
        .unwrap_err();
    assert!(matches!(taken, AnnotateError::ApiKeyTaken), "{taken}");
}

/// A question on which ana and ben disagree, and one on which two of three agree, in this order.
async fn votes(store: &Store) -> (Uuid, Vec<Uuid>, [User; 3]) {
    let dataset = exam_of(store, 2).await;
    let people = [
        annotator(store, "ana").await,
        annotator(store, "ben").await,
        annotator(store, "eva").await,
    ];
    let records = store.records(dataset).await.unwrap();
    let ids: Vec<Uuid> = records.iter().map(|record| record.id).collect();
    for (record, user, option) in [
        (0, 0, "answer_a"),
        (0, 1, "answer_b"),
        (1, 0, "answer_c"),
        (1, 1, "answer_c"),
        (1, 2, "answer_d"),
    ] {
        let given = response(
            ids[record],
            &people[user],
            ResponseStatus::Submitted,
            option,
        );
        store.put_response(&given, time(1)).await.unwrap();
    }
    (dataset, ids, people)
}

/// The pending records of somebody who has answered nothing.
async fn open(store: &Store, dataset: Uuid, stranger: &User) -> Vec<Uuid> {
    let page = store.queue_page(dataset, stranger.id, Queue::Pending, 0, 10);
    let page = page.await.unwrap();
    page.items.into_iter().map(|record| record.id).collect()
}

#[tokio::test]
async fn who_is_deleted_leaves_their_votes_under_a_pseudonym() {
    let stored = stored().await;
    let store = &stored.store;
    owner(store).await;
    let (dataset, ids, [ana, ben, _]) = votes(store).await;
    let stranger = annotator(store, "stranger").await;
    let draft = response(ids[1], &stranger, ResponseStatus::Draft, "answer_a");
    store.put_response(&draft, time(2)).await.unwrap();
    let said = async || {
        let records = store.records(dataset).await.unwrap();
        let values = records.into_iter().map(|record| {
            let votes: Vec<_> = record
                .responses
                .iter()
                .filter(|response| response.status != ResponseStatus::Draft)
                .map(|response| response.values.clone())
                .collect();
            (record.status, votes)
        });
        values.collect::<Vec<_>>()
    };
    let (before, waiting) = (said().await, open(store, dataset, &stranger).await);
    assert_eq!(waiting, [ids[0]]);
    assert_eq!(store.delete_user(ben.id, time(3)).await.unwrap(), 2);
    assert_eq!(store.delete_user(ana.id, time(3)).await.unwrap(), 2);
    assert_eq!(said().await, before);
    assert_eq!(open(store, dataset, &stranger).await, waiting);
    // Neither the name nor the id of who they were is anywhere.
    let records = store.records(dataset).await.unwrap();
    for response in records.iter().flat_map(|record| &record.responses) {
        assert!(![ana.id, ben.id].contains(&response.user_id));
        assert!(!["ana", "ben"].contains(&response.username.as_str()));
    }
    let names: Vec<_> = store
        .users()
        .await
        .unwrap()
        .into_iter()
        .map(|user| user.username)
        .collect();
    assert_eq!(names, ["owner", "eva", "stranger"]);
    let pseudonym = &records[0].responses[0];
    assert!(
        pseudonym.username.starts_with("deleted-"),
        "{}",
        pseudonym.username
    );
    assert_eq!(store.user(pseudonym.user_id).await.unwrap(), None);
    assert_eq!(
        log_in(store, &pseudonym.username, PASSWORD).await.unwrap(),
        None
    );
    assert_eq!(log_in(store, &pseudonym.username, "").await.unwrap(), None);
    // It cannot be deleted again, nor made somebody.
    store
        .delete_user(pseudonym.user_id, time(4))
        .await
        .unwrap_err();
    let update = UserUpdate {
        role: Some(Role::Owner),
        ..UserUpdate::default()
    };
    store
        .update_user(pseudonym.user_id, &update, time(4))
        .await
        .unwrap_err();
    assert_eq!(said().await, before);
    // The names are free again; drafts are nobody's vote.
    annotator(store, "ben").await;
    assert_eq!(store.delete_user(stranger.id, time(4)).await.unwrap(), 0);
    assert_eq!(said().await, before);
}

#[tokio::test]
async fn who_is_disabled_cannot_come_in_and_their_votes_count() {
    let stored = stored().await;
    let store = &stored.store;
    owner(store).await;
    let (dataset, ids, [ana, ..]) = votes(store).await;
    let stranger = annotator(store, "stranger").await;
    let client = Client::new(store, &TestClock::new());
    let owner = client.with("x-argilla-api-key", API_KEY);
    let key = rotate_api_key(store, "ana").await.unwrap();
    let (session, by_key) = (
        client.logged_in("ana").await,
        client.with("x-argilla-api-key", &key),
    );
    let form = format!("username=ana&password={}", PASSWORD.replace(' ', "+"));
    let form_type = "application/x-www-form-urlencoded";
    let get_token = async || {
        client
            .send_as("POST", "/api/v1/token", Some(form.clone()), form_type)
            .await
    };
    let token = get_token().await.json()["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    let by_token = client.with("authorization", &format!("Bearer {token}"));
    let ways = [
        (&session, "/api/review/me"),
        (&by_key, "/api/v1/me"),
        (&by_token, "/api/v1/me"),
    ];
    let all_are = async |expected: StatusCode| {
        for (way, path) in ways {
            assert_eq!(way.get(path).await.status, expected, "{path}");
        }
    };
    all_are(StatusCode::OK).await;
    let nobody = format!("/api/review/users/{}/disable", Uuid::new_v4());
    let unknown = owner.post(&nobody, json!({})).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND, "{}", unknown.text());
    let (_, acts) = store.acts(0, 100).await.unwrap();
    assert!(
        acts.iter().all(|act| act.act != "user.disabled"),
        "{acts:?}"
    );
    let path = format!("/api/review/users/{}", ana.id);
    let disabled = owner.post(&format!("{path}/disable"), json!({})).await;
    assert_eq!(disabled.json()["is_disabled"], true, "{}", disabled.text());
    all_are(StatusCode::UNAUTHORIZED).await;
    let credentials = json!({"username": "ana", "password": PASSWORD});
    let refused = client.post("/api/review/login", credentials.clone()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
    assert_eq!(get_token().await.status, StatusCode::UNAUTHORIZED);
    let wrong = json!({"username": "ana", "password": "wrong wrong"});
    assert_eq!(
        client.post("/api/review/login", wrong).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(open(store, dataset, &stranger).await, [ids[0]]);
    let votes = store.records(dataset).await.unwrap();
    assert_eq!(
        votes
            .iter()
            .map(|record| record.responses.len())
            .sum::<usize>(),
        5
    );
    owner.post(&format!("{path}/enable"), json!({})).await;
    let again = client.post("/api/review/login", credentials).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(by_key.get("/api/v1/me").await.status, StatusCode::OK);
    assert_eq!(
        session.get("/api/review/me").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn the_last_owner_stays_one() {
    let stored = stored().await;
    let store = &stored.store;
    let first = owner(store).await;
    let client = Client::new(store, &TestClock::new());
    let caller = client.with("x-argilla-api-key", API_KEY);
    let path = format!("/api/v1/users/{}", first.id);
    let disable = format!("/api/review/users/{}/disable", first.id);
    let demote = json!({"role": "annotator"}).to_string();
    let refused = async || {
        let demoted = caller.send("PATCH", &path, Some(demote.clone())).await;
        assert_eq!(demoted.status, StatusCode::CONFLICT, "{}", demoted.text());
        assert_eq!(caller.delete(&path).await.status, StatusCode::CONFLICT);
        let disabled = caller.post(&disable, json!({})).await;
        assert_eq!(disabled.status, StatusCode::CONFLICT, "{}", disabled.text());
    };
    refused().await;
    let second = create_user(store, "second", Some(PASSWORD), Role::Owner)
        .await
        .unwrap();
    // An owner who is disabled helps nobody.
    disable_user(store, "second").await.unwrap();
    refused().await;
    enable_user(store, "second").await.unwrap();
    let demoted = caller.send("PATCH", &path, Some(demote.clone())).await;
    assert_eq!(demoted.status, StatusCode::OK, "{}", demoted.text());
    let demoted = UserUpdate {
        role: Some(Role::Admin),
        ..UserUpdate::default()
    };
    let last = store.update_user(second.user.id, &demoted, time(5)).await;
    let error = last.unwrap_err();
    assert!(
        matches!(error, AnnotateError::Refused(Refusal::LastOwner)),
        "{error}"
    );
}
