//! The owner that `serve` starts with, and further reviewers.

use crate::support::{API_KEY, Client, PASSWORD, TestClock, annotator, owner, stored, time};
use axum::http::StatusCode;
use examen_annotate::{
    AnnotateError, Bootstrap, Role, Store, accounts::log_in, bootstrap, create_user,
    reset_password, store::NewUser,
};
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
