//! What happens to a store when its PostgreSQL server is slow, away or in another's hands. Without a server
//! (see `support::SERVER`) there is nothing to test.

use crate::{
    proxy::Proxy,
    support::{API_KEY, Client, Stored, TestClock, exam_of, nowhere_yet, owner, stored, time},
};
use axum::http::StatusCode;
use examen_annotate::{AnnotateError, Location, Store, secrets::hash_token};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

/// A store and the address of its database, where there is a server.
async fn on_postgres() -> Option<(Stored, String)> {
    let stored = stored().await;
    let url = stored.location.database_url.clone()?;
    Some((stored, url))
}

/// The same place with its database at another address.
fn at(location: &Location, url: &str) -> Location {
    Location {
        database_url: Some(url.to_owned()),
        ..location.clone()
    }
}

/// A connection beside the store.
async fn beside(url: &str) -> PgConnection {
    PgConnection::connect(url).await.unwrap()
}

async fn run(connection: &mut PgConnection, sql: &str) {
    let script = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    script.execute(connection).await.unwrap();
}

/// A connection that writes, as another server would, until it is dropped or commits.
async fn another_writer(url: &str) -> PgConnection {
    let mut other = beside(url).await;
    run(
        &mut other,
        "BEGIN; SELECT pg_advisory_xact_lock(x'45786d6e'::bigint)",
    )
    .await;
    other
}

async fn write(store: &Store) -> Result<(), AnnotateError> {
    let name = Uuid::new_v4().to_string();
    let made = store.ensure_workspace(&name, Uuid::new_v4(), time(0));
    made.await.map(drop)
}

/// Sessions of the store that are in a transaction and do nothing.
async fn forgotten(connection: &mut PgConnection) -> i64 {
    let sql = "SELECT COUNT(*) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'";
    sqlx::query_scalar(sql).fetch_one(connection).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_gives_up_waiting_leaves_no_lock_behind() {
    let Some((stored, url)) = on_postgres().await else {
        return;
    };
    let (location, store) = (&stored.location, &stored.store);
    let other = location.open().await.unwrap();
    let mut lock = another_writer(&url).await;
    // More than there are connections, some of which wait for one.
    let givers_up = (0..12).map(|_| timeout(Duration::from_millis(300), write(store)));
    for done in futures::future::join_all(givers_up).await {
        assert!(done.is_err(), "it wrote while another held the lock");
    }
    run(&mut lock, "COMMIT").await;
    let begun = Instant::now();
    write(&other).await.unwrap();
    write(store).await.unwrap();
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(forgotten(&mut lock).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_the_database_on_statements_does_not_end_writers() {
    let Some((stored, url)) = on_postgres().await else {
        return;
    };
    let (location, store) = (&stored.location, &stored.store);
    store.close().await;
    let mut admin = beside(&url).await;
    let limit = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET statement_timeout = ''1s''', current_database()); END $$";
    run(&mut admin, limit).await;
    let store = &location.open().await.unwrap();
    let mut lock = another_writer(&url).await;
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { write(&store).await }
    });
    sleep(Duration::from_millis(2500)).await;
    run(&mut lock, "COMMIT").await;
    waiting.await.unwrap().unwrap();
    write(store).await.unwrap();
    // The limit holds for what is not waiting.
    let limited: String = sqlx::query_scalar("SELECT current_setting('statement_timeout')")
        .fetch_one(&mut beside(&url).await)
        .await
        .unwrap();
    assert_eq!(limited, "1s");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_gives_up_leaves_no_old_state_behind() {
    let Some((stored, url)) = on_postgres().await else {
        return;
    };
    let (location, store) = (&stored.location, &stored.store);
    let user = owner(store).await;
    let proxy = Proxy::before(&url).await;
    let through = at(location, &proxy.url);
    let far = through.open().await.unwrap();
    // All readers begin, and are broken off before the server's answer arrives.
    let read = || async { far.api_keys(&[user.id]).await.map(drop) };
    read().await.unwrap();
    proxy.block();
    let givers_up = (0..4).map(|_| timeout(Duration::from_millis(300), read()));
    for done in futures::future::join_all(givers_up).await {
        assert!(done.is_err());
    }
    proxy.open();
    sleep(Duration::from_millis(300)).await;
    store
        .set_api_key(user.id, "another key", time(1))
        .await
        .unwrap();
    for _ in 0..8 {
        assert_eq!(
            far.user_by_api_key(&hash_token(API_KEY)).await.unwrap(),
            None
        );
        assert_eq!(
            far.api_keys(&[user.id]).await.unwrap()[&user.id],
            "another key"
        );
    }
    assert_eq!(forgotten(&mut beside(&url).await).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_silently_gone_are_replaced() {
    let Some((stored, url)) = on_postgres().await else {
        return;
    };
    let location = &stored.location;
    let proxy = Proxy::before(&url).await;
    let through = at(location, &proxy.url);
    let far = through.open().await.unwrap();
    far.users().await.unwrap();
    write(&far).await.unwrap();
    sleep(Duration::from_millis(1200)).await;
    proxy.forget();
    let begun = Instant::now();
    write(&far).await.unwrap();
    far.users().await.unwrap();
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_drops_everything_is_an_unavailable_store_and_passes() {
    let Some((stored, url)) = on_postgres().await else {
        return;
    };
    let (location, store) = (&stored.location, &stored.store);
    owner(store).await;
    let proxy = Proxy::before(&url).await;
    let through = at(location, &proxy.url);
    let far = through.open().await.unwrap();
    let client = Client::new(&far, &TestClock::new()).with("x-argilla-api-key", API_KEY);
    let post = || {
        client.post(
            "/api/v1/workspaces",
            json!({"name": Uuid::new_v4().to_string()}),
        )
    };
    assert_eq!(post().await.status, StatusCode::CREATED);
    sleep(Duration::from_millis(1200)).await;
    proxy.block();
    let begun = Instant::now();
    let answer = post().await;
    assert_eq!(
        answer.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        answer.text()
    );
    assert!(answer.headers.contains_key("retry-after"));
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "{:?}",
        begun.elapsed()
    );
    let error = through.open().await.unwrap_err();
    assert!(error.is_unavailable(), "{error}");
    proxy.open();
    assert_eq!(post().await.status, StatusCode::CREATED);
    // Closing does not wait for a server that is away.
    proxy.block();
    let closing = Instant::now();
    far.close().await;
    assert!(
        closing.elapsed() < Duration::from_secs(30),
        "{:?}",
        closing.elapsed()
    );
}

#[tokio::test]
async fn a_database_that_is_gone_is_unavailable() {
    let Some((stored, url)) = on_postgres().await else {
        return;
    };
    let store = &stored.store;
    owner(store).await;
    let client = Client::new(store, &TestClock::new()).with("x-argilla-api-key", API_KEY);
    let (server, name) = url.rsplit_once('/').unwrap();
    let mut admin = beside(&format!("{server}/postgres")).await;
    run(&mut admin, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
    for _ in 0..3 {
        let answer = client.get("/api/v1/me").await;
        assert_eq!(
            answer.status,
            StatusCode::SERVICE_UNAVAILABLE,
            "{}",
            answer.text()
        );
        assert!(answer.headers.contains_key("retry-after"));
    }
    assert_eq!(
        client.get("/ready").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
}

#[tokio::test]
async fn a_read_only_database_is_not_ready_and_recovers() {
    let Some((stored, url)) = on_postgres().await else {
        return;
    };
    let store = &stored.store;
    owner(store).await;
    let mut admin = beside(&url).await;
    let set = |value: &str| {
        format!(
            "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = {value}', current_database()); END $$"
        )
    };
    run(&mut admin, &set("on")).await;
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    run(&mut admin, end).await;
    let client = Client::new(store, &TestClock::new()).with("x-argilla-api-key", API_KEY);
    let status = async || {
        client
            .post(
                "/api/v1/workspaces",
                json!({"name": Uuid::new_v4().to_string()}),
            )
            .await
            .status
    };
    assert_eq!(status().await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(
        client.get("/ready").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(client.get("/api/v1/me").await.status, StatusCode::OK);
    run(
        &mut admin,
        &format!("SET default_transaction_read_only = off; {}", set("off")),
    )
    .await;
    assert_eq!(status().await, StatusCode::CREATED);
    sleep(Duration::from_millis(1100)).await;
    assert_eq!(client.get("/ready").await.status, StatusCode::OK);
}

#[tokio::test]
async fn databases_that_cannot_hold_a_store_are_refused_by_name() {
    let (_folder, location) = nowhere_yet().await;
    let Some(url) = &location.database_url else {
        return;
    };
    let mut admin = beside(url).await;
    run(
        &mut admin,
        "CREATE TABLE datasets (id INT); CREATE TABLE orders (id INT)",
    )
    .await;
    let error = location.open().await.unwrap_err();
    assert!(error.to_string().contains("datasets, orders"), "{error}");
    assert!(error.hint().is_some());
    // A schema of its own is enough.
    run(&mut admin, "CREATE SCHEMA examen").await;
    let own = at(&location, &format!("{url}?options[search_path]=examen"));
    write(&own.open().await.unwrap()).await.unwrap();

    let latin = format!("test_{}", Uuid::new_v4().simple());
    run(
        &mut admin,
        &format!("CREATE DATABASE {latin} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"),
    )
    .await;
    let (server, _) = url.rsplit_once('/').unwrap();
    let other = at(&location, &format!("{server}/{latin}"));
    let error = other.open().await.unwrap_err();
    assert!(error.to_string().contains("LATIN1"), "{error}");
    assert!(error.hint().is_some());
}

/// What counts for a server far away is how often it is asked.
#[tokio::test(flavor = "multi_thread")]
async fn answers_and_pages_take_few_round_trips() {
    const EACH_WAY: Duration = Duration::from_millis(25);
    let Some((stored, url)) = on_postgres().await else {
        return;
    };
    let (location, store) = (&stored.location, &stored.store);
    owner(store).await;
    let dataset = exam_of(store, 20).await;
    let proxy = Proxy::before(&url).await;
    let through = at(location, &proxy.url);
    let far = through.open().await.unwrap();
    let client = Client::new(&far, &TestClock::new()).with("x-argilla-api-key", API_KEY);
    let page_path = format!("/api/review/datasets/{dataset}/records?status=pending&limit=5");
    let answer = json!({"status": "submitted", "values": {"correct_answer": "answer_a"}});
    let took = async |n_answered: usize| {
        let begun = Instant::now();
        let page = client.get(&page_path).await;
        let page_took = begun.elapsed();
        let record = page.json()["items"][0]["id"].as_str().unwrap().to_owned();
        let begun = Instant::now();
        let path = format!("/api/review/records/{record}/response");
        let stored = client.put(&path, answer.clone()).await;
        assert_eq!(stored.status, StatusCode::OK, "{}", stored.text());
        assert_eq!(
            stored.json()["progress"]["mine"]["submitted"],
            n_answered + 1
        );
        (page_took, begun.elapsed())
    };
    // Connections are opened, and each has its statements prepared.
    futures::future::join_all((0..8).map(|_| client.get(&page_path))).await;
    for n_answered in 0..12 {
        took(n_answered).await;
    }
    proxy.delay(EACH_WAY);
    sleep(Duration::from_millis(200)).await;
    let mut quickest = took(12).await;
    for n_answered in 13..16 {
        let (page, answered) = took(n_answered).await;
        quickest = (quickest.0.min(page), quickest.1.min(answered));
    }
    let (page, answered) = quickest;
    // A page takes eight and an answer four; two more are time to compute, and for a connection that has rested.
    assert!(page < EACH_WAY * 2 * 10, "{page:?}");
    assert!(answered < EACH_WAY * 2 * 6, "{answered:?}");
}
